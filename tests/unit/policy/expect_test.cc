#include "policy/expect.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

constexpr const char* kPolicy = R"(
identities:
  - {principal: "user:{claim.email}", groups: "{claim.groups}", from: {oidc: corp}}
  - {principal: "net:lab", from: {source: 10.8.0.0/16}}
grants:
  - {id: readers, to: ["group:team"], allow: [topic.read, group.join], topics: [orders],
     groups: ["orders-*"]}
  - {id: owners, to: ["group:team"], allow: [topic.delete], topics: [orders]}
holds:
  - {id: deletes, to: ["*"], when: {operations: [topic.delete], records_over: 9},
     approvers: {groups: [x]}}
denials:
  - {id: quiet, to: ["group:team"], deny: [group.join], shadow: true}
masks:
  - {id: pii, topics: [orders], detect: {types: [email], action: redact}}
)";

Lines texts(const std::vector<Mistake>& mistakes) {
    Lines lines;
    for (const Mistake& mistake : mistakes) lines.push_back(policy::to_text(mistake));
    return lines;
}
Lines reading(const std::string& cases) {
    return texts(read_expect({"x.expect.yaml", "version: 1\ncases:\n" + cases}).mistakes);
}
// What comes out otherwise, or the mistakes of the file.
Lines running(const std::string& cases) {
    const ReadExpect read = read_expect({"x.expect.yaml", "version: 1\ncases:\n" + cases});
    if (!read.mistakes.empty()) return texts(read.mistakes);
    return texts(run_expect(set_of(kPolicy), read.cases));
}

TEST(Expect, SaysNothingWhereEverythingIsAsExpected) {
    EXPECT_EQ(running(R"(
  - {principal: "user:a", groups: [team], operation: topic.read, topic: orders, expect: allow,
     rule: readers, masks: [pii]}
  - {principal: "user:a", groups: [], operation: topic.read, topic: orders, expect: deny}
  - {principal: "user:a", groups: [team], operation: group.join, group: orders-1, expect: allow,
     shadow: deny}
  - {principal: "user:a", groups: [team], operation: topic.read, topic: orders, expect: allow,
     shadow: allow}
  - {principal: "user:a", operation: cluster.describe, expect: deny}
  - {principal: "user:a", operation: txn.write, transactional_id: x, expect: deny}
  - {principal: "user:a", groups: [team], operation: topic.delete, topic: orders, expect: hold,
     rule: deletes}
  - {principal: "user:a", groups: [team], operation: topic.delete, topic: orders, expect: allow,
     records: 9, lag: 1, rule: owners}
  - {principal: "user:a", groups: [team], operation: topic.delete, topic: orders, expect: allow,
     ticket: true, rule: deletes}
  - {principal: "user:a", topic: payments, masks: []}
)"),
              Lines{});
}

TEST(Expect, IdentifiesWhoIsNotNamed) {
    EXPECT_EQ(running(R"(
  - {from: {oidc: corp, claims: {email: ann, groups: [team, x]}}, is: "user:ann",
     operation: topic.read, topic: orders, expect: allow}
  - {from: {source: 10.8.1.1}, is: "net:lab"}
  - {from: {source: 10.9.1.1, oidc: corp, claims: {email: [], groups: team}}, is: "net:10.9.1.1"}
)"),
              Lines{});
    EXPECT_EQ(running("  - {from: {source: 10.8.1.1}, is: \"net:office\"}\n"),
              Lines{"x.expect.yaml:3:5: net:lab: expected to be called `net:office`"});
}

