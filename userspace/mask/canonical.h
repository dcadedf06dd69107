// canonical.h: passes over whole JSON values, and writes them in one spelling. Private to this
// folder.
#pragma once

#include "base/bytes.h"
#include "mask/json.h"

namespace sluice::mask {

// Passes over the value that `first`, the last token of `scanner`, is or begins. Returns the token
// it ends with, or an error. Where `compact` is given, the value is appended to it without blanks,
// with the fewest escapes in its strings; numbers keep their text, members their order.
Token skip_value(Bytes json, Scanner& scanner, const Token& first, Buffer* compact);

}  // namespace sluice::mask
