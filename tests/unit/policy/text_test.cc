#include "policy/text.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::policy {
namespace {

TEST(PlainText, IsUtf8WithoutControlCharacters) {
    for (const std::string text :
         {"", "orders", "a b~", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc2\xa0"})
        EXPECT_TRUE(is_plain(text)) << text;
    for (const std::string& text :
         {std::string("a\nb"), std::string("\x7f"), std::string("a\0", 2), std::string("\xc2\x80"),
          std::string("\xc2\x9f"), std::string("\xff"), std::string("\xc3"), std::string("\x80"),
          std::string("\xc0\xaf"), std::string("\xe0\x80\xaf"), std::string("\xf0\x80\x80\xaf"),
          std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82")})
        EXPECT_FALSE(is_plain(text)) << text;
}

TEST(PlainText, IsCountedInCharacters) {
    EXPECT_EQ(character_length("ab"), 1u);
    EXPECT_EQ(character_length("\xc3\xa4x"), 2u);
    EXPECT_EQ(character_length("\xe2\x82\xac"), 3u);
    EXPECT_EQ(character_length("\xf0\x9f\x98\x80"), 4u);
    EXPECT_EQ(character_length("\xe2\x82"), 1u);
    EXPECT_EQ(character_length("\xff"), 1u);
}

TEST(NearestWord, IsWhatATypingMistakeWasMeantToBe) {
    EXPECT_EQ(nearest("grant", {"groups", "grants"}), "grants");
    EXPECT_EQ(nearest("topcis", {"topics", "to"}), "topics");
    EXPECT_EQ(nearest("tpo", {"to", "topics"}), "to");
    EXPECT_EQ(nearest("nmae", {"name"}), "name");
    EXPECT_EQ(nearest("aprovers", {"approvers", "applies"}), "approvers");
    EXPECT_EQ(nearest("topic.raed", {"topic.read", "topic.create"}), "topic.read");
}

TEST(NearestWord, IsNothingWhereNoneIsNear) {
    EXPECT_EQ(nearest("x", {"to", "id"}), "");
    EXPECT_EQ(nearest("banana", {"topics", "grants"}), "");
    EXPECT_EQ(nearest("", {"to"}), "");
    EXPECT_EQ(nearest("to", {}), "");
    EXPECT_EQ(nearest(std::string(1'000'000, 'a'), {std::string(1'000'000, 'b')}), "");
}

}  // namespace
}  // namespace sluice::policy
