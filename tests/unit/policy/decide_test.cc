#include "policy/decide.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

constexpr const char* kPolicy = R"(
grants:
  - id: readers
    to: ["group:team", "svc:*"]
    allow: [topic.read, topic.create, group.join]
    topics: ["orders", "orders.*"]
    groups: ["orders-*"]
  - {id: direct, to: ["net:*"], allow: [topic.read], topics: ["orders"], upstream: gateway}
  - {id: offsets, to: ["user:root"], allow: ["topic.*"], topics: ["__consumer_offsets"]}
  - {id: admin, to: ["user:root"], allow: ["*"], topics: ["*"], groups: ["*"]}
  - {id: brokers, to: ["user:root"], allow: ["config.*"]}
  - {id: resets, to: ["group:team"], allow: [group.offset.reset], groups: ["orders-*"]}
denials:
  - {id: no-secrets, to: ["*"], deny: ["*"], topics: ["*.secret"], reason: "secrets stay put"}
  - {id: no-deletes, to: ["svc:*"], deny: [topic.delete]}
holds:
  - id: lifecycle
    to: ["group:team"]
    applies: all
    when: {operations: [topic.create, topic.delete], topics: ["orders*"]}
    approvers: {groups: [owners]}
  - id: elevate
    to: ["group:team"]
    applies: ungranted
    when: {operations: [topic.write], topics: ["*"]}
    approvers: {groups: [owners]}
  - id: rewind
    to: ["*"]
    when: {operations: [group.offset.reset], records_over: 10000}
    approvers: {groups: [owners]}
)";

class Decide : public testing::Test {
  protected:
    [[nodiscard]] std::string ask(const Principal& who, Operation operation,
                                  const Resource& resource, const Facts& facts = {},
                                  Ticket ticket = Ticket::none) const {
        return to_text(decide(policy::bind(set_, who), operation, resource, facts, ticket));
    }
    std::shared_ptr<const PolicySet> set_ = set_of(kPolicy);
    Principal team_ = principal("user:ann", {"team"});
    Principal root_ = principal("user:root");
};

TEST_F(Decide, DeniesWhatNobodyGranted) {
    EXPECT_EQ(ask(team_, Operation::topic_read, topic("payments")), "deny: no grant");
    EXPECT_EQ(ask(principal("user:eve"), Operation::topic_read, topic("orders")), "deny: no grant");
    EXPECT_EQ(to_text(decide(Binding(), Operation::topic_read, topic("orders"), {}, Ticket::none)),
              "deny: no grant");
    EXPECT_EQ(policy::bind(nullptr, team_).set(), nullptr);
}

TEST_F(Decide, AllowsWhatIsGrantedAndWhatThatImplies) {
    EXPECT_EQ(ask(team_, Operation::topic_read, topic("orders")), "allow readers: granted");
    EXPECT_EQ(ask(team_, Operation::topic_describe, topic("orders.eu")), "allow readers: granted");
    EXPECT_EQ(ask(team_, Operation::group_offset_commit, group("orders-app")),
              "allow readers: granted");
    EXPECT_EQ(ask(team_, Operation::group_join, group("billing")), "deny: no grant");
    EXPECT_EQ(ask(team_, Operation::topic_read, topic("ordersX")), "deny: no grant");
}

TEST_F(Decide, LetsADenialWin) {
    EXPECT_EQ(ask(team_, Operation::topic_read, topic("orders.secret")),
              "deny no-secrets: secrets stay put");
    EXPECT_EQ(ask(root_, Operation::topic_read, topic("x.secret"), {}, Ticket::valid),
              "deny no-secrets: secrets stay put");
}

TEST_F(Decide, ReachesEveryResourceWithADenialThatNamesNone) {
    EXPECT_EQ(ask(principal("svc:etl"), Operation::topic_delete, topic("anything")),
              "deny no-deletes: denied by a rule");
    // With topics named, the denial of every operation denies nothing else.
    EXPECT_EQ(ask(root_, Operation::group_list, cluster()), "allow admin: granted");
    EXPECT_EQ(ask(root_, Operation::group_join, group("x.secret")), "allow admin: granted");
}

TEST_F(Decide, HoldsWhatIsGrantedUntilThereIsATicket) {
    EXPECT_EQ(ask(team_, Operation::topic_create, topic("orders")),
              "hold lifecycle readers: waits for approval");
    EXPECT_EQ(ask(team_, Operation::topic_create, topic("orders"), {}, Ticket::valid),
              "allow lifecycle readers: approved");
    const Decision decision = decide(policy::bind(set_, team_), Operation::topic_create,
                                     topic("orders"), {}, Ticket::valid);
    ASSERT_NE(decision.hold, nullptr);
    EXPECT_EQ(decision.hold->id, "lifecycle");
}

