#include "mask/text.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::mask {
namespace {

std::string plain(std::string_view raw) {
    Buffer out;
    unescape(as_bytes(raw), out);
    return std::string(as_text(out));
}

TEST(Utf8, KnowsEveryLengthAndRefusesWhatIsNoCharacter) {
    for (const char* character : {"a", "\x7f", "\u00e9", "\u20ac", "\U0001f600", "\U0010ffff"})
        EXPECT_EQ(utf8_character(as_bytes(character)), std::string_view(character).size());
    const std::string_view bad[] = {
        "\x80",         "\xc0\xaf",         "\xc1\xbf", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xff",     "\xf4\x90\x80\x80",
        "\xf5\x80\x80", "\xe2\x82",         "\xc3",     "\xe2\x28\xa1"};
    for (const std::string_view text : bad) EXPECT_EQ(utf8_character(as_bytes(text)), 0u) << text;
    EXPECT_EQ(utf8_character({}), 0u);
    EXPECT_TRUE(valid_utf8(as_bytes("gr\u00fc\u00df \U0001f600")));
    EXPECT_FALSE(valid_utf8(as_bytes("ok \xff ok")));
}

TEST(Unescape, ReadsEveryEscapeOfJson) {
    EXPECT_EQ(plain(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
    EXPECT_EQ(plain(R"(\u0040\u00E9\u20ac\uD83D\uDE00)"), "@\u00e9\u20ac\U0001f600");
    EXPECT_EQ(plain(R"(\ud800\udc00\udbff\udfff)"), "\U00010000\U0010ffff");
    EXPECT_EQ(plain("none"), "none");
    EXPECT_EQ(plain(""), "");
    using namespace std::string_literals;
    EXPECT_EQ(plain(R"(a\u0000b)"), "a\0b"s);
}

TEST(Unescape, LeavesWhatIsNoEscapeAsItIs) {
    for (const char* text : {R"(\x41)", R"(C:\dir)", R"(\u12)", R"(\u12g4)", R"(\ud83d)",
                             R"(\ude00)", R"(\ud83d\ud83d)", R"(end\)"})
        EXPECT_EQ(plain(text), text);
    EXPECT_EQ(plain(R"(\ud83d\n)"), "\\ud83d\n");
    EXPECT_EQ(plain(R"(\ud83d\u0041)"), "\\ud83dA");
}

TEST(ReadUnit, TakesACharacterOrAnEscapeWhole) {
    const auto raw_bytes = [](std::string_view raw) { return read_unit(as_bytes(raw)).raw_bytes; };
    EXPECT_EQ(raw_bytes("ab"), 1u);
    EXPECT_EQ(raw_bytes("\u20acb"), 3u);
    EXPECT_EQ(raw_bytes(R"(\nb)"), 2u);
    EXPECT_EQ(raw_bytes(R"(\u0041b)"), 6u);
    EXPECT_EQ(raw_bytes(R"(\ud83d\ude00b)"), 12u);
    EXPECT_EQ(raw_bytes("\xff\xff"), 1u);
}

TEST(RawPosition, CoversTheEscapesOfWhatItMaps) {
    //                0   1      7   8  10
    const Bytes raw = as_bytes(R"(a\u20acb\nc)");  // the text: a, three bytes, b, newline, c
    RawPosition position(raw);
    EXPECT_EQ(position.begin_of(0), 0u);
    EXPECT_EQ(position.end_of(1), 1u);
    EXPECT_EQ(position.begin_of(1), 1u);
    EXPECT_EQ(position.end_of(4), 7u);
    EXPECT_EQ(position.begin_of(5), 8u);
    EXPECT_EQ(position.end_of(6), 10u);
    EXPECT_EQ(position.begin_of(6), 10u);
    EXPECT_EQ(position.end_of(7), 11u);
    // In the middle of a character: from its beginning to its end.
    RawPosition middle(raw);
    EXPECT_EQ(middle.begin_of(2), 1u);
    EXPECT_EQ(middle.end_of(3), 7u);
}

}  // namespace
}  // namespace sluice::mask
