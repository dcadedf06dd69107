#include "approval/text.h"

#include <gtest/gtest.h>

namespace sluice::approval {
namespace {

using namespace std::string_literals;

TEST(Text, OrdinaryTextIsPrintableAndStaysAsItIs) {
    for (const std::string& text :
         {""s, "on call, see OPS-12"s, "größer \u20ac \u65e5\u672c \U0001f600"s}) {
        EXPECT_TRUE(is_printable(text)) << text;
        EXPECT_EQ(printable(text), text);
    }
}

TEST(Text, WhatCouldHideSomethingIsNot) {
    for (const std::string& text :
         {"a\x1b[2Jb"s, "a\nb"s, "a\rb"s, "a\0b"s, "\x7f"s, "\u0085"s, "\u00ad"s, "\u200b"s,
          "\u202e"s, "\u2066"s, "\u2028"s, "\ufeff"s, "\U000e0041"s})
        EXPECT_FALSE(is_printable(text)) << text;
    EXPECT_EQ(printable("a\x1b[2Jb"), "a?[2Jb");
    EXPECT_EQ(printable("a\u202e"
                        "b"),
              "a???b");
}

TEST(Text, WhatIsNoUtf8IsNot) {
    for (const std::string& text :
         {"\xff"s, "\x80"s, "a\xc3"s, "\xc0\xaf"s, "\xe0\x80\xaf"s, "\xed\xa0\x80"s,
          "\xf0\x80\x80\xaf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xe2\x82"s, "\xe2(\xa1"s})
        EXPECT_FALSE(is_printable(text)) << text;
    EXPECT_EQ(printable("a\xc3(b\xe2\x82"), "a?(b??");
    EXPECT_TRUE(is_printable("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));  // beside the edges
}

TEST(Text, LinesMayBeAllowed) {
    EXPECT_TRUE(is_printable("a\nb\n", Lines::many));
    EXPECT_FALSE(is_printable("a\r\nb", Lines::many));
    EXPECT_EQ(printable("a\nb\tc", Lines::many), "a\nb?c");
}

}  // namespace
}  // namespace sluice::approval
