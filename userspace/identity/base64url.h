// base64url.h: base64url as JOSE writes it (RFC 7515 section 2): no padding, no blanks, no line
// ends.
//
// Strict to the bit: each text that is accepted is the only one of its bytes, so that a token has
// one spelling. Not for PEM.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::identity {

// Nothing where `text` is anything else. The empty text is no bytes.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace sluice::identity
