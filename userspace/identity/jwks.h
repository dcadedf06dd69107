// jwks.h: a provider's public keys (RFC 7517), as an immutable value.
//
// Only keys that can check RS256 or ES256 are kept; the algorithm of a key is decided here, by its
// kty, and never by a token. Not a cache: when to fetch is key_cache.h's. Keys may be used by any
// number of threads at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sluice::identity {

enum class Algorithm : std::uint8_t { rs256, es256 };
// As a token's header spells it: "RS256", "ES256".
std::string_view name(Algorithm algorithm) noexcept;

struct Key {
    std::string kid;  // empty: the key has none
    Algorithm algorithm;
    std::shared_ptr<evp_pkey_st> material;  // a public key; never null
};

// Why a key of the document is not used.
enum class KeySkip : std::uint8_t {
    symmetric,      // kty "oct": a shared secret verifies nothing (key confusion)
    private_part,   // whoever can read the document can sign
    other_type,     // a kty, curve or alg that is not understood here
    contradiction,  // alg belongs to another kty
    other_use,      // use or key_ops: not for checking signatures
    weak,           // RSA below 2048 bits, or with an exponent that is no good
    too_large,      // RSA above 8192 bits
    malformed,      // a member is missing, of the wrong type or no base64url; no point of the curve
    count_
};
const char* name(KeySkip skip) noexcept;

class Keys {
  public:
    // Errors: too_large, malformed (no JWKS; a member twice; two usable keys with one kid: which of
    // them was meant is in doubt). A document without one usable key is a set of none: its issuer
    // vouches for nobody.
    static Result<Keys> parse(std::string_view document);

    [[nodiscard]] const std::vector<Key>& all() const { return keys_; }
    [[nodiscard]] const Key* find(std::string_view kid) const;
    // The key of this algorithm, where there is exactly one, whatever its kid.
    [[nodiscard]] const Key* only(Algorithm algorithm) const;
    [[nodiscard]] std::size_t skipped(KeySkip why) const {
        return skipped_[static_cast<std::size_t>(why)];
    }

  private:
    std::vector<Key> keys_;
    std::array<std::size_t, static_cast<std::size_t>(KeySkip::count_)> skipped_{};
};

}  // namespace sluice::identity
