#include "audit/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::audit::utf8 {
namespace {

bool is_valid(std::string_view text) {
    return valid(as_bytes(text));
}

std::string mended(std::string text) {
    mend({reinterpret_cast<Byte*>(text.data()), text.size()});
    return text;
}

TEST(Utf8, TakesCharactersOfEveryLength) {
    EXPECT_TRUE(is_valid(""));
    EXPECT_TRUE(is_valid("plain ascii, longer than eight bytes"));
    EXPECT_TRUE(
        is_valid("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
}

TEST(Utf8, RefusesWhatIsNoCharacter) {
    EXPECT_FALSE(is_valid("\x80"));              // a continuation alone
    EXPECT_FALSE(is_valid("\xc1\xbf"));          // overlong
    EXPECT_FALSE(is_valid("\xe0\x9f\xbf"));      // overlong
    EXPECT_FALSE(is_valid("\xed\xa0\x80"));      // a surrogate
    EXPECT_FALSE(is_valid("\xf0\x8f\xbf\xbf"));  // overlong
    EXPECT_FALSE(is_valid("\xf4\x90\x80\x80"));  // beyond U+10FFFF
    EXPECT_FALSE(is_valid("\xf5\x80\x80\x80"));
    EXPECT_FALSE(is_valid("\xe2\x82"));  // cut short
    EXPECT_FALSE(is_valid("12345678\xff"));
}

TEST(Utf8, MendsByteByByteAndKeepsTheRest) {
    EXPECT_EQ(mended("ok \xc3\xa9"), "ok \xc3\xa9");
    EXPECT_EQ(mended("\xff\xfe x"), "?? x");
    EXPECT_EQ(mended("\xe2\x82z\xc3\xa9\x80"), "??z\xc3\xa9?");
}

TEST(Utf8, CutsBetweenCharacters) {
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abc", 2), "ab");
    EXPECT_EQ(cut("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
    EXPECT_EQ(cut("a\xe2\x82\xac", 3), "a");
    EXPECT_EQ(cut("a\xe2\x82\xac", 2), "a");
    EXPECT_EQ(cut("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80\x80\x80\x80");  // no UTF-8 at all
}

}  // namespace
}  // namespace sluice::audit::utf8
