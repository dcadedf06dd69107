#include "mask/canonical.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::mask {
namespace {

std::string compact(std::string_view json) {
    Scanner scanner(as_bytes(json));
    Buffer out;
    const Token last = skip_value(as_bytes(json), scanner, scanner.next(), &out);
    if (last.kind == Token::Kind::error) return "error";
    return std::string(as_text(out));
}

TEST(SkipValue, WritesOneSpellingForTheSameValue) {
    const char* expected = R"({"a":[1,2.50,{}],"é":"\"\\/\b\f\n\r\t\u0001\u001fA€"})";
    const char* spelled = R"( { "a" : [ 1 , 2.50, { } ] ,
        "\u00e9":"\"\\\/\b\f\n\r\t\u0001\u001F\u0041\u20AC" } )";
    EXPECT_EQ(compact(spelled), expected);
    EXPECT_EQ(compact(expected), expected);
}

TEST(SkipValue, KeepsOrderDuplicatesAndTheTextOfNumbers) {
    EXPECT_EQ(compact(R"({"b":1e2,"a":100,"b":1.0})"), R"({"b":1e2,"a":100,"b":1.0})");
    EXPECT_EQ(compact("[[],[[true],null]]"), "[[],[[true],null]]");
    EXPECT_EQ(compact(" 5 "), "5");
}

TEST(SkipValue, StopsBehindTheValueAndGoesNoFurther) {
    const std::string_view json = R"([{"a":[1,{"b":2}]},7])";
    Scanner scanner(as_bytes(json));
    scanner.next();
    const Token last = skip_value(as_bytes(json), scanner, scanner.next(), nullptr);
    EXPECT_EQ(last.kind, Token::Kind::end_object);
    EXPECT_EQ(last.end, 18u);
    EXPECT_EQ(scanner.next().kind, Token::Kind::number);
}

TEST(SkipValue, SaysThatTheValueIsMalformed) {
    EXPECT_EQ(compact("[1,{\"a\":}]"), "error");
    EXPECT_EQ(compact("[[[[1]]]"), "error");
}

}  // namespace
}  // namespace sluice::mask
