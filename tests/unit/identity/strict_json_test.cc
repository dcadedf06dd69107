#include "identity/strict_json.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace sluice::identity {
namespace {

using nlohmann::json;

std::string nested(std::size_t depth, char open, char close) {
    std::string text(depth, open);
    if (open == '{') {
        text.clear();
        for (std::size_t i = 1; i < depth; ++i) text += R"({"a":)";
        text += "{";
    }
    return text + std::string(depth, close);
}

TEST(StrictJson, BuildsWhatTheLibraryBuilds) {
    const std::string text =
        R"({"a":[1,-2,3.5,true,false,null,"x",[],{}],"b":{"c":{"d":"\u00e9\n"}},)"
        R"("":18446744073709551615})";
    const auto parsed = parse_strict(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, json::parse(text));
    EXPECT_EQ(parse_strict("7"), json(7));
    EXPECT_EQ(parse_strict("[[1],[2],[3,[4]]]"), json::parse("[[1],[2],[3,[4]]]"));
}

TEST(StrictJson, RefusesAMemberTwice) {
    EXPECT_FALSE(parse_strict(R"({"a":1,"a":1})"));
    EXPECT_FALSE(parse_strict(R"({"a":1,"\u0061":2})"));
    EXPECT_FALSE(parse_strict(R"({"x":{"a":1,"b":2,"a":{}}})"));
    EXPECT_TRUE(parse_strict(R"({"x":{"a":1},"y":{"a":1}})"));
}

TEST(StrictJson, RefusesWhatIsNoJson) {
    for (const char* text : {"",
                             " ",
                             "{",
                             "{}}",
                             "{} {}",
                             "{'a':1}",
                             "{a:1}",
                             "[1,]",
                             "// c\n{}",
                             "/**/{}",
                             "NaN",
                             "01",
                             "+1",
                             ".5",
                             "1e999",
                             "\"\xff\"",
                             "\"\xc0\x80\"",
                             "\"\n\"",
                             "\"\\ud800\"",
                             "\"\\x\"",
                             "nul"})
        EXPECT_FALSE(parse_strict(text)) << text;
}

TEST(StrictJson, RefusesANulByteBehindWhichMoreCouldStand) {
    EXPECT_FALSE(parse_strict(std::string_view("{}\0", 3)));
    EXPECT_FALSE(parse_strict(std::string_view("{}\0{\"a\":1}", 10)));
}

TEST(StrictJson, RefusesAByteOrderMark) {
    EXPECT_FALSE(parse_strict("\xef\xbb\xbf{}"));
}

TEST(StrictJson, NestsToItsLimitAndNoFurther) {
    for (const char open : {'[', '{'}) {
        const char close = open == '[' ? ']' : '}';
        EXPECT_TRUE(parse_strict(nested(limits::json_depth_max, open, close))) << open;
        EXPECT_FALSE(parse_strict(nested(limits::json_depth_max + 1, open, close))) << open;
        EXPECT_FALSE(parse_strict(nested(100'000, open, close))) << open;
    }
}

TEST(StrictJson, CountsToItsLimitAndNoFurther) {
    const auto list = [](std::size_t elements) {
        std::string text = "[0";
        for (std::size_t i = 1; i < elements; ++i) text += ",0";
        return text + "]";
    };
    EXPECT_TRUE(parse_strict(list(limits::json_values_max - 1)));
    EXPECT_FALSE(parse_strict(list(limits::json_values_max)));
}

TEST(StrictJson, MembersAndStringsAreNullWhereTheyAreNot) {
    const json object = json::parse(R"({"a":"x","n":null,"i":1})");
    EXPECT_EQ(*as_string(*member(object, "a")), "x");
    EXPECT_EQ(member(object, "b"), nullptr);
    ASSERT_NE(member(object, "n"), nullptr);
    EXPECT_EQ(as_string(*member(object, "n")), nullptr);
    EXPECT_EQ(as_string(*member(object, "i")), nullptr);
}

TEST(StrictJson, ControlCharactersAreSeen) {
    for (const std::string_view text :
         {"a\n", "\x1b[2J", "\x7f", "a\tb", "\xc2\x85", "\xc2\x9b", "\xc2\x80"})
        EXPECT_TRUE(has_control_characters(text));
    EXPECT_TRUE(has_control_characters(std::string_view("a\0", 2)));
    for (const std::string_view text : {"", "alice@example.org", "\xc2\xa0", "\xc3\xa9", "\xc2"})
        EXPECT_FALSE(has_control_characters(text));
}

}  // namespace
}  // namespace sluice::identity
