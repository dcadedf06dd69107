#include "policy/pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace sluice::policy {
namespace {

bool matches(const std::string& pattern, std::string_view name) {
    const auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled) << pattern;
    return compiled && compiled->matches(name);
}
std::string refusal(const std::string& pattern) {
    const auto compiled = Pattern::compile(pattern);
    return compiled ? "" : compiled.error().context;
}

TEST(Pattern, OfPlainCharactersIsTheNameItself) {
    EXPECT_TRUE(matches("orders", "orders"));
    for (const char* name : {"", "order", "orders2", "Orders", "orders.", "xorders"})
        EXPECT_FALSE(matches("orders", name)) << name;
    EXPECT_TRUE(matches("a.b", "a.b"));
    EXPECT_FALSE(matches("a.b", "axb"));
}

TEST(Pattern, TakesAnyRunForAStar) {
    for (const char* name : {"", "a", "orders.eu.1", "\xc3\xa4"}) EXPECT_TRUE(matches("*", name));
    EXPECT_TRUE(matches("orders.*", "orders.eu.1"));
    EXPECT_TRUE(matches("orders.*", "orders."));
    EXPECT_FALSE(matches("orders.*", "orders"));
    EXPECT_TRUE(matches("*-dlq", "orders-dlq"));
    EXPECT_TRUE(matches("*-dlq", "x-dlq-dlq"));
    EXPECT_FALSE(matches("*-dlq", "orders-dlq2"));
    EXPECT_TRUE(matches("a*b*c", "abc"));
    EXPECT_TRUE(matches("a*b*c", "a-b-b-c-c"));
    EXPECT_FALSE(matches("a*b*c", "acb"));
    EXPECT_FALSE(matches("ab*ba", "aba"));
    EXPECT_TRUE(matches("a**b", "ab"));
}

TEST(Pattern, TakesOneCharacterForAQuestionMark) {
    EXPECT_TRUE(matches("eu-?", "eu-1"));
    EXPECT_TRUE(matches("eu-?", "eu-\xc3\xa4"));
    EXPECT_TRUE(matches("?", "\xf0\x9f\x98\x80"));
    EXPECT_FALSE(matches("eu-?", "eu-"));
    EXPECT_FALSE(matches("eu-?", "eu-12"));
    EXPECT_TRUE(matches("*?x", "aax"));
    EXPECT_TRUE(matches("?*?", "ab"));
    EXPECT_FALSE(matches("?*?", "a"));
}

TEST(Pattern, AnchorsAnExpressionOnBothSides) {
    EXPECT_TRUE(matches("re:orders-[0-9]+", "orders-12"));
    EXPECT_FALSE(matches("re:orders-[0-9]+", "orders-12x"));
    EXPECT_FALSE(matches("re:orders", "xorders"));
    EXPECT_TRUE(matches("re:a|b", "b"));
    EXPECT_FALSE(matches("re:a|b", "ab"));
    EXPECT_TRUE(matches("re:.*", ""));
    EXPECT_TRUE(matches("re:.", "\xc3\xa4"));
    EXPECT_FALSE(matches("re:orders\\z", "orders\n"));
}

TEST(Pattern, TellsHowItIsLookedUp) {
    struct Case {
        const char* text;
        Pattern::Kind kind;
        std::string_view literal;
        std::string_view ending = "";
    };
    for (const Case& expected :
         {Case{"orders", Pattern::Kind::exact, "orders"},
          Case{"orders.*", Pattern::Kind::prefix, "orders."},
          Case{"orders.**", Pattern::Kind::prefix, "orders."}, Case{"*", Pattern::Kind::prefix, ""},
          Case{"o?*", Pattern::Kind::glob, "o"}, Case{"a*b", Pattern::Kind::glob, "a", "b"},
          Case{"*-dlq", Pattern::Kind::glob, "", "-dlq"},
          Case{"a?b*cd", Pattern::Kind::glob, "a", "cd"}, Case{"?", Pattern::Kind::glob, ""},
          Case{"re:__a", Pattern::Kind::regex, ""}}) {
        const auto pattern = Pattern::compile(expected.text);
        ASSERT_TRUE(pattern) << expected.text;
        EXPECT_EQ(pattern->kind(), expected.kind) << expected.text;
        EXPECT_EQ(pattern->literal(), expected.literal) << expected.text;
        EXPECT_EQ(pattern->ending(), expected.ending) << expected.text;
        EXPECT_EQ(pattern->is_ending(), std::string_view("*-dlq") == expected.text);
        EXPECT_EQ(pattern->text(), expected.text);
        EXPECT_EQ(pattern->is_everything(), std::string_view("*") == expected.text);
    }
}

TEST(Pattern, IsRefusedWithItsReason) {
    EXPECT_EQ(refusal(""), "is empty");
    EXPECT_EQ(refusal("re:("), "is no expression: missing ): (");
    EXPECT_EQ(refusal("re:a{1000}{1000}").substr(0, 16), "is no expression");
    EXPECT_EQ(refusal("re:(a|b)\\1").substr(0, 16), "is no expression");
    EXPECT_EQ(refusal("re:[a-z]{500}[a-z]{500}[a-z]{500}"),
              "is an expression that takes too much work");
    EXPECT_EQ(refusal(std::string(limits::policy_pattern_bytes_max, 'a')), "");
    EXPECT_EQ(refusal(std::string(limits::policy_pattern_bytes_max + 1, 'a')),
              "is longer than 256 bytes");
}

TEST(Pattern, NeedsNoMoreStepsThanBothLengthsMultiplied) {
    std::string glob;
    for (int i = 0; i < 100; ++i) glob += "*a";
    EXPECT_FALSE(matches(glob + "b", std::string(limits::resource_name_bytes_max, 'a')));
    EXPECT_TRUE(matches(glob, std::string(limits::resource_name_bytes_max, 'a')));
}

TEST(Pattern, AgreesWithAnExpressionOnRandomNames) {
    std::uint32_t seed = 1;
    const auto pick = [&seed](std::string_view letters, std::size_t length) {
        std::string text;
        while (text.size() < length) {
            seed = seed * 1664525 + 1013904223;
            text += letters[(seed >> 16) % letters.size()];
        }
        return text;
    };
    int matched = 0;
    for (int round = 0; round < 3000; ++round) {
        const std::string glob = pick("ab*?*", 1 + static_cast<std::size_t>(round % 7));
        std::string expression = "re:";
        for (const char letter : glob)
            expression += letter == '*' ? ".*" : letter == '?' ? "." : std::string(1, letter);
        const std::string name = pick("ab", static_cast<std::size_t>(round % 9));
        const bool expected = matches(expression, name);
        matched += expected ? 1 : 0;
        EXPECT_EQ(matches(glob, name), expected) << glob << " " << name;
    }
    EXPECT_GT(matched, 300);
    EXPECT_LT(matched, 2700);
}

}  // namespace
}  // namespace sluice::policy
