// issuers.h: who issues which card numbers, and how long each country's IBANs are. Private to this
// folder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::mask {

inline constexpr std::size_t kIbanBytesMax = 34;
// 0 where the country has none. Upper-case letters.
std::size_t iban_length(char first, char second) noexcept;

// Does a network issue numbers that begin so and are so long? At least four digits.
bool known_issuer(std::string_view digits) noexcept;

}  // namespace sluice::mask
