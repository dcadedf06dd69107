#include "policy/lint.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

Lines warnings(const std::string& text) {
    const Compiled compiled = compile({{"p.yaml", "version: 1\n" + text}});
    for (const Mistake& mistake : compiled.mistakes) ADD_FAILURE() << policy::to_text(mistake);
    Lines lines;
    for (const Mistake& warning : lint(compiled)) lines.push_back(policy::to_text(warning));
    return lines;
}
Lines grant_warnings(const std::string& keys) {
    return warnings("grants:\n  - {id: a, " + keys + "}\n");
}

TEST(Lint, HasNothingToSayAboutAGoodPolicy) {
    EXPECT_EQ(warnings(R"(
grants:
  - {id: a, to: ["group:t"], allow: [topic.read, topic.write, group.join], topics: ["o*"],
     groups: [g]}
  - {id: b, to: ["group:admins"], allow: ["*"], topics: ["__*"]}
  - {id: c, to: ["*"], allow: [cluster.describe, group.list]}
  - {id: d, to: ["group:t"], allow: [txn.write], transactional_ids: ["t-*"]}
denials: [{id: e, to: ["*"], deny: ["*"], topics: ["x*"]}, {id: f, to: [y], deny: [topic.delete]}]
holds:
  - {id: h, to: ["group:t"], when: {operations: [topic.read], topics: ["o*"]},
     approvers: {principals: ["user:a", "user:b"]}}
masks: [{id: m, topics: [o], unless: ["group:x"], detect: {types: [pan], action: redact}}]
)"),
              Lines{});
    EXPECT_TRUE(lint(compile({{"p.yaml", "version: 2\n"}})).empty());
}

TEST(Lint, NamesGrantsWhoseOperationsDoNotFitTheirPatterns) {
    EXPECT_EQ(grant_warnings("to: [x], allow: [topic.read, group.join], topics: [t]"),
              Lines{"p.yaml:3:10: `a` never grants `group.join`: it names no `groups`"});
    EXPECT_EQ(grant_warnings("to: [x], allow: [topic.read], topics: [t], groups: [g]"),
              Lines{"p.yaml:3:10: `a` names `groups`, and none of its operations is about them"});
    EXPECT_EQ(grant_warnings("to: [x], allow: [txn.commit]"),
              Lines{"p.yaml:3:10: `a` never grants `txn.commit`: it names no "
                    "`transactional_ids`"});
    EXPECT_EQ(grant_warnings("to: [x], allow: [config.alter], topics: [t]"), Lines{});
}

TEST(Lint, NamesDenialsAndHoldsThatDoNotReachWhatTheySay) {
    EXPECT_EQ(warnings("denials:\n  - {id: d, to: [x], deny: [topic.read, cluster.describe, "
                       "group.join], topics: [t]}\n"),
              (Lines{"p.yaml:3:10: `d` does not reach `cluster.describe`: it names other resources "
                     "than the cluster",
                     "p.yaml:3:10: `d` does not reach `group.join`: it names other resources than "
                     "`groups`"}));
    EXPECT_EQ(warnings("holds:\n  - {id: h, to: [x], when: {operations: [topic.create], "
                       "groups: [g]}, approvers: {groups: [o]}}\n"),
              (Lines{"p.yaml:3:10: `h` names `groups`, and none of its operations is about them",
                     "p.yaml:3:10: `h` does not reach `topic.create`: it names other resources "
                     "than `topics`"}));
}

TEST(Lint, NamesHoldsOnWhatCannotWait) {
    const auto hold = [](const std::string& operations) {
        return warnings("holds:\n  - {id: h, to: [x], when: {operations: [" + operations +
                        "]}, approvers: {groups: [o]}}\n");
    };
    EXPECT_EQ(
        hold("topic.write"),
        Lines{"p.yaml:3:10: `h` refuses `topic.write` rather than holding it: it cannot wait"});
    EXPECT_EQ(
        hold("topic.delete, group.join, group.offset.reset"),
        Lines{"p.yaml:3:10: `h` refuses `group.join` rather than holding it: it cannot wait"});
    for (std::size_t at = 0; at < kOperations; ++at) {
        const auto operation = static_cast<Operation>(at);
        EXPECT_EQ(hold(std::string(name(operation))).empty(),
                  operations_that_wait().contains(operation))
            << name(operation);
    }
}

