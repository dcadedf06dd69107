#include "policy/suggest_text.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "policy/pattern.h"

namespace sluice::policy {
namespace {

TEST(SuggestText, AnyPlainNameIsOneScalarThatReadsBackAsItself) {
    for (const std::string name : {"orders",
                                   "a: b",
                                   "x\"y",
                                   "back\\slash",
                                   "# no comment",
                                   "{flow}",
                                   "[a, b]",
                                   "&a",
                                   "*a",
                                   "!tag",
                                   "%x",
                                   "@x",
                                   "`x`",
                                   "null",
                                   "true",
                                   "1",
                                   "-",
                                   "---",
                                   "gr\xc3\xb6\xc3\x9f"
                                   "e",
                                   "line\xe2\x80\xa8separator",
                                   "\xe2\x80\xae"
                                   "backwards",
                                   "\xf0\x9f\x90\x98",
                                   "' '"}) {
        const std::string text = yaml_quoted(name);
        EXPECT_EQ(YAML::Load("k: " + text + "\n")["k"].as<std::string>(), name) << text;
        EXPECT_EQ(YAML::Load("{k: [" + text + "], z: 1}")["k"][0].as<std::string>(), name) << text;
        for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
    }
}

TEST(SuggestText, WhatIsNoTextIsShownByteByByte) {
    EXPECT_EQ(yaml_quoted("a\nb\xff"), R"("a\x0ab\xff")");
    EXPECT_EQ(yaml_quoted("\xc2\x85"), R"("\xc2\x85")");
}

TEST(SuggestText, LettersThatLookAlikeDoNotLookAlike) {
    EXPECT_EQ(yaml_quoted("\xd0\xbe"
                          "rders"),
              R"("\u043erders")");
    EXPECT_EQ(yaml_quoted("\xf0\x9f\x90\x98"), R"("\U0001f418")");
}

TEST(SuggestText, APatternMatchesTheNameAlone) {
    EXPECT_EQ(pattern_of("orders.eu"), "orders.eu");
    for (const std::string name : {"*", "a*b", "what?", "re:x", "re:", "a.b*", "[a]*", "(*", "\\*",
                                   "gr\xc3\xb6\xc3\x9f"
                                   "e*"}) {
        const auto text = pattern_of(name);
        ASSERT_TRUE(text) << name;
        const auto pattern = Pattern::compile(*text);
        ASSERT_TRUE(pattern) << *text;
        EXPECT_EQ(pattern->kind(), Pattern::Kind::regex);
        EXPECT_TRUE(pattern->matches(name));
        for (const std::string& other : {std::string("x"), name + "x", "x" + name, std::string(),
                                         name.substr(0, name.size() - 1)})
            EXPECT_FALSE(pattern->matches(other)) << *text << " " << other;
    }
    EXPECT_EQ(pattern_of(std::string(200, '*')), std::nullopt);
}

TEST(SuggestText, TimesAreInUtc) {
    constexpr std::int64_t second = 1'000'000'000;
    EXPECT_EQ(time_text(0), "1970-01-01 00:00:00");
    EXPECT_EQ(time_text(1'795'511'553 * second + 999'999'999), "2026-11-24 09:12:33");
    EXPECT_EQ(to_text(Sightings{1, 0, 0}), "1 event, 1970-01-01 00:00:00");
    EXPECT_EQ(to_text(Sightings{2, 0, 86'400 * second}),
              "2 events, 1970-01-01 00:00:00 to 1970-01-02 00:00:00");
}

TEST(SuggestText, AListIsOnALineWhereItFits) {
    EXPECT_EQ(list_text("topics", {"\"a\"", "\"b\""}), "    topics: [\"a\", \"b\"]\n");
    const std::string wide(60, 'x');
    EXPECT_EQ(list_text("topics", {wide, wide}),
              "    topics:\n      - " + wide + "\n      - " + wide + "\n");
}

}  // namespace
}  // namespace sluice::policy
