// refusal.h: why a caller's credential was not accepted, for machines.
//
// A stable vocabulary: name() is metric label, audit reason and log word. Nothing in it comes from
// what the caller sent. docs/identity.md explains each to people.
#pragma once

#include <cstdint>

namespace sluice::identity {

enum class Refusal : std::uint8_t {
    // The token, in the order of the checks.
    token_too_large,              // bytes, claims or values over a limit of base/limits.h
    token_malformed,              // not three parts of strict base64url and JSON of the right types
    token_nested,                 // encrypted, compressed, or a token inside a token
    token_critical_header,        // `crit` (or `b64`): asks for something we do not do
    token_unsupported_algorithm,  // `none`, HS256, and all others but RS256 and ES256
    token_wrong_type,             // `typ` says that it is something else
    token_without_kid,            // and not exactly one key fits
    token_unknown_key,            // the one refusal after which a refresh of the keys may help
    token_key_mismatch,           // the key of that kid is for another algorithm
    token_bad_signature,
    // Only ever after the signature was right.
    token_claims_missing,  // no `iss`, `sub`, `aud` or `exp` (or `iat`, where an age is limited)
    token_wrong_issuer,
    token_wrong_audience,
    token_expired,
    token_not_yet_valid,  // `nbf` or `iat` in the future
    token_too_old,        // `iat` further back than the provider may go
    // Around the token.
    keys_unavailable,        // never fetched, or not refreshed for too long
    sasl_malformed,          // the exchange is not RFC 7628's
    sasl_authzid_mismatch,   // asks to be somebody else than the token's subject
    sasl_principal_changed,  // re-authentication as somebody else (KIP-368)
    count_
};
const char* name(Refusal refusal) noexcept;

}  // namespace sluice::identity
