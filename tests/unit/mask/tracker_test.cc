#include "mask/tracker.h"

#include <gtest/gtest.h>

#include "unit/mask/support.h"

namespace sluice::mask {
namespace {

TEST(Tracker, ThePathOfADocumentIsAcceptedAtItsRootAlone) {
    const Plan plan = tests::plan_of("$", {});
    Tracker tracker(plan.tables());
    tracker.element();
    EXPECT_TRUE(tracker.accepted());
    tracker.open(true);
    tracker.member(as_bytes("a"));
    EXPECT_FALSE(tracker.accepted());
}

TEST(Tracker, FollowsNamesAndIndexesStepByStep) {
    const Plan plan = tests::plan_of("$.a[1].b", {});
    Tracker tracker(plan.tables());
    tracker.open(true);
    tracker.member(as_bytes("a"));
    tracker.open(false);
    for (const bool expected : {false, true, false}) {
        tracker.element();
        tracker.open(true);
        tracker.member(as_bytes("b"));
        EXPECT_EQ(tracker.accepted(), expected);
        tracker.close();
    }
    tracker.close();
    tracker.member(as_bytes("b"));
    EXPECT_FALSE(tracker.accepted());
}

TEST(Tracker, DescendsThroughAnything) {
    const Plan plan = tests::plan_of("$..b", {});
    Tracker tracker(plan.tables());
    tracker.open(true);
    for (int depth = 0; depth < 50; ++depth) {
        tracker.member(as_bytes("b"));
        EXPECT_TRUE(tracker.accepted());
        tracker.open(depth % 2 == 0);
        if (depth % 2 == 0) continue;
        tracker.element();
        EXPECT_FALSE(tracker.accepted());
        tracker.open(true);
    }
}

TEST(Tracker, CarriesAPathOverTheBoundaryOfAWord) {
    // 63 states before it: its only step is the last of a word, its acceptance the first of the
    // next.
    std::vector<FieldRule> fields;
    for (int n = 0; n < 31; ++n) fields.push_back({"$.x" + std::to_string(n), {}});
    fields.push_back({"$", {Action::keep}});
    fields.push_back({"$.last", {}});
    const Plan plan = tests::plan_of({Rule{"r", fields}});
    ASSERT_EQ(plan.tables().words, 2u);
    Tracker tracker(plan.tables());
    tracker.open(true);
    tracker.member(as_bytes("last"));
    EXPECT_TRUE(tracker.accepted());
    tracker.member(as_bytes("x30"));
    EXPECT_TRUE(tracker.accepted());
    tracker.member(as_bytes("x31"));
    EXPECT_FALSE(tracker.accepted());
}

TEST(Tracker, SaysWhichRulesLeadHereAndWhatTheyMakeOfIt) {
    const Plan plan =
        tests::plan_of({Rule{"a", {{"$.x", tests::partial(0, 4)}, {"$.*", {Action::keep}}}},
                        Rule{"b", {{"$.y", {}}}}, Rule{"c", {{"$..x", {Action::keep}}}},
                        Rule{"d", {{"$.x", tests::hmac()}}}});
    Tracker tracker(plan.tables());
    tracker.open(true);
    tracker.member(as_bytes("x"));
    const Named named = tracker.named();
    EXPECT_EQ(named.rules, 0b1101u);
    EXPECT_EQ(named.masking, 0b1001u);
    EXPECT_EQ(named.verdict.action, Action::hmac);
    tracker.member(as_bytes("z"));
    EXPECT_EQ(tracker.named().rules, 0b1u);
    EXPECT_EQ(tracker.named().masking, 0u);
}

}  // namespace
}  // namespace sluice::mask
