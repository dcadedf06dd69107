#include "policy/strict_yaml.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

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
                     "f.yaml:2:1: unknown key `nmae`, did you mean `name`?",
                     "f.yaml:5:5: a word must be text", "f.yaml:6:1: `later` is not built yet"}));
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
    EXPECT_EQ(complaints("a: 1\n---\nb: 2\n"), Lines{"f.yaml:2:1: a second document in the file"});
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

TEST(StrictYaml, RefusesAnchorsAliasesAndTagsBeforeItBuildsAnything) {
    const std::string anchor = ": an anchor (`&`): write the value out where it is used";
    const std::string alias = ": an alias (`*`): write the value out";
    EXPECT_EQ(complaints("name: a\nwords: &w [*w]\n"),
              (Lines{"f.yaml:2:8" + anchor, "f.yaml:2:12" + alias}));
    EXPECT_EQ(complaints("name: &n a\nx: *n\n"),
              (Lines{"f.yaml:1:7" + anchor, "f.yaml:2:4" + alias}));
    EXPECT_EQ(complaints("name: !!binary aGk=\n"), Lines{"f.yaml:1:7: a tag (`!`): leave it out"});
    EXPECT_EQ(complaints("name: a\nwords: !x [b]\n"),
              Lines{"f.yaml:2:8: a tag (`!`): leave it out"});
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char name = 'b'; name < 'j'; ++name) {
        const std::string before(1, static_cast<char>(name - 1));
        bomb += std::string(1, name) + ": &" + name + " [*" + before + ",*" + before + "]\n";
    }
    EXPECT_EQ(complaints(bomb).size(), 20u);
}

TEST(StrictYaml, RefusesMoreDepthOrValuesThanAFileOfOursHas) {
    const auto nested = [](std::size_t depth) {
        return "name: a\nwords: " + std::string(depth, '[') + "x" + std::string(depth, ']') + "\n";
    };
    EXPECT_EQ(complaints(nested(limits::yaml_depth_max - 1)),
              Lines{"f.yaml:2:9: a word must be text"});
    EXPECT_EQ(complaints(nested(limits::yaml_depth_max)),
              Lines{"f.yaml:2:23: nested deeper than 16 levels"});
    std::string many = "name: a\nwords:\n";
    for (std::size_t i = 0; i + 5 < limits::yaml_nodes_max; ++i) many += "- b\n";
    EXPECT_EQ(complaints(many), Lines{});
    EXPECT_EQ(complaints(many + "- b\n"), Lines{"f.yaml:99998:3: more than 100000 values"});
}

TEST(StrictYaml, ReadsTrueAndFalse) {
    const auto read = [](const std::string& word) {
        StrictYaml yaml({"f.yaml", "a: " + word + "\n"});
        const auto value = yaml.flag((*yaml.root())["a"], "`a`");
        const Lines lines = texts(yaml.take_mistakes());
        EXPECT_EQ(lines, value ? Lines{} : Lines{"f.yaml:1:4: `a` must be true or false"});
        return value;
    };
    EXPECT_EQ(read("true"), true);
    EXPECT_EQ(read("false"), false);
    for (const char* word : {"yes", "True", "1", "\"true\"", "[true]", "on"})
        EXPECT_EQ(read(word), std::nullopt) << word;
}

TEST(StrictYaml, ReadsTimes) {
    const auto read = [](const std::string& word) {
        StrictYaml yaml({"f.yaml", "a: " + word + "\n"});
        const auto value = yaml.duration((*yaml.root())["a"], "`a`", std::chrono::minutes(90));
        const Lines lines = texts(yaml.take_mistakes());
        EXPECT_EQ(lines.size(), value ? 0u : 1u);
        for (const std::string& line : lines)
            EXPECT_EQ(line.rfind("f.yaml:1:4: `a` must be a time from 1s to 90m", 0), 0u) << line;
        return value;
    };
    EXPECT_EQ(read("1s"), std::chrono::seconds(1));
    EXPECT_EQ(read("90m"), std::chrono::minutes(90));
    EXPECT_EQ(read("1h"), std::chrono::hours(1));
    for (const char* word : {"0s", "91m", "2h", "8", "s", "8 s", "-1s", "1.5s", "8ms", "[8s]",
                             "99999999999999s", "4294967296s", "\"\""})
        EXPECT_EQ(read(word), std::nullopt) << word;
}

TEST(StrictYaml, RefusesControlCharactersHoweverTheyAreWritten) {
    for (const char* word : {"\"a\\0b\"", "\"a\\x1bb\"", "\"a\\nb\"", "\"a\\x85\""})
        EXPECT_EQ(complaints(std::string("name: ") + word + "\n"),
                  Lines{"f.yaml:1:7: `name` has a control character in it"})
            << word;
}

TEST(InBackticks, KeepsAWordOnOneShortLine) {
    EXPECT_EQ(in_backticks("a\nb"), "`a b`");
    const std::string word = in_backticks(std::string(100, 'x'));
    EXPECT_EQ(word.size(), 64u + 5u);
    EXPECT_EQ(word.substr(60), "xxxxx...`");
    std::string cut(63, 'x');
    cut += "\xc3\xa4";
    EXPECT_EQ(in_backticks(cut).substr(60), "xxxx\xc3\xa4`");
}

}  // namespace
}  // namespace sluice::policy
