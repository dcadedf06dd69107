#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
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

TEST(Policy, TakesTheExampleOfTheRepository) {
    std::ifstream file(SLUICE_SOURCE_DIR "/policies/example.yaml");
    std::stringstream text;
    text << file.rdbuf();
    const Compiled compiled = compile({{"example.yaml", text.str()}});
    EXPECT_EQ(compiled.mistakes, std::vector<Mistake>{});
    ASSERT_NE(compiled.set, nullptr);
    EXPECT_EQ(compiled.set->durability, Durability::durable);
}

}  // namespace
}  // namespace sluice::policy