TEST(Lint, NamesGrantsThatGrantNothing) {
    const std::string wide =
        "grants:\n  - {id: wide, to: [\"group:*\"], allow: [topic.*], "
        "topics: [\"orders*\"]}\n";
    EXPECT_EQ(warnings(wide + "  - {id: n, to: [\"group:t\"], allow: [topic.read], topics: "
                              "[\"orders.eu*\", orders, \"orders?x\"]}\n"),
              Lines{"p.yaml:4:10: `n` grants nothing that `wide` does not"});
    for (const char* other :
         {"to: [x], allow: [topic.read], topics: [orders]",
          "to: [\"group:t\"], allow: [topic.read], topics: [orders, payments]",
          "to: [\"group:t\"], allow: [topic.read], topics: [\"re:orders\"]",
          "to: [\"group:t\"], allow: [topic.read], topics: [orders], upstream: gateway",
          "to: [\"group:t\"], allow: [topic.read, group.join], topics: [orders], groups: [g]"})
        EXPECT_EQ(warnings(wide + "  - {id: n, " + other + "}\n"), Lines{}) << other;
    const std::string alike = "to: [x], allow: [topic.read], topics: [t]}\n";
    EXPECT_EQ(warnings("grants:\n  - {id: a, " + alike + "  - {id: b, " + alike),
              Lines{"p.yaml:4:10: `b` grants nothing that `a` does not"});
    EXPECT_EQ(warnings("grants:\n"
                       "  - {id: a, to: [x], allow: [topic.read], topics: [\"*\"]}\n"
                       "  - {id: b, to: [x], allow: [topic.read], topics: [\"__x\"]}\n"),
              Lines{});
}

TEST(Lint, NamesGrantsThatADenialUndoes) {
    const std::string grant =
        "grants:\n  - {id: g, to: [x], allow: [topic.write], topics: [\"a.*\"]}\n";
    for (const char* denial : {"to: [\"*\"], deny: [\"*\"], topics: [\"a*\"]",
                               "to: [x], deny: [topic.*, producer.idempotent]"})
        EXPECT_EQ(warnings(grant + "denials: [{id: d, " + denial + "}]\n"),
                  Lines{"p.yaml:3:10: `g` grants nothing that `d` does not deny"})
            << denial;
    for (const char* denial : {"to: [\"*\"], deny: [\"*\"], topics: [\"a.b*\"]",
                               "to: [y], deny: [\"*\"], topics: [\"a*\"]",
                               "to: [\"*\"], deny: [topic.write], topics: [\"a*\"]",
                               "to: [\"*\"], deny: [\"*\"], topics: [\"a*\"], shadow: true"})
        EXPECT_EQ(warnings(grant + "denials: [{id: d, " + denial + "}]\n"), Lines{}) << denial;
}

TEST(Lint, NamesHoldsThatNobodyCanApprove) {
    const auto hold = [](const std::string& to, const std::string& approvers) {
        return warnings("holds:\n  - {id: h, to: " + to +
                        ", when: {operations: [topic.delete]}, approvers: " + approvers + "}\n");
    };
    EXPECT_EQ(hold("[x]", "{principals: [\"user:a\"], count: 2}"),
              Lines{"p.yaml:3:10: `h` can be approved by nobody: it needs 2 of 1"});
    EXPECT_EQ(hold("[\"user:*\"]", "{principals: [\"user:a\"]}"),
              Lines{"p.yaml:3:10: `h` can be approved by nobody where `user:a` asks: nobody "
                    "approves their own request"});
    EXPECT_EQ(hold("[\"svc:*\"]", "{principals: [\"user:a\"]}"), Lines{});
    EXPECT_EQ(hold("[\"user:*\"]", "{principals: [\"user:a\", \"user:b\"]}"), Lines{});
    EXPECT_EQ(hold("[\"user:*\"]", "{principals: [\"user:a\"], groups: [o]}"), Lines{});
}

TEST(Lint, NamesChangesThatAreGrantedWithWildcards) {
    EXPECT_EQ(grant_warnings("to: [\"*\"], allow: [topic.write], topics: [t]"),
              Lines{"p.yaml:3:10: `a` grants `topic.write` to everybody"});
    EXPECT_EQ(grant_warnings("to: [x], allow: [topic.delete], topics: [\"*\"]"),
              Lines{"p.yaml:3:10: `a` grants `topic.delete` on all `topics`"});
    EXPECT_EQ(grant_warnings("to: [x], allow: [group.offset.reset], groups: [\"*\"]"),
              Lines{"p.yaml:3:10: `a` grants `group.offset.reset` on all `groups`"});
    EXPECT_EQ(grant_warnings("to: [\"*\"], allow: [topic.read], topics: [\"*\"]"), Lines{});
}

TEST(Lint, NamesMasksForNobody) {
    EXPECT_EQ(warnings("masks:\n  - {id: m, topics: [o], unless: [\"*\"], detect: {types: [pan], "
                       "action: redact}}\n"),
              Lines{"p.yaml:3:10: `m` masks for nobody: `unless` has `*`"});
}

}  // namespace
}  // namespace sluice::policy