TEST_F(Decide, LetsATicketStandInForAMissingGrant) {
    EXPECT_EQ(ask(team_, Operation::topic_delete, topic("orders")),
              "hold lifecycle: waits for approval");
    EXPECT_EQ(ask(team_, Operation::topic_write, topic("payments")),
              "hold elevate: waits for approval");
    EXPECT_EQ(ask(team_, Operation::topic_write, topic("payments"), {}, Ticket::valid),
              "allow elevate: approved");
    EXPECT_EQ(
        ask(principal("user:eve"), Operation::topic_write, topic("payments"), {}, Ticket::valid),
        "deny: no grant");
}

TEST_F(Decide, HoldsOnlyWhatIsOverTheThresholdOrNotKnown) {
    const Resource reset = group("orders-app");
    EXPECT_EQ(ask(team_, Operation::group_offset_reset, reset, {10'000, {}}),
              "allow resets: granted");
    EXPECT_EQ(ask(team_, Operation::group_offset_reset, reset, {10'001, {}}),
              "hold rewind resets: waits for approval");
    EXPECT_EQ(ask(team_, Operation::group_offset_reset, reset),
              "hold rewind resets: waits for approval");
    EXPECT_EQ(ask(principal("user:eve"), Operation::group_offset_reset, reset), "deny: no grant");
}

TEST_F(Decide, NeedsOnlyFactsThatMatter) {
    EXPECT_EQ(needs(policy::bind(set_, team_), Operation::group_offset_reset, group("orders-app")),
              (FactsNeeded{true, false}));
    EXPECT_EQ(needs(policy::bind(set_, team_), Operation::group_offset_reset, group("billing")),
              FactsNeeded{});
    EXPECT_EQ(needs(policy::bind(set_, team_), Operation::topic_read, topic("orders")),
              FactsNeeded{});
    EXPECT_EQ(needs(Binding(), Operation::group_offset_reset, group("orders-app")), FactsNeeded{});
}

TEST_F(Decide, DeniesInternalTopicsToWhomNoGrantSpellsThemOut) {
    EXPECT_EQ(ask(root_, Operation::topic_read, topic("__consumer_offsets")),
              "allow offsets: granted");
    EXPECT_EQ(ask(root_, Operation::topic_read, topic("__transaction_state")),
              "deny builtin:internal-topics: internal topics need a grant of their own");
    EXPECT_EQ(ask(team_, Operation::topic_write, topic("__x"), {}, Ticket::valid),
              "deny builtin:internal-topics: internal topics need a grant of their own");
    EXPECT_EQ(ask(root_, Operation::topic_read, topic("_schemas")), "allow admin: granted");
    EXPECT_EQ(ask(root_, Operation::group_join, group("__x")), "allow admin: granted");
}

TEST_F(Decide, GrantsSettingsOfTheClusterOnlyWhereNothingIsNamed) {
    EXPECT_EQ(ask(root_, Operation::config_alter, cluster()), "allow brokers: granted");
    EXPECT_EQ(ask(root_, Operation::config_alter, topic("orders")), "allow admin: granted");
    const auto set = set_of("grants:\n  - {id: a, to: [\"*\"], allow: [\"*\"], topics: [\"*\"]}\n");
    const Binding binding = policy::bind(set, root_);
    EXPECT_EQ(to_text(decide(binding, Operation::config_alter, cluster(), {}, Ticket::none)),
              "deny: no grant");
    EXPECT_EQ(to_text(decide(binding, Operation::cluster_describe, cluster(), {}, Ticket::none)),
              "allow a: granted");
}

TEST_F(Decide, SaysWhereTheGatewaysCredentialMayBeUsed) {
    EXPECT_EQ(ask(principal("net:10.0.0.1"), Operation::topic_read, topic("orders")),
              "allow direct: granted (gateway)");
    EXPECT_EQ(ask(principal("net:10.0.0.1", {"team"}), Operation::topic_read, topic("orders")),
              "allow direct: granted (gateway)");
}

TEST_F(Decide, DeniesWhatDoesNotFitOrCannotBeRead) {
    EXPECT_EQ(ask(root_, Operation::topic_read, group("orders")),
              "deny: the operation does not fit the resource");
    EXPECT_EQ(ask(root_, Operation::topic_read, topic("a\nb")), "deny: the name is not plain text");
    EXPECT_EQ(ask(root_, Operation::group_join, group("\xff")), "deny: the name is not plain text");
    const std::string longest(limits::resource_name_bytes_max, 'a');
    EXPECT_EQ(ask(root_, Operation::group_join, group(longest)), "allow admin: granted");
    EXPECT_EQ(ask(root_, Operation::group_join, group(longest + "a")),
              "deny: the name is too long");
    EXPECT_EQ(needs(policy::bind(set_, root_), Operation::topic_read, group("x")), FactsNeeded{});
}

TEST(DecideShadow, RecordsWhatARuleWouldHaveDone) {
    const auto set = set_of(R"(
grants:
  - {id: legacy, to: ["*"], allow: ["*"], topics: ["*"]}
  - {id: extra, to: ["*"], allow: [group.join], groups: ["*"], shadow: true}
denials:
  - {id: no-writes, to: ["*"], deny: [topic.write], shadow: true}
holds:
  - id: deletes
    to: ["*"]
    when: {operations: [topic.delete]}
    approvers: {groups: [owners]}
    shadow: true
)");
    const Binding binding = policy::bind(set, principal("net:10.0.0.1"));
    const auto ask = [&](Operation operation, const Resource& resource) {
        return to_text(decide(binding, operation, resource, {}, Ticket::none));
    };
    EXPECT_EQ(ask(Operation::topic_write, topic("a")),
              "allow legacy: granted; shadow deny no-writes");
    EXPECT_EQ(ask(Operation::topic_delete, topic("a")),
              "allow legacy: granted; shadow hold deletes legacy");
    EXPECT_EQ(ask(Operation::group_join, group("a")), "deny: no grant; shadow allow extra");
    EXPECT_EQ(ask(Operation::topic_read, topic("a")), "allow legacy: granted");
}

TEST(DecideShadow, TakesAWholeFile) {
    const Compiled compiled = compile(
        {{"a.yaml", "version: 1\ngrants: [{id: a, to: [\"*\"], allow: [topic.*], topics: [t]}]\n"},
         {"b.yaml",
          "version: 1\ndenials: [{id: b, to: [\"*\"], deny: [topic.*]}]\nshadow: true\n"}});
    ASSERT_NE(compiled.set, nullptr);
    EXPECT_EQ(to_text(decide(policy::bind(compiled.set, principal("x")), Operation::topic_read,
                             topic("t"), {}, Ticket::none)),
              "allow a: granted; shadow deny b");
}

TEST(DecideHolds, PrefersTheHoldThatNeedsMoreApprovals) {
    const auto set = set_of(R"(
grants: [{id: g, to: ["*"], allow: [topic.delete], topics: ["*"]}]
holds:
  - {id: a, to: ["*"], when: {operations: [topic.delete]}, approvers: {groups: [o]}}
  - {id: z, to: ["*"], when: {operations: [topic.delete], topics: ["pay*"]},
     approvers: {groups: [o], count: 2}}
)");
    const Binding binding = policy::bind(set, principal("x"));
    EXPECT_EQ(to_text(decide(binding, Operation::topic_delete, topic("pay"), {}, Ticket::none)),
              "hold z g: waits for approval");
    EXPECT_EQ(to_text(decide(binding, Operation::topic_delete, topic("x"), {}, Ticket::none)),
              "hold a g: waits for approval");
}

TEST(Masks, BearOnEverybodyButThoseNamed) {
    const auto set = set_of(R"(
masks:
  - {id: b, topics: ["orders*"], unless: ["group:fraud"], fields: [{path: $.a, action: redact}]}
  - {id: a, topics: ["*"], detect: {types: [email], action: redact}}
  - {id: c, topics: ["*"], detect: {types: [iban], action: redact}, shadow: true}
)");
    const auto ids = [&](const Principal& who, std::string_view name, Mode mode) {
        std::string found;
        for (const MaskRule* mask : masks(policy::bind(set, who), name, mode)) found += mask->id;
        return found;
    };
    EXPECT_EQ(ids(principal("x"), "orders.eu", Mode::enforced), "ab");
    EXPECT_EQ(ids(principal("x"), "payments", Mode::enforced), "a");
    EXPECT_EQ(ids(principal("x", {"fraud"}), "orders.eu", Mode::enforced), "a");
    EXPECT_EQ(ids(principal("x"), "orders", Mode::shadow), "c");
    EXPECT_TRUE(masks(Binding(), "orders").empty());
}

}  // namespace
}  // namespace sluice::policy
