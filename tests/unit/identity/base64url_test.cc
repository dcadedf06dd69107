#include "identity/base64url.h"

#include <gtest/gtest.h>

#include "unit/identity/fake_issuer.h"

namespace sluice::identity {
namespace {

TEST(Base64url, ReadsTheVectorsOfTheRfcWithoutTheirPadding) {
    EXPECT_EQ(decode_base64url(""), "");
    EXPECT_EQ(decode_base64url("Zg"), "f");
    EXPECT_EQ(decode_base64url("Zm8"), "fo");
    EXPECT_EQ(decode_base64url("Zm9v"), "foo");
    EXPECT_EQ(decode_base64url("Zm9vYg"), "foob");
    EXPECT_EQ(decode_base64url("Zm9vYmE"), "fooba");
    EXPECT_EQ(decode_base64url("Zm9vYmFy"), "foobar");
}

TEST(Base64url, ReadsEveryByteBack) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes.push_back(static_cast<char>(i));
        EXPECT_EQ(decode_base64url(fake::encode_base64url(bytes)), bytes) << i;
    }
}

TEST(Base64url, RefusesWhatOnlyOtherAlphabetsHave) {
    for (const std::string_view text :
         {"Zg==", "Zm8=", "Zm9v\n", " Zm9v", "Zm 9v", "+_9v", "/_9v", "Zm9v.", "Z\xc3\xa9", "Zm9*"})
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
    EXPECT_EQ(decode_base64url(std::string_view("Zm9\0", 4)), std::nullopt);
}

TEST(Base64url, RefusesALengthThatNoBytesHave) {
    EXPECT_EQ(decode_base64url("Z"), std::nullopt);
    EXPECT_EQ(decode_base64url("Zm9vY"), std::nullopt);
    EXPECT_EQ(decode_base64url("A"), std::nullopt);
    EXPECT_EQ(decode_base64url("AAAAA"), std::nullopt);
}

TEST(Base64url, RefusesASecondSpellingOfTheSameBytes) {
    EXPECT_EQ(decode_base64url("Zh"), std::nullopt);   // Zg with a bit behind its end
    EXPECT_EQ(decode_base64url("Zm9"), std::nullopt);  // Zm8
}

}  // namespace
}  // namespace sluice::identity
