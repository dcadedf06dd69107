// text.h: text that people read before they decide: UTF-8 in which nothing is hidden.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::approval {

enum class Lines : std::uint8_t { one, many };

// UTF-8 without control characters, and without those that turn the direction of writing or break
// the line: what is shown is what was written. With Lines::many, '\n' is allowed.
bool is_printable(std::string_view text, Lines lines = Lines::one) noexcept;

// The same with '?' in the place of each byte that is not. A client chooses its own id and names;
// an escape sequence in one could make an approver see another request.
std::string printable(std::string_view text, Lines lines = Lines::one);

}  // namespace sluice::approval
