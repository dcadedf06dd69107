// detect.h: finds e-mail addresses, card numbers and IBANs in text. Private to this folder.
//
// Exact recognisers at cheap candidates ('@', runs of digits); linear in the text. Card numbers
// need a known issuer, its lengths and the Luhn digit; IBANs their country's length and the
// remainder of 97: a number that only looks like one stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "mask/plan.h"

namespace sluice::mask {

// A set of detectors: bit n for Detector n.
using Types = std::uint8_t;
constexpr Types type_bit(Detector detector) {
    return static_cast<Types>(1u << static_cast<unsigned>(detector));
}

// A place in the text. Where finds of several detectors overlap they are one.
struct Found {
    std::size_t begin;
    std::size_t end;
    Types types;
    bool operator==(const Found&) const = default;
};

class Finder {
  public:
    // In order, without overlaps; valid until the next call. What shows only when JSON's escapes
    // are taken out of the text is found, too: its place covers the escapes.
    const std::vector<Found>& find(Bytes text, Types types);
    // The same for a text that has no backslash.
    const std::vector<Found>& find_clear(Bytes text, Types types);

  private:
    std::vector<Found> found_;
    std::vector<Found> hidden_;
    Buffer unescaped_;
};

// 12 to 19 digits and nothing else: is it a card number?
bool is_card_number(std::string_view digits) noexcept;

// The digits of a JSON number that is a whole number of 12 to 19 digits, however it is written
// (4.11111111111E+15, as floating point is printed); empty where it is none.
std::string whole_number(std::string_view number);

// The form in which the same e-mail address, card number or IBAN is always the same text.
std::string normalised(Detector detector, std::string_view text);

}  // namespace sluice::mask
