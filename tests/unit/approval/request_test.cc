#include "approval/request.h"

#include <gtest/gtest.h>

#include <set>

#include "unit/approval/support.h"

namespace sluice::approval {
namespace {

TEST(Request, EveryStateHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kStates; ++i) {
        const auto state = static_cast<State>(i);
        names.insert(name(state));
        EXPECT_EQ(state_of(name(state)), state);
    }
    EXPECT_EQ(names.size(), kStates);
    EXPECT_EQ(names.count("unknown"), 0u);
    EXPECT_EQ(state_of("Pending"), std::nullopt);
}

TEST(Request, AnIdIsEightDigitsThatReadAsNothingElse) {
    EXPECT_EQ(id_of({0, 0, 0, 0, 0}), "R-00000000");
    EXPECT_EQ(id_of({0xff, 0xff, 0xff, 0xff, 0xff}), "R-ZZZZZZZZ");
    EXPECT_EQ(id_of({0x08, 0x86, 0x41, 0x00, 0x1f}), "R-1234200Z");
    EXPECT_TRUE(is_id("R-1234200Z"));
    for (const auto* text : {"", "R-", "R-1234200", "R-1234200ZZ", "R-1234200U", "R-1234200z",
                             "r-1234200Z", "X-1234200Z", "R-1234200\n"})
        EXPECT_FALSE(is_id(text)) << text;
}

TEST(Request, AnIdIsUnderstoodAsPeopleTypeIt) {
    for (const auto* text : {"R-1A0B1CDE", "r-1a0b1cde", "1A0B1CDE", "R-IAOBLCDE", "laobicde"})
        EXPECT_EQ(typed_id(text), "R-1A0B1CDE") << text;
    for (const auto* text : {"", "R", "R-", "R-R-1A0B1CDE", "1A0B1CD", "1A0B1CDEF", "1A0B1CDU",
                             " 1A0B1CDE", "1A0B/CDE"})
        EXPECT_EQ(typed_id(text), std::nullopt) << text;
}

TEST(Request, OneHumanIsWrittenInAnyCase) {
    EXPECT_TRUE(same_human("Alice@Example.org", "alice@example.ORG"));
    EXPECT_FALSE(same_human("alice@example.org", "alice@example.com"));
    EXPECT_FALSE(same_human("alice", "alice "));
    // Only letters: `@` and '`', `[` and `{` differ in the same bit.
    EXPECT_FALSE(same_human("a[", "a{"));
    EXPECT_FALSE(same_human("a@", "a`"));
}

TEST(Request, IsSatisfiedByEnoughDifferentHumansForEachRequirement) {
    Request request;
    request.ask = support::ask();
    request.ask.requirements = {{"one", {"a"}, {}, 2}, {"two", {"b"}, {}, 1}};
    EXPECT_FALSE(is_satisfied(request));
    request.votes = {{"bob", "user:bob", true, {0, 1}, "", 1}};
    EXPECT_FALSE(is_satisfied(request));
    request.votes.push_back({"BOB", "user:bob2", true, {0}, "", 1});
    EXPECT_FALSE(is_satisfied(request)) << "one human voted twice";
    request.votes[1].human = "carol";
    EXPECT_TRUE(is_satisfied(request));
    request.votes[0].meets = {0};
    EXPECT_FALSE(is_satisfied(request)) << "nobody met the second requirement";
}

TEST(Request, IsNotSatisfiedByTheAskerNorAgainstADenial) {
    Request request = support::request_in(State::approved);
    ASSERT_TRUE(is_satisfied(request));
    Request own = request;
    own.ask.human = "BOB";
    EXPECT_FALSE(is_satisfied(own));
    Request nobody = request;
    nobody.ask.human.clear();
    EXPECT_FALSE(is_satisfied(nobody));
    Request denied = request;
    denied.votes.push_back({"carol", "user:carol", false, {0}, "", 1});
    EXPECT_FALSE(is_satisfied(denied));
    Request free = request;
    free.ask.requirements.clear();
    EXPECT_FALSE(is_satisfied(free));
    Request none = request;
    none.ask.requirements[0].count = 0;
    none.votes.clear();
    EXPECT_FALSE(is_satisfied(none));
}

}  // namespace
}  // namespace sluice::approval
