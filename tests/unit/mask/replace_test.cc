#include "mask/replace.h"

#include <gtest/gtest.h>

#include "unit/mask/support.h"

namespace sluice::mask {
namespace {

std::string partial(std::string_view raw, std::uint32_t first, std::uint32_t last) {
    Buffer out;
    append_partial(as_bytes(raw), {Action::partial, nullptr, first, last}, out);
    return std::string(as_text(out));
}

TEST(AppendPartial, KeepsTheEndsByCharacter) {
    EXPECT_EQ(partial("4111111111111111", 0, 4), "************1111");
    EXPECT_EQ(partial("Hamburg", 1, 1), "H*****g");
    EXPECT_EQ(partial("Hamburg", 0, 0), "*******");
    EXPECT_EQ(partial("", 1, 1), "");
    EXPECT_EQ(partial("\u00e4\u20ac\U0001f600x\u00f6", 2, 1), "\u00e4\u20ac**\u00f6");
}

TEST(AppendPartial, NeverCutsAnEscape) {
    EXPECT_EQ(partial(R"(\u00e4b\ud83d\ude00\n)", 1, 2), R"(\u00e4*\ud83d\ude00\n)");
    EXPECT_EQ(partial(R"(\"\\\/)", 1, 1), R"(\"*\/)");
}

TEST(AppendPartial, ATextNoLongerThanWhatIsKeptIsNotShown) {
    EXPECT_EQ(partial("1234", 0, 4), "****");
    EXPECT_EQ(partial("123", 2, 2), "***");
    EXPECT_EQ(partial("12345", 0, 4), "*2345");
    EXPECT_EQ(partial("12345", 4'294'967'295u, 4'294'967'295u), "*****");
}

std::string pseudonym(std::string_view text, const std::string& key) {
    const Plan plan = tests::plan_of("$", tests::hmac(key));
    Buffer out;
    append_pseudonym(as_bytes(text), *plan.tables().keys[0], out);
    return std::string(as_text(out));
}

TEST(AppendPseudonym, IsTheKeysIdAndHalfOfTheHmac) {
    // printf bob | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    EXPECT_EQ(pseudonym("bob", "pii"), "m:k1:643cdfc83364b72c5248ec2d45e7cd58");
    EXPECT_EQ(pseudonym("", "pii"), "m:k1:796cd3078af14636753d26b3b5555422");
    EXPECT_NE(pseudonym("bob", "pii").substr(5), pseudonym("bob", "other").substr(5));
}

}  // namespace
}  // namespace sluice::mask
