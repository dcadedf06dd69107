// base64.h: RFC 4648 section 4, with padding, as signed notes and proofs are written.
//
// Strict: what encode() does not write is not read. (JOSE's alphabet is identity/base64url.h.)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sluice::audit {

std::string encode_base64(Bytes bytes);
std::optional<Buffer> decode_base64(std::string_view text);

}  // namespace sluice::audit
