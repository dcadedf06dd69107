#include <gtest/gtest.h>

#include "auditlog/indexer.h"
#include "auditlog/reader.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::EventType;

constexpr audit::SubjectId kAlice{{0xa1, 0x1c, 0xe0}};

class Search : public ::testing::Test {
  protected:
    // Six events that differ in one field each from the first.
    void SetUp() override {
        events_.assign(6, audit::examples::fetch());
        events_[1].subject = kAlice;
        events_[2].topic = "payments";
        events_[3].type = EventType::produce;
        events_[3].api_key = 0;
        events_[4].client_port = 1234;
        events_[4].error_code = 29;
        events_[5].session = 99;
        events_[5].partition = 8;
        events_[5].wall_ns += 1000;
        LogBuilder(directory_.path()).block(events_).close();
    }
    template <class Set>
    std::vector<std::uint64_t> find(Set set) {
        SearchQuestion question;
        set(question);
        const auto page = search(directory_.path(), question);
        EXPECT_TRUE(page);
        std::vector<std::uint64_t> found;
        for (const Entry& entry : page->entries) {
            EXPECT_EQ(entry.event, events_[entry.index]);
            found.push_back(entry.index);
        }
        return found;
    }
    using Found = std::vector<std::uint64_t>;

    TempDirectory directory_;
    std::vector<audit::Event> events_;
};

TEST_F(Search, WithoutACriterionFindsEverything) {
    EXPECT_EQ(find([](auto&) {}), (Found{0, 1, 2, 3, 4, 5}));
}

TEST_F(Search, EachCriterionNarrows) {
    EXPECT_EQ(find([&](auto& q) { q.subject = [](const auto& id) { return id == kAlice; }; }),
              (Found{1}));
    EXPECT_EQ(find([&](auto& q) { q.client_port = 1234; }), (Found{4}));
    EXPECT_EQ(find([&](auto& q) { q.topic = "pay*"; }), (Found{2}));
    EXPECT_EQ(find([&](auto& q) { q.type = "produce"; }), (Found{3}));
    EXPECT_EQ(find([&](auto& q) { q.api_keys = {0, 7}; }), (Found{3}));
    EXPECT_EQ(find([&](auto& q) { q.error_code = 29; }), (Found{4}));
    EXPECT_EQ(find([&](auto& q) { q.session = 99; }), (Found{5}));
    EXPECT_EQ(find([&](auto& q) { q.partition = 8; }), (Found{5}));
}

TEST_F(Search, TimesAreFromAndUpTo) {
    const std::int64_t wall = events_[0].wall_ns;
    EXPECT_EQ(find([&](auto& q) { q.since_ns = wall + 1; }), (Found{5}));
    EXPECT_EQ(find([&](auto& q) { q.since_ns = wall + 1000; }), (Found{5}));
    EXPECT_EQ(find([&](auto& q) { q.until_ns = wall + 1000; }), (Found{0, 1, 2, 3, 4}));
    EXPECT_EQ(find([&](auto& q) {
                  q.since_ns = wall + 1;
                  q.until_ns = wall + 1000;
              }),
              (Found{}));
}

TEST_F(Search, AllCriteriaHoldTogether) {
    EXPECT_EQ(find([&](auto& q) {
                  q.subject = [](const auto& id) { return id == kAlice; };
                  q.topic = "payments";
              }),
              (Found{}));
    EXPECT_EQ(find([&](auto& q) {
                  q.subject = [](const auto& id) { return id != kAlice; };
                  q.topic = "payments";
              }),
              (Found{2}));
}

TEST_F(Search, TheLimitKeepsTheNewest) {
    EXPECT_EQ(find([&](auto& q) { q.limit = 2; }), (Found{4, 5}));
    EXPECT_EQ(find([&](auto& q) { q.limit = 0; }), (Found{5}));
}

