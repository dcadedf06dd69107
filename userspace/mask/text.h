// text.h: characters of UTF-8 text, with or without JSON's escapes in it. Private to this folder.
//
// The escapes are read leniently: what is none (`\x`, half of a surrogate pair) is the characters
// it is written with. So the same functions serve strings the scanner has found valid, and text in
// which an escape is only a way to hide something.
#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.h"

namespace sluice::mask {

// Length of the character at the front of `text`, 0 where there is no valid one.
std::size_t utf8_character(Bytes text) noexcept;
bool valid_utf8(Bytes text) noexcept;

// What stands at the front of escaped text: a character, or an escape for one.
struct Unit {
    std::size_t raw_bytes = 0;  // it takes so many
    std::size_t bytes = 0;      // of the character itself
    std::array<Byte, 4> character{};
};
// `raw` is not empty. A byte that begins no valid character is a unit of its own.
Unit read_unit(Bytes raw) noexcept;

// Appends `raw` without its escapes to `out`.
void unescape(Bytes raw, Buffer& out);

// From offsets in unescaped text to the bytes it was read from. Offsets may only rise.
class RawPosition {
  public:
    explicit RawPosition(Bytes raw) : raw_(raw) {}
    // Where the unit begins that holds byte `offset` of the text.
    std::size_t begin_of(std::size_t offset) noexcept;
    // Behind the unit that holds the byte before `offset`.
    std::size_t end_of(std::size_t offset) noexcept;

  private:
    Bytes raw_;
    std::size_t raw_at_ = 0;
    std::size_t text_at_ = 0;
};

}  // namespace sluice::mask
