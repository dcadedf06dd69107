#include "policy/name_index.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "unit/policy/random_policy.h"

namespace sluice::policy {
namespace {

using Reach = NameIndex::Reach;

class Index : public testing::Test {
  protected:
    void add(RuleClass rule_class, Rank rank, Operations operations, const char* pattern) {
        const Pattern* kept = nullptr;
        if (pattern != nullptr) kept = &patterns_.emplace_back(*Pattern::compile(pattern));
        items_.push_back({rule_class, rank, operations, kept});
    }
    [[nodiscard]] Rank first(const NameIndex& index, Operation operation, std::string_view name,
                             Reach reach = Reach::any) const {
        return index.first(RuleClass::grant, operation, index.find(name), reach,
                           [](Rank) { return true; });
    }
    std::deque<Pattern> patterns_;
    std::vector<NameIndex::Item> items_;
    static constexpr Operations kRead{Operation::topic_read};
    static constexpr Operations kWrite{Operation::topic_write};
};

TEST_F(Index, FindsNothingInNothing) {
    EXPECT_EQ(first(NameIndex(), Operation::topic_read, "a"), kNoRank);
    EXPECT_EQ(first(NameIndex(items_), Operation::topic_read, ""), kNoRank);
}

TEST_F(Index, FindsTheLowestRankOverEveryKindOfPattern) {
    add(RuleClass::grant, 5, kRead, "orders");
    add(RuleClass::grant, 4, kRead, "ord*");
    add(RuleClass::grant, 3, kRead, "*ers");
    add(RuleClass::grant, 2, kWrite, nullptr);
    add(RuleClass::grant, 6, kRead, nullptr);
    add(RuleClass::denial, 0, kRead, "orders");
    const NameIndex index(items_);
    EXPECT_EQ(first(index, Operation::topic_read, "orders"), 3u);
    EXPECT_EQ(first(index, Operation::topic_read, "order"), 4u);
    EXPECT_EQ(first(index, Operation::topic_read, "or"), 6u);
    EXPECT_EQ(first(index, Operation::topic_write, "orders"), 2u);
    EXPECT_EQ(first(index, Operation::topic_delete, "orders"), kNoRank);
}

TEST_F(Index, FindsEachBeginningOfAName) {
    const char* beginnings[] = {"a*", "ab*", "abc*", "abd*", "b*", "abcde*"};
    Rank rank = 10;
    for (const char* pattern : beginnings) add(RuleClass::grant, rank--, kRead, pattern);
    const NameIndex index(items_);
    EXPECT_EQ(first(index, Operation::topic_read, "a"), 10u);
    EXPECT_EQ(first(index, Operation::topic_read, "abb"), 9u);
    EXPECT_EQ(first(index, Operation::topic_read, "abcd"), 8u);
    EXPECT_EQ(first(index, Operation::topic_read, "abcz"), 8u);
    EXPECT_EQ(first(index, Operation::topic_read, "abe"), 9u);
    EXPECT_EQ(first(index, Operation::topic_read, "abcdef"), 5u);
    EXPECT_EQ(first(index, Operation::topic_read, "c"), kNoRank);
    EXPECT_EQ(first(index, Operation::topic_read, ""), kNoRank);
}

TEST_F(Index, FindsEachEndOfAName) {
    const char* ends[] = {"*a", "*ba", "*cba", "*dba", "*b", "x*cba", "?cba"};
    Rank rank = 10;
    for (const char* pattern : ends) add(RuleClass::grant, rank--, kRead, pattern);
    const NameIndex index(items_);
    EXPECT_EQ(first(index, Operation::topic_read, "a"), 10u);
    EXPECT_EQ(first(index, Operation::topic_read, "bba"), 9u);
    EXPECT_EQ(first(index, Operation::topic_read, "yycba"), 8u);
    EXPECT_EQ(first(index, Operation::topic_read, "xycba"), 5u);
    EXPECT_EQ(first(index, Operation::topic_read, "ycba"), 4u);
    EXPECT_EQ(first(index, Operation::topic_read, "cba"), 8u);
    EXPECT_EQ(first(index, Operation::topic_read, "c"), kNoRank);
    EXPECT_EQ(first(index, Operation::topic_read, ""), kNoRank);
}

TEST_F(Index, KeepsASpelledPatternBehindOneThatIsNot) {
    add(RuleClass::grant, 1, kRead, "*-log");
    add(RuleClass::grant, 2, kRead, "__*-log");
    const NameIndex index(items_);
    EXPECT_EQ(first(index, Operation::topic_read, "__x-log"), 1u);
    EXPECT_EQ(first(index, Operation::topic_read, "__x-log", Reach::spelled), 2u);
}

TEST_F(Index, SkipsWhatIsNotWanted) {
    add(RuleClass::hold, 1, kRead, "a");
    add(RuleClass::hold, 2, kRead, "a");
    add(RuleClass::hold, 3, kRead, "?");
    const NameIndex index(items_);
    const auto above = [&](Rank least) {
        return index.first(RuleClass::hold, Operation::topic_read, index.find("a"), Reach::any,
                           [least](Rank rank) { return rank > least; });
    };
    EXPECT_EQ(above(0), 1u);
    EXPECT_EQ(above(1), 2u);
    EXPECT_EQ(above(2), 3u);
    EXPECT_EQ(above(3), kNoRank);
}

TEST_F(Index, ReachesASpelledNameOnlyByPatternsThatSpellIt) {
    add(RuleClass::grant, 1, kRead, nullptr);
    add(RuleClass::grant, 2, kRead, "_*");
    add(RuleClass::grant, 3, kRead, "*_x");
    add(RuleClass::grant, 4, kRead, "re:__.*");
    add(RuleClass::grant, 5, kRead, "__?");
    add(RuleClass::grant, 6, kRead, "__*");
    add(RuleClass::grant, 7, kRead, "__");
    const NameIndex index(items_);
    EXPECT_EQ(first(index, Operation::topic_read, "__x", Reach::spelled), 5u);
    EXPECT_EQ(first(index, Operation::topic_read, "__xy", Reach::spelled), 6u);
    EXPECT_EQ(first(index, Operation::topic_read, "__xy"), 1u);
}

TEST_F(Index, AgreesWithTryingEveryPattern) {
    testing_support::Random random(11);
    const auto word = [&](std::string_view letters, std::size_t length) {
        std::string text;
        for (std::size_t n = random.below(length); n > 0; --n)
            text += letters[random.below(letters.size())];
        return text;
    };
    int hits = 0;
    for (int round = 0; round < 500; ++round) {
        items_.clear();
        patterns_.clear();
        for (Rank rank = 0; rank < 20; ++rank)
            add(RuleClass::grant, 20 - rank, kRead,
                (word("ab*?", 4) + "*?a"[random.below(3)] + word("ab", 4)).c_str());
        const NameIndex index(items_);
        for (int n = 0; n < 20; ++n) {
            const std::string name = word("ab", 7);
            Rank expected = kNoRank;
            for (const NameIndex::Item& item : items_)
                if (item.pattern->matches(name)) expected = std::min(expected, item.rank);
            ASSERT_EQ(first(index, Operation::topic_read, name), expected) << name;
            hits += expected != kNoRank ? 1 : 0;
        }
    }
    EXPECT_GT(hits, 1000);
}

}  // namespace
}  // namespace sluice::policy
