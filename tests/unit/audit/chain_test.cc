#include <gtest/gtest.h>

#include "audit/encode.h"

namespace sluice::audit {
namespace {

std::string hex(const Digest& digest) {
    std::string text;
    for (const Byte byte : digest.bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        text += two;
    }
    return text;
}

// printf '\x01gw1.example/main' | sha256sum
TEST(Chain, StartsFromTheOrigin) {
    EXPECT_EQ(hex(chain_start("gw1.example/main")),
              "75e5beb5168f9b7ea65560384a3d05d02aa374348dc025b52eb737d9ffdc5c13");
}

// (printf '\x00'; head -c 32 /dev/zero; printf abc) | sha256sum
TEST(Chain, HashesTheDigestBeforeAndTheEntry) {
    EXPECT_EQ(hex(chain(Digest{}, as_bytes("abc"))),
              "c33053a522a31d589139f948dde1307fb9fe50ead1deae64e41ed9d37cf64d5a");
}

TEST(Chain, DependsOnEveryEntryAndOnTheirOrder) {
    const Digest start = chain_start("log");
    const Digest ab = chain(chain(start, as_bytes("a")), as_bytes("b"));
    const Digest ba = chain(chain(start, as_bytes("b")), as_bytes("a"));
    EXPECT_NE(ab, ba);
    EXPECT_NE(ab, chain(start, as_bytes("ab")));
    EXPECT_NE(ab, chain(start, as_bytes("b")));
}

}  // namespace
}  // namespace sluice::audit
