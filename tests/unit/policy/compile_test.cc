#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/policy.h"

namespace sluice::policy {
namespace {

std::vector<std::string> mistakes_of(const std::vector<PolicyFile>& files) {
    std::vector<std::string> lines;
    for (const Mistake& mistake : compile(files).mistakes) lines.push_back(to_text(mistake));
    return lines;
}
std::vector<std::string> mistakes_of(const std::string& text) {
    return mistakes_of({{"p.yaml", text}});
}

using Lines = std::vector<std::string>;

TEST(Policy, IsTheDefaultSetWithoutAnyFile) {
    const Compiled compiled = compile({});
    EXPECT_EQ(compiled.mistakes, std::vector<Mistake>{});
    ASSERT_NE(compiled.set, nullptr);
    EXPECT_EQ(compiled.set->durability, Durability::durable);
}

TEST(Policy, ReadsEachDurability) {
    for (const Durability durability :
         {Durability::strict, Durability::durable, Durability::async}) {
        const std::string text =
            "version: 1\naudit: {durability: " + std::string(name(durability)) + "}\n";
        const Compiled compiled = compile({{"p.yaml", text}});
        EXPECT_EQ(compiled.mistakes, std::vector<Mistake>{});
        ASSERT_NE(compiled.set, nullptr);
        EXPECT_EQ(compiled.set->durability, durability);
    }
}

TEST(Policy, RefusesAnUnknownDurability) {
    EXPECT_EQ(
        mistakes_of("version: 1\naudit:\n  durability: eventually\n"),
        Lines{"p.yaml:3:15: `durability` must be strict, durable or async, not `eventually`"});
    EXPECT_EQ(mistakes_of("version: 1\naudit:\n  durability: [strict]\n"),
              Lines{"p.yaml:3:15: `durability` must be text"});
    EXPECT_EQ(mistakes_of("version: 1\naudit: {}\n"),
              Lines{"p.yaml:2:8: missing key `durability` in `audit`"});
}

TEST(Policy, RefusesAnUnknownVersion) {
    EXPECT_EQ(mistakes_of("version: 2\n"),
              Lines{"p.yaml:1:10: `version` must be 1, the only one this build reads"});
    EXPECT_EQ(mistakes_of("audit: {durability: async}\n"),
              Lines{"p.yaml:1:1: missing key `version`"});
}

TEST(Policy, TellsAKeyOfALaterVersionFromATypingMistake) {
    EXPECT_EQ(mistakes_of("version: 1\nrecord: []\nrecrod: []\n"),
              (Lines{"p.yaml:2:1: `record` is not built yet",
                     "p.yaml:3:1: unknown key `recrod`, did you mean `record`?"}));
    EXPECT_EQ(mistakes_of("version: 1\ngrant: []\n"),
              Lines{"p.yaml:2:1: unknown key `grant`, did you mean `grants`?"});
}

TEST(Policy, NamesTheMistakesOfEveryFile) {
    EXPECT_EQ(
        mistakes_of(
            {{"a.yaml", "version: 1\nx: 1\n"}, {"b.yaml", "- 1\n"}, {"c.yaml", "version: 1\n"}}),
        (Lines{"a.yaml:2:1: unknown key `x`",
               "b.yaml:1:1: the file must be a mapping of keys to values"}));
}

TEST(Policy, RefusesASecondFileThatSetsTheSameValue) {
    EXPECT_EQ(mistakes_of({{"a.yaml", "version: 1\naudit: {durability: async}\n"},
                           {"b.yaml", "version: 1\naudit: {durability: strict}\n"}}),
              Lines{"b.yaml:2:21: `durability` was set before, at a.yaml:2"});
}

TEST(Policy, KeepsNothingOfFilesWithAMistake) {
    const Compiled compiled = compile(
        {{"a.yaml", "version: 1\ngrants: [{id: a, to: [x], allow: [topic.read], topics: [t]}]\n"},
         {"b.yaml", "version: 1\nx: 1\n"}});
    EXPECT_EQ(compiled.set, nullptr);
    EXPECT_EQ(compiled.mistakes.size(), 1u);
}

TEST(Policy, PutsRulesIntoAnOrderThatDoesNotDependOnTheFiles) {
    const auto ids = [](const std::vector<PolicyFile>& files) {
        std::string text;
        const Compiled compiled = compile(files);
        if (!compiled.set) return text;
        for (const GrantRule& rule : compiled.set->grants) text += rule.id + " ";
        for (const HoldRule& rule : compiled.set->holds) text += rule.id + " ";
        return text;
    };
    const auto file = [](const std::string& name, const std::string& upstream,
                         const std::string& count) {
        return PolicyFile{name, "version: 1\ngrants: [{id: g-" + name +
                                    ", to: [x], allow: [topic.read], topics: [t]" + upstream +
                                    "}]\nholds: [{id: h-" + name +
                                    ", to: [x], when: {operations: [topic.read]}, approvers: "
                                    "{groups: [o], count: " +
                                    count + "}}]\n"};
    };
    const PolicyFile a = file("a", "", "1");
    const PolicyFile b = file("b", "", "2");
    const PolicyFile c = file("c", ", upstream: gateway", "1");
    const std::string expected = "g-c g-a g-b h-b h-a h-c ";
    EXPECT_EQ(ids({a, b, c}), expected);
    EXPECT_EQ(ids({c, b, a}), expected);
}

TEST(Policy, SaysWhereEachRuleStands) {
    const Compiled compiled =
        compile({{"a.yaml", "version: 1\ndenials:\n  - {to: [x], deny: [\"*\"],\n     id: d}\n"}});
    EXPECT_EQ(compiled.places.at("d"), (Mistake{"a.yaml", 4, 10, ""}));
}

}  // namespace
}  // namespace sluice::policy
