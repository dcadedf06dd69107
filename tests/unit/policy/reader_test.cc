#include "policy/reader.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

Lines grant_mistakes(const std::string& keys) {
    return mistakes_of("grants:\n  - {" + keys + "}\n");
}

TEST(Reader, TakesAWholeRule) {
    const auto set = set_of(
        "grants: [{id: a-B.c_1, to: [\"user:*\", \"group:team\"], allow: [topic.read], "
        "topics: [t], groups: [g], transactional_ids: [x], shadow: false}]\n");
    ASSERT_EQ(set->grants.size(), 1u);
    const GrantRule& grant = set->grants[0];
    EXPECT_EQ(grant.id, "a-B.c_1");
    EXPECT_EQ(grant.mode, Mode::enforced);
    ASSERT_EQ(grant.to.names.size(), 1u);
    EXPECT_EQ(grant.to.names[0].text(), "user:*");
    ASSERT_EQ(grant.to.groups.size(), 1u);
    EXPECT_EQ(grant.to.groups[0].text(), "team");
    EXPECT_EQ(grant.scope.topics[0].text(), "t");
    EXPECT_EQ(grant.scope.groups[0].text(), "g");
    EXPECT_EQ(grant.scope.transactional_ids[0].text(), "x");
}

TEST(Reader, RefusesIdsThatAreNoIds) {
    EXPECT_EQ(grant_mistakes("id: \"a b\", to: [x], allow: [topic.read]"),
              Lines{"p.yaml:3:10: `id` must be at most 64 letters, digits, `.`, `_` and `-`, not "
                    "`a b`"});
    EXPECT_EQ(grant_mistakes("id: builtin:internal-topics, to: [x], allow: [topic.read]").size(),
              1u);
    EXPECT_EQ(
        grant_mistakes("id: " + std::string(65, 'a') + ", to: [x], allow: [topic.read]").size(),
        1u);
    EXPECT_EQ(grant_mistakes("to: [x], allow: [topic.read]"),
              Lines{"p.yaml:3:5: missing key `id` in a grant"});
}

TEST(Reader, RefusesAnIdThatAnotherRuleOfAnyFileHas) {
    const std::string denial = "denials:\n  - {id: a, to: [x], deny: [topic.read]}\n";
    EXPECT_EQ(mistakes_of({{"a.yaml", "version: 1\n" + denial},
                           {"b.yaml",
                            "version: 1\ngrants:\n  - {id: a, to: [x], allow: "
                            "[topic.read]}\n"}}),
              Lines{"b.yaml:3:10: id `a` is there twice, first at a.yaml:3"});
}

TEST(Reader, NamesAnOperationItDoesNotKnowAndTheOneThatIsMeant) {
    EXPECT_EQ(grant_mistakes("id: a, to: [x], allow: [topic.raed, topic.*, group]"),
              (Lines{"p.yaml:3:30: unknown operation `topic.raed`, did you mean `topic.read`?",
                     "p.yaml:3:51: unknown operation `group`"}));
}

TEST(Reader, RefusesWhatIsNoPattern) {
    EXPECT_EQ(grant_mistakes("id: a, to: [\"group:\"], allow: [topic.read], topics: [\"re:(\"]"),
              (Lines{"p.yaml:3:18: pattern `` is empty",
                     "p.yaml:3:59: pattern `re:(` is no expression: missing ): ("}));
    EXPECT_EQ(grant_mistakes("id: a, to: [], allow: [[x]], groups: g"),
              (Lines{"p.yaml:3:17: `to` must not be empty",
                     "p.yaml:3:29: an entry of `allow` must be text",
                     "p.yaml:3:43: `groups` must be a list"}));
}

TEST(Reader, RefusesMoreThanItsLimits) {
    const auto list = [](const std::string& word, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + word;
        return "[" + text + "]";
    };
    const std::string rest = "id: a, to: [x], allow: [topic.read], topics: ";
    EXPECT_EQ(grant_mistakes(rest + list("t", limits::policy_patterns_max)), Lines{});
    EXPECT_EQ(grant_mistakes(rest + list("t", limits::policy_patterns_max + 1)),
              Lines{"p.yaml:3:51: `topics` has more than 1000 entries"});
    EXPECT_EQ(grant_mistakes(rest + list("\"re:t\"", limits::policy_expressions_max)), Lines{});
    const Lines expressions =
        grant_mistakes(rest + list("\"re:t\"", limits::policy_expressions_max + 9));
    ASSERT_EQ(expressions.size(), 1u);
    EXPECT_NE(expressions[0].find("more than 200 expressions"), std::string::npos);
}

TEST(Reader, CountsTheRulesOfAllFiles) {
    std::vector<PolicyFile> files;
    std::size_t id = 0;
    for (int n = 0; n < 5; ++n) {
        std::string text = "version: 1\ndenials:\n";
        for (std::size_t i = 0; i < limits::policy_rules_max / 5; ++i)
            text += "- {id: " + std::to_string(++id) + ", to: [x], deny: [\"*\"]}\n";
        files.push_back({"f" + std::to_string(n) + ".yaml", text});
    }
    EXPECT_EQ(mistakes_of(files), Lines{});
    files.push_back({"g.yaml", "version: 1\ndenials: [{id: x, to: [x], deny: [\"*\"]}]\n"});
    EXPECT_EQ(mistakes_of(files),
              Lines{"g.yaml:2:10: more than 10000 rules in all files together"});
}

TEST(Reader, LetsARuleBeAShadowButNoRuleOfAShadowFileBeNone) {
    const std::string rule = "denials:\n  - {id: a, to: [x], deny: [\"*\"], shadow: ";
    EXPECT_EQ(set_of(rule + "true}\n")->denials[0].mode, Mode::shadow);
    EXPECT_EQ(set_of(rule + "true}\nshadow: true\n")->denials[0].mode, Mode::shadow);
    EXPECT_EQ(mistakes_of(rule + "false}\nshadow: true\n"),
              Lines{"p.yaml:3:43: the whole file is `shadow: true`"});
    EXPECT_EQ(mistakes_of(rule + "maybe}\n"), Lines{"p.yaml:3:43: `shadow` must be true or false"});
}

}  // namespace
}  // namespace sluice::policy
