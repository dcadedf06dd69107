#include "audit/base64.h"

#include <gtest/gtest.h>

namespace sluice::audit {
namespace {

// RFC 4648 section 10.
TEST(Base64, IsThatOfTheStandard) {
    const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : rows) {
        EXPECT_EQ(encode_base64(as_bytes(plain)), coded);
        const auto bytes = decode_base64(coded);
        ASSERT_TRUE(bytes) << coded;
        EXPECT_EQ(as_text(*bytes), plain);
    }
}

TEST(Base64, WhatWasNotWrittenSoIsNotRead) {
    for (const char* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", " Zm9v", "Zm9v\n",
                             "Zm9v\n\n\n\n", "Zm-v", "Zm_v", "====", "=", "Z===", "Zm9v===="})
        EXPECT_FALSE(decode_base64(text)) << text;
}

}  // namespace
}  // namespace sluice::audit
