// claims.h: what a token says about its bearer, and what is expected of it.
//
// read_claims() is the half of jwt.h that comes after the signature. It does not know whether there
// was one: everybody else calls verify().
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "identity/refusal.h"

namespace sluice::identity {

// One claim by its path: "email", "realm_access.roles". A list has any number of values, all else
// one; numbers and booleans as JSON writes them. Absent and empty differ: no Claim, and a Claim
// without values.
struct Claim {
    std::string name;
    std::vector<std::string> values;
    bool operator==(const Claim&) const = default;
};

// INVARIANT: issuer and subject are not empty, and free of control characters.
struct Claims {
    std::string issuer;
    std::string subject;
    std::int64_t expires_at = 0;  // seconds since 1970; the session must not outlive it
    std::vector<Claim> list;      // by name; iss, sub, aud, exp and so on are among them

    // Null where the token does not have it.
    [[nodiscard]] const Claim* find(std::string_view name) const;
    bool operator==(const Claims&) const = default;
};

enum class TokenType : std::uint8_t {
    any_jwt,       // `typ` is JWT, at+jwt or absent
    access_token,  // only at+jwt (RFC 9068), for providers that emit it: no ID token passes
};

// What one provider's tokens must look like. An empty issuer or list of audiences accepts nothing.
struct Expectations {
    std::string issuer;                  // equal, byte by byte
    std::vector<std::string> audiences;  // `aud` holds at least one of them
    // For `nbf` and `iat`, where our clock is behind the provider's. None for `exp`: what is
    // accepted has some life left.
    std::chrono::seconds clock_skew{30};
    // Zero: no limit but `exp`. Else `iat` is required and at most so old.
    std::chrono::seconds age_max{0};
    TokenType type = TokenType::any_jwt;
};

using Verdict = std::variant<Claims, Refusal>;

// `payload`: the JSON text.
Verdict read_claims(std::string_view payload, const Expectations& expected,
                    std::int64_t now_seconds);

}  // namespace sluice::identity
