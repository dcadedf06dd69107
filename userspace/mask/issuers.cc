#include "mask/issuers.h"

#include <algorithm>
#include <iterator>

namespace sluice::mask {
namespace {

// The first `digits` digits from `first` to `last`; numbers of `shortest` to `longest` digits.
// Ranges as the networks publish them (ISO/IEC 7812); of Maestro only those that are not also
// somebody else's, since "anything from 56 to 69" would take in every tenth order number.
struct Range {
    std::uint16_t first;
    std::uint16_t last;
    std::uint8_t digits;
    std::uint8_t shortest;
    std::uint8_t longest;
};
constexpr Range kRanges[] = {
    {4, 4, 1, 13, 13},        // Visa
    {4, 4, 1, 16, 16},        //
    {4, 4, 1, 19, 19},        //
    {51, 55, 2, 16, 16},      // Mastercard
    {2221, 2720, 4, 16, 16},  //
    {34, 34, 2, 15, 15},      // American Express
    {37, 37, 2, 15, 15},      //
    {6011, 6011, 4, 16, 19},  // Discover
    {644, 649, 3, 16, 19},    //
    {65, 65, 2, 16, 19},      //
    {300, 305, 3, 14, 19},    // Diners Club
    {3095, 3095, 4, 14, 19},  //
    {36, 36, 2, 14, 19},      //
    {38, 39, 2, 14, 19},      //
    {3528, 3589, 4, 16, 19},  // JCB
    {62, 62, 2, 16, 19},      // UnionPay
    {81, 81, 2, 16, 19},      //
    {60, 60, 2, 16, 16},      // RuPay
    {82, 82, 2, 16, 16},      //
    {508, 508, 3, 16, 16},    //
    {5018, 5018, 4, 12, 19},  // Maestro
    {5020, 5020, 4, 12, 19},  //
    {5038, 5038, 4, 12, 19},  //
    {5893, 5893, 4, 12, 19},  //
    {6304, 6304, 4, 12, 19},  //
    {6759, 6759, 4, 12, 19},  //
    {6761, 6763, 4, 12, 19},  //
    {2200, 2204, 4, 16, 19},  // Mir
    {5019, 5019, 4, 16, 16},  // Dankort
    {636, 639, 3, 16, 19},    // InterPayment, InstaPayment
    {506, 506, 3, 16, 19},    // Verve
    {9792, 9792, 4, 16, 16},  // Troy
    {8600, 8600, 4, 16, 16},  // Uzcard
    {9860, 9860, 4, 16, 16},  // Humo
};

struct Country {
    char code[3];
    std::uint8_t length;
};
// The registry of ISO 13616.
constexpr Country kCountries[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30}};

constexpr std::size_t cell(char first, char second) {
    return static_cast<std::size_t>(first - 'A') * 26 + static_cast<std::size_t>(second - 'A');
}
constexpr auto kLengths = [] {
    std::array<std::uint8_t, 26 * 26> lengths{};
    for (const Country& country : kCountries)
        lengths[cell(country.code[0], country.code[1])] = country.length;
    return lengths;
}();

}  // namespace

std::size_t iban_length(char first, char second) noexcept {
    return kLengths[cell(first, second)];
}

bool known_issuer(std::string_view digits) noexcept {
    std::array<unsigned, 5> prefixes{};
    for (std::size_t n = 0; n < 4; ++n)
        prefixes[n + 1] = prefixes[n] * 10 + static_cast<unsigned>(digits[n] - '0');
    return std::any_of(std::begin(kRanges), std::end(kRanges), [&](const Range& range) {
        return prefixes[range.digits] >= range.first && prefixes[range.digits] <= range.last &&
               digits.size() >= range.shortest && digits.size() <= range.longest;
    });
}

}  // namespace sluice::mask
