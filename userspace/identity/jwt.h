// jwt.h: is this token good, and what does it say?
//
// A JWS in compact form (RFC 7515) with RS256 or ES256, checked with keys we were given: nothing in
// a token ever chooses the key material, and its algorithm must be the key's own. Not a general
// JOSE library: no encryption, no unsigned tokens, no other serialisation. Neither verdict nor
// error ever holds a byte of a refused token.
#pragma once

#include <cstdint>
#include <string_view>

#include "identity/claims.h"
#include "identity/jwks.h"

namespace sluice::identity {

// `now_seconds`: since 1970. On token_unknown_key ask key_cache.h whether a refresh may help.
Verdict verify(std::string_view token, const Keys& keys, const Expectations& expected,
               std::int64_t now_seconds);

}  // namespace sluice::identity
