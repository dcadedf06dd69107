#include "policy/explain.h"

#include <gtest/gtest.h>

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

constexpr const char* kPolicy = R"(
grants:
  - {id: readers, to: ["group:team"], allow: [topic.read], topics: [orders, "orders.*"]}
  - {id: all, to: ["*"], allow: [topic.read], topics: ["*"], upstream: gateway, shadow: true}
  - {id: internal, to: ["group:team"], allow: [topic.read], topics: ["__consumer_offsets"]}
  - {id: groups, to: ["group:team"], allow: ["*"], groups: [g]}
  - {id: writers, to: ["group:team"], allow: [topic.write], topics: [orders]}
  - {id: others, to: ["group:others"], allow: [topic.read], topics: [orders]}
denials:
  - {id: no-secrets, to: ["*"], deny: ["*"], topics: ["*.secret"], reason: "secrets stay put"}
holds:
  - {id: replay, to: ["*"], when: {operations: [topic.read], lag_over: 1000},
     approvers: {groups: [o], count: 2}}
  - {id: elevate, to: ["user:*"], applies: ungranted, when: {operations: [group.offset.reset],
     records_over: 5, groups: [g]}, approvers: {groups: [o]}}
masks:
  - {id: pii, topics: [orders], detect: {types: [email], action: redact}}
  - {id: more, topics: [orders], detect: {types: [iban], action: redact}, shadow: true}
)";

std::string explained(const Principal& who, Operation operation, const Resource& resource,
                      const Facts& facts = {}) {
    return explain(set_of(kPolicy), who, operation, resource, facts, Ticket::none);
}

TEST(Explain, NamesEveryRuleThatHadASay) {
    EXPECT_EQ(
        explained(principal("user:ann", {"team"}), Operation::topic_read, topic("orders"), {{}, 5}),
        R"(allow: granted (readers)
user:ann, topic.read, topic `orders`:
  denial no-secrets: no pattern matches
  hold replay: matches, whatever the resource; where a grant matches, lag over 1000, 2 approvals
  grant all (shadow): matches by `*`; gateway
  grant groups: names no topic
  grant internal: no pattern matches
  grant readers: matches by `orders`
  3 other rules are not about this principal or this operation
depends on how many records the reader is behind
masked by pii
masked by more (shadow)
)");
}

TEST(Explain, SaysWhyNobodyMay) {
    EXPECT_EQ(explained(principal("user:eve"), Operation::topic_read, topic("__x")),
              R"(deny: internal topics need a grant of their own (builtin:internal-topics)
user:eve, topic.read, topic `__x`:
  denial no-secrets: no pattern matches
  hold replay: matches, whatever the resource; where a grant matches, lag over 1000, 2 approvals
  grant all (shadow): an internal topic needs a pattern that begins with `__`; gateway
  6 other rules are not about this principal or this operation
)");
}

TEST(Explain, SaysWhatTheShadowRulesWouldDo) {
    EXPECT_EQ(explained(principal("user:eve"), Operation::topic_read, topic("orders"), {{}, 5})
                  .substr(0, 70),
              "deny: no grant\nwith the shadow rules in force: allow (all)\nuser:eve, t");
}

TEST(Explain, SaysWhatAHoldDependsOn) {
    EXPECT_EQ(explained(principal("user:eve"), Operation::group_offset_reset, group("g")),
              R"(hold: waits for approval (elevate)
user:eve, group.offset.reset, group `g`:
  denial no-secrets: names no group
  hold elevate: matches by `g`; where no grant matches, records over 5, 1 approval
  7 other rules are not about this principal or this operation
depends on how many records a reset rewinds over
)");
}

TEST(Explain, SpeaksOfTheClusterWithoutAName) {
    EXPECT_EQ(explained(principal("user:ann", {"team"}), Operation::config_alter, cluster()),
              R"(deny: no grant
user:ann, config.alter, the cluster:
  denial no-secrets: names no cluster, but other resources
  grant groups: names no cluster, but other resources
  7 other rules are not about this principal or this operation
)");
}

}  // namespace
}  // namespace sluice::policy
