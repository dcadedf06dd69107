// utf8.h: is this text UTF-8, and what to do where it is not. Private to this folder.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"

namespace sluice::audit::utf8 {

// Length of the longest prefix that is whole, valid UTF-8 (no surrogates, no overlong forms, up to
// U+10FFFF).
std::size_t valid_prefix(Bytes text) noexcept;
inline bool valid(Bytes text) noexcept {
    return valid_prefix(text) == text.size();
}
// `text` up to `bytes_max` bytes, without cutting a character in two.
std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept;
// Puts '?' in the place of each byte that is part of no valid character; the length stays.
void mend(std::span<Byte> text) noexcept;

}  // namespace sluice::audit::utf8