// Three sealed segments and an open one, of 40 numbered entries each; with and without sidecars.
class SearchOverSegments : public ::testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        LogBuilder log(directory_.path());
        for (int i = 0; i < 4; ++i) log.block_of(15).block_of(25).roll();
        log.close();
        if (!GetParam()) return;
        const auto files = real_file_system();
        ASSERT_EQ(index_segments(*files, directory_.path())->made, 3u);
    }
    EntryPage page(const SearchQuestion& question) {
        const auto found = search(directory_.path(), question);
        EXPECT_TRUE(found) << (found ? "" : found.error().context);
        return *found;
    }
    static std::vector<Entry> entries(std::uint64_t from, std::uint64_t end) {
        return numbered_entries(end, from);
    }
    TempDirectory directory_;
};

TEST_P(SearchOverSegments, GoesBackPageByPage) {
    SearchQuestion question;
    question.limit = 7;
    std::vector<Entry> all;
    while (true) {
        const EntryPage some = page(question);
        ASSERT_LE(some.entries.size(), 7u);
        all.insert(all.begin(), some.entries.begin(), some.entries.end());
        if (!some.older || some.entries.empty()) break;
        question.before = some.entries.front().index;
    }
    EXPECT_EQ(all, entries(0, 160));
}

TEST_P(SearchOverSegments, GoesForwardPageByPage) {
    SearchQuestion question;
    question.limit = 9;
    question.after = 9;
    question.before = 150;
    std::vector<Entry> all;
    while (true) {
        const EntryPage some = page(question);
        ASSERT_LE(some.entries.size(), 9u);
        all.insert(all.end(), some.entries.begin(), some.entries.end());
        if (!some.newer || some.entries.empty()) break;
        question.after = some.entries.back().index;
    }
    EXPECT_EQ(all, entries(10, 150));
}

TEST_P(SearchOverSegments, FindsOffsetsAndWhatIsInNoOtherSegment) {
    SearchQuestion question;
    question.offsets = OffsetRange{4199, 4300};
    EXPECT_EQ(page(question).entries, entries(41, 44));
    question.offsets = OffsetRange{4250, 4250};
    EXPECT_EQ(page(question).entries, entries(42, 43));
}

TEST_P(SearchOverSegments, ExportsEverythingInOrder) {
    std::vector<Entry> all;
    SearchQuestion question;
    question.after = 20;
    const auto known = each_match(directory_.path(), question, [&all](const Entry& entry) {
        all.push_back(entry);
        return all.size() < 100;
    });
    ASSERT_TRUE(known);
    EXPECT_EQ(all, entries(21, 121));
}

TEST_P(SearchOverSegments, TellsOfMissingSegments) {
    std::filesystem::remove(segments_in(directory_.path())[0]);
    std::filesystem::remove(segments_in(directory_.path())[1]);
    SearchQuestion question;
    question.limit = 1000;
    const EntryPage some = page(question);
    std::vector<Entry> left = entries(40, 80);
    const std::vector<Entry> newest = entries(120, 160);
    left.insert(left.end(), newest.begin(), newest.end());
    EXPECT_EQ(some.entries, left);
    EXPECT_EQ(some.known.gaps, (std::vector<Gap>{{0, 40}, {80, 120}}));
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutIndex, SearchOverSegments, ::testing::Bool());

TEST_F(Search, PassesOverASegmentThatCannotHaveAMatch) {
    TempDirectory directory;
    LogBuilder log(directory.path());
    log.block_of(10).roll();
    std::vector<audit::Event> others(3, audit::examples::fetch());
    for (audit::Event& other : others) other.session = 5;
    log.block(others).roll().block_of(1).close();
    const auto files = real_file_system();
    ASSERT_TRUE(index_segments(*files, directory.path()));
    // Whoever looked into it would find damage.
    flip(segments_in(directory.path())[0], audit::kSegmentHeaderBytes + 60);
    SearchQuestion question;
    question.session = 5;
    question.before = 13;
    auto found = search(directory.path(), question);
    ASSERT_TRUE(found) << found.error().context;
    EXPECT_EQ(found->entries.size(), 3u);
    question.session.reset();
    EXPECT_FALSE(search(directory.path(), question));
}

}  // namespace
}  // namespace sluice::auditlog
