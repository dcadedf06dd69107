#include "mask/hmac.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <random>

namespace sluice::mask {
namespace {

Digest by_openssl(Bytes secret, Bytes text) {
    Digest digest;
    unsigned bytes = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), text.data(), text.size(),
         digest.bytes.data(), &bytes);
    EXPECT_EQ(bytes, digest.bytes.size());
    return digest;
}

TEST(HmacKey, IsOpenSslsOwnHmacForEveryLengthOfKeyAndText) {
    std::minstd_rand random(3);
    const auto bytes = [&random](std::size_t count) {
        Buffer out(count);
        for (Byte& byte : out) byte = static_cast<Byte>(random());
        return out;
    };
    for (const std::size_t secret_bytes : {1u, 16u, 32u, 63u, 64u, 65u, 200u}) {
        const Buffer secret = bytes(secret_bytes);
        const HmacKey key(secret);
        for (const std::size_t text_bytes : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 127u, 128u, 1000u}) {
            const Buffer text = bytes(text_bytes);
            EXPECT_EQ(key.of(text), by_openssl(secret, text)) << secret_bytes << ' ' << text_bytes;
        }
    }
}

}  // namespace
}  // namespace sluice::mask
