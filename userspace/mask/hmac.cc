// SHA256_* are deprecated in OpenSSL 3 in favour of EVP, which allocates for each copy of a state:
// 2.0 us a pseudonym instead of 0.2.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "mask/hmac.h"

#include <openssl/sha.h>

#include <algorithm>

namespace sluice::mask {
namespace {

constexpr std::size_t kBlockBytes = SHA256_CBLOCK;

// What SHA-256 has taken in when it stands at `state`: one block.
SHA256_CTX resumed(const std::array<std::uint32_t, 8>& state) noexcept {
    SHA256_CTX context;
    SHA256_Init(&context);
    std::copy(state.begin(), state.end(), context.h);
    context.Nl = kBlockBytes * 8;
    return context;
}

}  // namespace

HmacKey::Midstate HmacKey::absorb(const std::array<Byte, 64>& block) noexcept {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block.data(), block.size());
    Midstate state;
    std::copy_n(context.h, state.size(), state.begin());
    return state;
}

HmacKey::HmacKey(Bytes secret) noexcept {
    std::array<Byte, kBlockBytes> key{};
    if (secret.size() > kBlockBytes) {
        SHA256(secret.data(), secret.size(), key.data());
    } else {
        std::copy(secret.begin(), secret.end(), key.begin());
    }
    for (Byte& byte : key) byte ^= 0x36;
    inner_ = absorb(key);
    for (Byte& byte : key) byte ^= 0x36 ^ 0x5c;
    outer_ = absorb(key);
}

Digest HmacKey::of(Bytes text) const noexcept {
    Digest digest;
    SHA256_CTX context = resumed(inner_);
    SHA256_Update(&context, text.data(), text.size());
    SHA256_Final(digest.bytes.data(), &context);
    context = resumed(outer_);
    SHA256_Update(&context, digest.bytes.data(), digest.bytes.size());
    SHA256_Final(digest.bytes.data(), &context);
    return digest;
}

}  // namespace sluice::mask
