// signature.h: one RS256 or ES256 signature. Private to this folder.
#pragma once

#include <string_view>

#include "identity/jwks.h"

namespace sluice::identity {

// By the key's algorithm. `signature` as JWS has it: for ES256 exactly 64 bytes, r and then s.
bool signature_is_good(const Key& key, std::string_view text, std::string_view signature);

}  // namespace sluice::identity
