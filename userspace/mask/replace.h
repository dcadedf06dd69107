// replace.h: what stands in the place of a masked value. Private to this folder.
//
// Everything made here is plain ASCII without quotes, backslashes or control characters, but for
// the characters that `partial` keeps: these are copied as they were written.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "mask/tables.h"

namespace sluice::mask {

inline constexpr std::string_view kRedacted = "***";

// Stars but for the kept ends, by character; an escape for one counts as one, and stays whole. A
// text that is no longer than what would be kept becomes stars altogether.
void append_partial(Bytes raw, const Verdict& verdict, Buffer& out);

// "m:<key id>:<the first 128 bits of HMAC-SHA256(key, text) in hex>".
void append_pseudonym(Bytes text, const Pseudonyms& key, Buffer& out);

}  // namespace sluice::mask
