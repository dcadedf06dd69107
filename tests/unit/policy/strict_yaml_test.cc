#include "policy/strict_yaml.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::policy {
namespace {

using Presence = StrictYaml::Presence;

std::vector<std::string> texts(std::vector<Mistake> mistakes) {
    std::vector<std::string> lines;
    for (const Mistake& mistake : mistakes) lines.push_back(to_text(mistake));
    return lines;
}

// Reads {name: text, count: 1-10, words: [text...], later: not built} and returns what it complains
// of.
std::vector<std::string> complaints(const std::string& text) {
    StrictYaml yaml({"f.yaml", text});
    if (!yaml.root()) return texts(yaml.take_mistakes());
    yaml.mapping(
        *yaml.root(), "",
        {{"name", Presence::required, [&](const YAML::Node& node) { yaml.text(node, "`name`"); }},
         {"count", Presence::optional,
          [&](const YAML::Node& node) { yaml.number(node, "`count`", 1, 10); }},
         {"words", Presence::optional,
          [&](const YAML::Node& node) {
              for (const YAML::Node& word : yaml.list(node, "`words`")) yaml.text(word, "a word");
          }},
         {"later", Presence::not_built, nullptr}});
    return texts(yaml.take_mistakes());
}

using Lines = std::vector<std::string>;

TEST(StrictYaml, TakesAFileWithoutMistakes) {
    EXPECT_EQ(complaints("name: a\ncount: 10\nwords: [b, \"c d\"]\n"), Lines{});
}

TEST(StrictYaml, HandsOutTheValues) {
    StrictYaml yaml({"f.yaml", "a: \"b c\"\nn: 7\nl: [x, y]\n"});
    ASSERT_TRUE(yaml.root());
    const YAML::Node& root = *yaml.root();
    EXPECT_EQ(yaml.text(root["a"], "`a`"), "b c");
    EXPECT_EQ(yaml.number(root["n"], "`n`", 0, 7), 7u);
    EXPECT_EQ(yaml.list(root["l"], "`l`").size(), 2u);
    EXPECT_EQ(yaml.take_mistakes(), std::vector<Mistake>{});
}

TEST(StrictYaml, NamesEveryMistakeWithItsPlaceInTheOrderOfTheFile) {
    EXPECT_EQ(complaints("count: 11\nnmae: x\nwords:\n  - ok\n  - [no]\nlater: 1\n"),
              (Lines{"f.yaml:1:1: missing key `name`",
                     "f.yaml:1:8: `count` must be a whole number from 1 to 10, not `11`",
                     "f.yaml:2:1: unknown key `nmae`", "f.yaml:5:5: a word must be text",
                     "f.yaml:6:1: `later` is not built yet"}));
}

TEST(StrictYaml, RefusesWhatIsNoNumber) {
    for (const std::string word : {"0", "11", "-1", "+1", "1.5", "1e1", "0x1", "ten", "\"5\"",
                                   "01x", "[5]", "99999999999999999999999"}) {
        const Lines lines = complaints("name: a\ncount: " + word + "\n");
        ASSERT_EQ(lines.size(), 1u) << word;
        EXPECT_EQ(lines.front().rfind("f.yaml:2:8: `count` must be a whole number from 1 to 10", 0),
                  0u)
            << lines.front();
    }
}

TEST(StrictYaml, RefusesAKeyThatIsThereTwice) {
    EXPECT_EQ(complaints("name: a\nname: b\n"), Lines{"f.yaml:2:1: key `name` is there twice"});
}

TEST(StrictYaml, RefusesAKeyWithoutValueAtTheKey) {
    EXPECT_EQ(complaints("name: a\ncount:\n"), Lines{"f.yaml:2:1: `count` has no value"});
    EXPECT_EQ(complaints("name: ~\n"), Lines{"f.yaml:1:1: `name` has no value"});
}

TEST(StrictYaml, RefusesWrongTypes) {
    EXPECT_EQ(complaints("name: [a]\n"), Lines{"f.yaml:1:7: `name` must be text"});
    EXPECT_EQ(complaints("name: \"\"\n"), Lines{"f.yaml:1:7: `name` must be text"});
    EXPECT_EQ(complaints("name: a\nwords: b\n"), Lines{"f.yaml:2:8: `words` must be a list"});
    EXPECT_EQ(complaints("name: a\nwords: []\n"), Lines{"f.yaml:2:8: `words` must not be empty"});
    EXPECT_EQ(complaints("name: a\n[b]: c\n"), Lines{"f.yaml:2:1: a key must be a word"});
}

TEST(StrictYaml, RefusesWhatIsNotOneMappingInUtf8) {
    EXPECT_EQ(complaints(""), Lines{"f.yaml:1:1: the file is empty"});
    EXPECT_EQ(complaints("# nothing\n"), Lines{"f.yaml:1:1: the file is empty"});
    EXPECT_EQ(complaints("- a\n"),
              Lines{"f.yaml:1:1: the file must be a mapping of keys to values"});
    EXPECT_EQ(complaints("a: 1\n---\nb: 2\n"), Lines{"f.yaml:3:1: a second document in the file"});
    EXPECT_EQ(complaints("name: b: c\n"), Lines{"f.yaml:1:8: not yaml: illegal map value"});
    EXPECT_EQ(complaints("name: \xff\n"), Lines{"f.yaml:1:7: not utf-8"});
    EXPECT_EQ(complaints("ok: \xc3\xa4\nname: \xe2\x82"), Lines{"f.yaml:2:7: not utf-8"});
    EXPECT_EQ(complaints(std::string("n\0: a\n", 6)), Lines{"f.yaml:1:2: a control character"});
}

TEST(StrictYaml, SurvivesDeepNesting) {
    const Lines lines = complaints("name: " + std::string(100'000, '['));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines.front().find("not yaml: "), std::string::npos);
}

TEST(StrictYaml, SurvivesAnAliasToItself) {
    EXPECT_EQ(complaints("name: a\nwords: &w [*w]\n"), Lines{"f.yaml:2:8: a word must be text"});
}

TEST(InBackticks, KeepsAWordOnOneShortLine) {
    EXPECT_EQ(in_backticks("a\nb"), "`a b`");
    EXPECT_EQ(in_backticks(std::string(100, 'x')), "`" + std::string(64, 'x') + "...`");
    EXPECT_EQ(in_backticks(std::string(63, 'x') + "\xc3\xa4"),
              "`" + std::string(63, 'x') + "\xc3\xa4`");
}

}  // namespace
}  // namespace sluice::policy
