#include "policy/read_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

const std::string kHold =
    "holds:\n  - {id: h, to: [\"group:t\"], when: {operations: [topic.delete]}, "
    "approvers: {groups: [o]}";

Lines hold_mistakes(const std::string& keys) {
    return mistakes_of("holds:\n  - {id: h, " + keys + "}\n");
}

TEST(ReadRules, TakesAGrantWithWhatItImplies) {
    const auto set = set_of(
        "grants: [{id: g, to: [\"*\"], allow: [group.join], groups: [a], upstream: gateway}]\n");
    EXPECT_EQ(set->grants[0].scope.operations,
              (Operations{Operation::group_join, Operation::group_describe,
                          Operation::group_offset_read, Operation::group_offset_commit}));
    EXPECT_TRUE(set->grants[0].upstream_gateway);
    EXPECT_EQ(mistakes_of("grants:\n  - {id: g, to: [x], allow: [\"*\"], upstream: client}\n"),
              Lines{"p.yaml:3:46: `upstream` must be gateway, not `client`"});
}

TEST(ReadRules, TakesADenialThatImpliesNothing) {
    const auto set = set_of(
        "denials: [{id: d, to: [\"*\"], deny: [group.join], reason: not now},\n"
        "          {id: e, to: [\"*\"], deny: [topic.*]}]\n");
    EXPECT_EQ(set->denials[0].scope.operations, Operations{Operation::group_join});
    EXPECT_EQ(set->denials[0].reason, "not now");
    EXPECT_EQ(set->denials[1].reason, "denied by a rule");
    const Lines lines = mistakes_of(
        "denials:\n  - {id: d, to: [x], deny: [\"*\"], reason: " + std::string(257, 'r') + "}\n");
    EXPECT_EQ(lines, Lines{"p.yaml:3:43: `reason` is longer than 256 bytes"});
}

TEST(ReadRules, TakesAHoldWithItsDefaults) {
    const HoldRule hold = set_of(kHold + "}\n")->holds.at(0);
    EXPECT_EQ(hold.applies, HoldRule::Applies::granted);
    EXPECT_EQ(hold.scope.operations, Operations{Operation::topic_delete});
    EXPECT_EQ(hold.records_over, std::nullopt);
    EXPECT_EQ(hold.lag_over, std::nullopt);
    EXPECT_EQ(hold.approver_groups, Lines{"o"});
    EXPECT_EQ(hold.approver_principals, Lines{});
    EXPECT_EQ(hold.count, 1u);
    EXPECT_EQ(hold.hold, std::chrono::seconds(8));
    EXPECT_EQ(hold.ticket, std::chrono::minutes(30));
}

TEST(ReadRules, TakesAHoldWithEverything) {
    const HoldRule hold = set_of(R"(
holds:
  - id: h
    to: ["user:a"]
    applies: ungranted
    when: {operations: [topic.read], topics: [t], groups: [g], transactional_ids: [x],
           records_over: 0, lag_over: 9223372036854775807}
    approvers: {groups: [o, p], principals: ["user:b"], count: 3}
    hold: 25s
    ticket: 24h
)")
                              ->holds.at(0);
    EXPECT_EQ(hold.applies, HoldRule::Applies::ungranted);
    EXPECT_EQ(hold.records_over, 0u);
    EXPECT_EQ(hold.lag_over, 9223372036854775807u);
    EXPECT_EQ(hold.scope.transactional_ids.size(), 1u);
    EXPECT_EQ(hold.approver_groups, (Lines{"o", "p"}));
    EXPECT_EQ(hold.approver_principals, Lines{"user:b"});
    EXPECT_EQ(hold.count, 3u);
    EXPECT_EQ(hold.hold, std::chrono::seconds(25));
    EXPECT_EQ(hold.ticket, std::chrono::hours(24));
}

TEST(ReadRules, RefusesTimesAndCountsBeyondTheirLimits) {
    EXPECT_EQ(mistakes_of(kHold + ", hold: 26s, ticket: 25h}\n"),
              (Lines{"p.yaml:3:98: `hold` must be a time from 1s to 25s, not `26s`",
                     "p.yaml:3:111: `ticket` must be a time from 1s to 24h, not `25h`"}));
    EXPECT_EQ(hold_mistakes("to: [x], when: {operations: [\"*\"], records_over: -1}, "
                            "approvers: {groups: [o], count: 11}"),
              (Lines{"p.yaml:3:62: `records_over` must be a whole number from 0 to "
                     "9223372036854775807, not `-1`",
                     "p.yaml:3:99: `count` must be a whole number from 1 to 10, not `11`"}));
}

TEST(ReadRules, RefusesApproversThatNameNobody) {
    const std::string rest = "to: [x], when: {operations: [\"*\"]}, approvers: ";
    EXPECT_EQ(hold_mistakes(rest + "{}"),
              Lines{"p.yaml:3:60: `approvers` must name `groups` or `principals`"});
    EXPECT_EQ(hold_mistakes(rest + "{count: 2}").size(), 1u);
    EXPECT_EQ(hold_mistakes(rest + "{groups: []}"),
              Lines{"p.yaml:3:69: `groups` must not be empty"});
    EXPECT_EQ(hold_mistakes(rest + "{principals: [\"user:*\"]}"),
              Lines{"p.yaml:3:74: an approver is a name, not a pattern: `user:*`"});
    EXPECT_EQ(hold_mistakes(rest + "[o]"),
              Lines{"p.yaml:3:60: `approvers` must be a mapping of keys to values"});
}

TEST(ReadRules, RefusesElevationForEverybody) {
    const std::string rest = ", when: {operations: [\"*\"]}, approvers: {groups: [o]}, applies: ";
    for (const char* who : {"\"*\"", "user:a, \"*\"", "\"?*\"", "\"group:*\"", "\"**\""}) {
        for (const char* applies : {"ungranted", "all"})
            EXPECT_EQ(hold_mistakes("to: [" + std::string(who) + "]" + rest + applies),
                      Lines{"p.yaml:3:5: `to` must say who, where `applies` is ungranted or all"})
                << who;
        EXPECT_EQ(hold_mistakes("to: [" + std::string(who) + "]" + rest + "granted"), Lines{});
    }
    EXPECT_EQ(hold_mistakes("to: [\"user:*\"]" + rest + "all"), Lines{});
    EXPECT_EQ(hold_mistakes("to: [x]" + rest + "some"),
              Lines{"p.yaml:3:84: `applies` must be granted, ungranted or all, not `some`"});
}

TEST(ReadRules, NameEveryMistakeOfARuleAtOnce) {
    EXPECT_EQ(mistakes_of("holds:\n"
                          "  - id: h\n"
                          "    too: [x]\n"
                          "    when: {operation: [topic.read], topics: t}\n"
                          "    hold: 8\n"
                          "  - oops\n"),
              (Lines{"p.yaml:3:5: missing key `to` in a hold",
                     "p.yaml:3:5: missing key `approvers` in a hold",
                     "p.yaml:4:5: unknown key `too`, did you mean `to`?",
                     "p.yaml:5:11: missing key `operations` in `when`",
                     "p.yaml:5:12: unknown key `operation`, did you mean `operations`?",
                     "p.yaml:5:45: `topics` must be a list",
                     "p.yaml:6:11: `hold` must be a time from 1s to 25s, not `8`",
                     "p.yaml:7:5: a hold must be a mapping of keys to values"}));
}

}  // namespace
}  // namespace sluice::policy