TEST(Expect, SaysWhatCameInstead) {
    EXPECT_EQ(running(R"(
  - {principal: "user:a", operation: topic.read, topic: orders, expect: allow}
  - {principal: "user:a", groups: [team], operation: topic.read, topic: orders, expect: allow,
     rule: owners, masks: []}
  - {principal: "user:a", operation: cluster.describe, expect: deny, shadow: allow}
  - {principal: "user:a", topic: orders, masks: [other, more]}
)"),
              (Lines{"x.expect.yaml:4:5: user:a topic.read orders: expected allow, got deny (no "
                     "grant; rules: none)",
                     "x.expect.yaml:5:5: user:a topic.read orders: expected by rule `owners`, got "
                     "allow (granted; rules: readers)",
                     "x.expect.yaml:5:5: user:a topic.read orders: expected masks: none; got: pii",
                     "x.expect.yaml:7:5: user:a cluster.describe: expected allow with the shadow "
                     "rules, got deny",
                     "x.expect.yaml:8:5: user:a orders: expected masks: more, other; got: pii"}));
}

TEST(Expect, RefusesCasesThatExpectNothingOrContradictThemselves) {
    EXPECT_EQ(reading("  - {principal: a}\n"),
              Lines{"x.expect.yaml:3:5: a case expects something: `expect`, `is` or `masks`"});
    EXPECT_EQ(reading("  - {topic: t, masks: []}\n"),
              Lines{"x.expect.yaml:3:5: a case has either `principal` or `from`"});
    EXPECT_EQ(reading("  - {principal: a, from: {source: 10.0.0.1}, masks: [], topic: t}\n"),
              Lines{"x.expect.yaml:3:5: a case has either `principal` or `from`"});
    EXPECT_EQ(reading("  - {principal: a, is: b}\n"),
              Lines{"x.expect.yaml:3:5: `is` needs `from`"});
    EXPECT_EQ(reading("  - {from: {source: 10.0.0.1}, groups: [g], is: b}\n"),
              Lines{"x.expect.yaml:3:5: `groups` come with `principal`; with `from` they are a "
                    "claim"});
    EXPECT_EQ(reading("  - {principal: a, operation: topic.read, topic: t}\n"),
              Lines{"x.expect.yaml:3:5: `operation` and `expect` need each other"});
    EXPECT_EQ(
        reading("  - {principal: a, operation: topic.read, topic: t, group: g, expect: deny}\n"),
        Lines{"x.expect.yaml:3:5: a case has one `topic`, `group` or `transactional_id`"});
    EXPECT_EQ(reading("  - {principal: a, masks: []}\n"),
              Lines{"x.expect.yaml:3:5: `masks` needs `topic`"});
    EXPECT_EQ(reading("  - {principal: a, operation: topic.read, expect: deny}\n"),
              Lines{"x.expect.yaml:3:5: `topic.read` does not fit a cluster"});
}

TEST(Expect, NamesEveryMistakeOfTheFile) {
    EXPECT_EQ(reading("  - {principl: a, operation: topic.raed, expect: maybe, lag: -1}\n"
                      "  - {from: {source: 10.0.0.0/8, claims: []}, is: x, ticket: yes}\n"
                      "  - x\n"),
              (Lines{"x.expect.yaml:3:5: a case has either `principal` or `from`",
                     "x.expect.yaml:3:6: unknown key `principl`, did you mean `principal`?",
                     "x.expect.yaml:3:30: unknown operation `topic.raed`, did you mean "
                     "`topic.read`?",
                     "x.expect.yaml:3:50: `expect` must be allow, hold or deny, not `maybe`",
                     "x.expect.yaml:3:62: `lag` must be a whole number from 0 to "
                     "9223372036854775807, not `-1`",
                     "x.expect.yaml:4:21: `source` must be an IPv4 address, not `10.0.0.0/8`",
                     "x.expect.yaml:4:41: `claims` must be a mapping of keys to values",
                     "x.expect.yaml:4:61: `ticket` must be true or false",
                     "x.expect.yaml:5:5: a case must be a mapping of keys to values"}));
    EXPECT_EQ(texts(read_expect({"x.expect.yaml", "version: 1\n"}).mistakes),
              Lines{"x.expect.yaml:1:1: missing key `cases`"});
}

}  // namespace
}  // namespace sluice::policy
