#include "mask/json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::mask {
namespace {

const char* symbol(Token::Kind kind) {
    switch (kind) {
        case Token::Kind::key:
            return "key";
        case Token::Kind::string:
            return "string";
        case Token::Kind::number:
            return "number";
        case Token::Kind::boolean:
            return "boolean";
        case Token::Kind::null:
            return "null";
        case Token::Kind::begin_object:
            return "{";
        case Token::Kind::begin_array:
            return "[";
        case Token::Kind::end_object:
            return "}";
        case Token::Kind::end_array:
            return "]";
        case Token::Kind::end:
            return "end";
        case Token::Kind::error:
            return "error";
    }
    return "?";
}

// The kinds of all tokens.
std::string kinds(std::string_view json) {
    Scanner scanner(as_bytes(json));
    std::string all;
    while (true) {
        const Token token = scanner.next();
        all += (all.empty() ? "" : " ") + std::string(symbol(token.kind));
        if (token.kind == Token::Kind::end || token.kind == Token::Kind::error) return all;
    }
}
bool valid(std::string_view json) {
    return kinds(json).ends_with("end");
}

TEST(Scanner, CutsADocumentIntoTokens) {
    EXPECT_EQ(kinds(R"( {"a" : [1, true,null] ,"b":{} , "c":"x"} )"),
              "{ key [ number boolean null ] key { } key string } end");
    EXPECT_EQ(kinds("[[],[[]]]"), "[ [ ] [ [ ] ] ] end");
    EXPECT_EQ(kinds("7"), "number end");
    EXPECT_EQ(kinds("\"x\"\n"), "string end");
}

TEST(Scanner, SaysWhereEachTokenStands) {
    const std::string_view json = R"(  {"key" : "va\"l", "n": -1.5e3})";
    Scanner scanner(as_bytes(json));
    std::vector<std::string> spans;
    std::string escaped;
    for (Token t = scanner.next(); t.kind != Token::Kind::end; t = scanner.next()) {
        spans.emplace_back(json.substr(t.begin, t.end - t.begin));
        escaped += t.escaped ? '\\' : '.';
    }
    EXPECT_EQ(spans,
              (std::vector<std::string>{"{", "\"key\"", R"("va\"l")", "\"n\"", "-1.5e3", "}"}));
    EXPECT_EQ(escaped, "..\\...");
    Scanner later(as_bytes(json), 9);
    EXPECT_EQ(later.next().kind, Token::Kind::error);
    Scanner framed(as_bytes("\x01\x02[]"), 2);
    EXPECT_EQ(framed.next().begin, 2u);
}

TEST(Scanner, ReadsStringsOfEveryLengthAroundItsStride) {
    for (std::size_t bytes = 0; bytes < 40; ++bytes) {
        const std::string text(bytes, 'x');
        EXPECT_TRUE(valid("\"" + text + "\""));
        EXPECT_TRUE(valid("\"" + text + "\\n\""));
        EXPECT_TRUE(valid("\"" + text + "\u00e9\""));
        EXPECT_FALSE(valid("\"" + text));
        EXPECT_FALSE(valid("\"" + text + "\n\""));
        EXPECT_FALSE(valid("\"" + text + "\x1f\""));
        EXPECT_FALSE(valid("\"" + text + "\x80\""));
        EXPECT_FALSE(valid("\"" + text + "\\x\""));
        EXPECT_TRUE(valid("\"" + text + "\x7f\""));
    }
}

TEST(Scanner, RefusesEverythingThatIsNotJson) {
    for (const char* json : {"",
                             " ",
                             "{",
                             "}",
                             "[",
                             "]",
                             "[1",
                             "[1,",
                             "[,1]",
                             "[1,]",
                             "[1 2]",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\" 1}",
                             "{\"a\":1,}",
                             "{,}",
                             "{a:1}",
                             "{1:1}",
                             "{\"a\":1 \"b\":2}",
                             "[1}",
                             "{\"a\":1]",
                             "'a'",
                             "tru",
                             "True",
                             "nul",
                             "nan",
                             "NaN",
                             "Infinity",
                             "-Infinity",
                             "01",
                             "-",
                             "+1",
                             "1.",
                             ".5",
                             "1e",
                             "1e+",
                             "0x1",
                             "1 2",
                             "[] []",
                             "{} x",
                             "\xef\xbb\xbf{}",
                             "/**/1",
                             "[1,,2]",
                             "\"\\ud800\"",
                             "\"\\udc00\"",
                             "\"\\ud800\\ud800\"",
                             "\"\\u123\"",
                             "\"\\U0041\"",
                             "\"\xed\xa0\x80\"",
                             "\"\xc0\x80\"",
                             "\"\xf5\x80\x80\x80\"",
                             "\"\t\"",
                             "[\"a\" \"b\"]",
                             "\xff",
                             "[\xc3\xa9]"})
        EXPECT_FALSE(valid(json)) << json;
    EXPECT_FALSE(valid(std::string_view("1\0", 2)));
    EXPECT_FALSE(valid(std::string_view("\"\0\"", 3)));
}

TEST(Scanner, NumbersAreTextOfAnyLength) {
    for (const char* number : {"0", "-0", "1", "-1", "10", "0.5", "1.25e10", "1E-5", "1e+5", "0e0"})
        EXPECT_TRUE(valid(number)) << number;
    EXPECT_TRUE(valid(std::string(10'000, '9')));
    EXPECT_TRUE(valid("1e" + std::string(1'000, '9')));
}

TEST(Scanner, StopsAtItsDepth) {
    const auto nested = [](std::size_t depth, char open, char close) {
        return std::string(depth, open) + std::string(depth, close);
    };
    EXPECT_TRUE(valid(nested(limits::mask_depth_max, '[', ']')));
    EXPECT_FALSE(valid(nested(limits::mask_depth_max + 1, '[', ']')));
    EXPECT_FALSE(valid(nested(1'000'000, '[', ']')));
    // Each level remembers what it is.
    std::string mixed;
    std::string end;
    for (std::size_t n = 0; n < limits::mask_depth_max / 2; ++n) {
        mixed += "{\"a\":[";
        end += "]}";
    }
    EXPECT_TRUE(valid(mixed + end));
}

TEST(Scanner, AfterTheEndOrAnErrorItSaysTheSameAgain) {
    Scanner good(as_bytes("1"));
    good.next();
    EXPECT_EQ(good.next().kind, Token::Kind::end);
    EXPECT_EQ(good.next().kind, Token::Kind::end);
    Scanner bad(as_bytes("[x]"));
    bad.next();
    EXPECT_EQ(bad.next().kind, Token::Kind::error);
    EXPECT_EQ(bad.next().kind, Token::Kind::error);
}

}  // namespace
}  // namespace sluice::mask
