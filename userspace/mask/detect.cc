#include "mask/detect.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "mask/issuers.h"
#include "mask/text.h"

namespace sluice::mask {
namespace {

bool is_digit(Byte byte) noexcept {
    return byte >= '0' && byte <= '9';
}
bool is_letter(Byte byte) noexcept {
    const auto lower = static_cast<Byte>(byte | 0x20);
    return lower >= 'a' && lower <= 'z';
}
bool is_alnum(Byte byte) noexcept {
    return is_digit(byte) || is_letter(byte);
}
char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}

// The first digit from `at` on, or the end. Eight bytes at a time are passed over where none of
// them is 0x3_: digits and six signs.
std::size_t next_digit(Bytes text, std::size_t at) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    while (at < text.size()) {
        if (text.size() - at >= 8) {
            std::uint64_t eight;
            std::memcpy(&eight, text.data() + at, sizeof eight);
            const std::uint64_t row = (eight ^ kOnes * 0x30) & kOnes * 0xf0;
            if (((row - kOnes) & ~row & kOnes * 0x80) == 0) {
                at += 8;
                continue;
            }
        }
        const std::size_t end = std::min(text.size(), at + 8);
        for (; at < end; ++at)
            if (is_digit(text[at])) return at;
    }
    return at;
}

// -- E-mail

// A two-byte letter of U+00C0..U+024F (Latin with diacritics) begins here.
bool latin_at(Bytes text, std::size_t at) noexcept {
    if (at + 1 >= text.size() || text[at] < 0xc3 || text[at] > 0xc9) return false;
    const Byte most = text[at] == 0xc9 ? 0x8f : 0xbf;
    return text[at + 1] >= 0x80 && text[at + 1] <= most;
}
bool local_punctuation(Byte byte) noexcept {
    constexpr std::string_view kAllowed = "._%+'!#$~-";
    return kAllowed.find(static_cast<char>(byte)) != std::string_view::npos;
}

// Where the part before the '@' begins; `at` itself where there is none.
std::size_t local_part(Bytes text, std::size_t at) noexcept {
    std::size_t begin = at;
    while (begin > 0) {
        if (is_alnum(text[begin - 1]) || local_punctuation(text[begin - 1])) {
            --begin;
        } else if (begin > 1 && latin_at(text, begin - 2)) {
            begin -= 2;
        } else {
            break;
        }
    }
    // A quote or a dot in front belongs to the sentence.
    while (begin < at && !is_alnum(text[begin]) && text[begin] != '_' && !latin_at(text, begin))
        ++begin;
    return begin;
}

// Endings of file names (icon@2x.png) that are no top-level domains.
bool file_ending(std::string_view label) noexcept {
    constexpr std::string_view kEndings[] = {"png", "jpg", "jpeg", "gif", "svg",  "webp",
                                             "ico", "css", "scss", "js",  "json", "html"};
    return std::find(std::begin(kEndings), std::end(kEndings), label) != std::end(kEndings);
}
bool top_level(Bytes label) noexcept {
    std::string text(as_text(label));
    std::transform(text.begin(), text.end(), text.begin(), lower);
    if (text.starts_with("xn--")) return text.size() > 4;
    return text.size() >= 2 && std::all_of(label.begin(), label.end(), is_letter) &&
           !file_ending(text);
}

// Where the domain that begins at `at` ends: behind its last label that can be a top-level domain.
// `at` itself where there is no such domain.
std::size_t domain(Bytes text, std::size_t at) noexcept {
    constexpr std::size_t kTopLevelBytesMax = 63;
    std::size_t end = at;
    std::size_t label = at;
    for (bool first = true;; first = false) {
        std::size_t stop = label;
        std::size_t wide = 0;
        while (stop < text.size()) {
            if (is_alnum(text[stop]) || (text[stop] == '-' && stop > label)) {
                ++stop;
            } else if (latin_at(text, stop)) {
                stop += 2;
                ++wide;
            } else {
                break;
            }
        }
        const bool dot = stop + 1 < text.size() && text[stop] == '.';
        const std::size_t next = stop + 1;
        while (stop > label && text[stop - 1] == '-') --stop;
        if (stop == label) return end;
        if (!first && wide == 0 && stop - label <= kTopLevelBytesMax &&
            top_level(text.subspan(label, stop - label)))
            end = stop;
        if (!dot || next != stop + 1) return end;
        label = next;
    }
}

void find_emails(Bytes text, std::vector<Found>& out) {
    constexpr std::size_t kBytesMin = 6;  // a@b.cd
    std::size_t from = text.size() < kBytesMin ? text.size() : 0;
    while (from < text.size()) {
        const void* sign = std::memchr(text.data() + from, '@', text.size() - from);
        if (sign == nullptr) return;
        const auto at = static_cast<std::size_t>(static_cast<const Byte*>(sign) - text.data());
        from = at + 1;
        const std::size_t begin = local_part(text, at);
        const std::size_t end = domain(text, at + 1);
        if (begin < at && end > at + 1) out.push_back({begin, end, type_bit(Detector::email)});
    }
}

// -- Card numbers and IBANs

constexpr std::size_t kCardDigitsMin = 12;
constexpr std::size_t kCardDigitsMax = 19;
// Digits are printed in groups; single digits between blanks are a list, not a card.
constexpr std::size_t kGroupDigitsMin = 3;

bool starts_card(Bytes text, std::size_t at) noexcept {
    if (at == 0) return true;
    if (is_alnum(text[at - 1])) return false;
    return !(text[at - 1] == '.' && at > 1 && is_digit(text[at - 2]));  // of a fraction
}
bool ends_card(Bytes text, std::size_t at) noexcept {
    if (at == text.size()) return true;
    if (is_alnum(text[at])) return false;
    return !(text[at] == '.' && at + 1 < text.size() && is_digit(text[at + 1]));
}

// The end of the longest card number that begins at the digit `begin`; `begin` where none does.
std::size_t card_from(Bytes text, std::size_t begin) noexcept {
    std::array<char, kCardDigitsMax> digits{};
    std::size_t count = 0;
    std::size_t end = begin;
    std::size_t at = begin;
    while (true) {
        const std::size_t group = at;
        while (at < text.size() && is_digit(text[at])) {
            if (count == kCardDigitsMax) return end;
            digits[count++] = static_cast<char>(text[at++]);
        }
        if (count >= kCardDigitsMin && ends_card(text, at) &&
            is_card_number({digits.data(), count}))
            end = at;
        const bool separated =
            at + 1 < text.size() && (text[at] == ' ' || text[at] == '-') && is_digit(text[at + 1]);
        if (!separated || at - group < kGroupDigitsMin) return end;
        ++at;
    }
}

// The remainder of 97 is 1 when the first four characters are put behind the others and letters
// count as 10 to 35.
bool iban_remainder(std::string_view iban) noexcept {
    unsigned remainder = 0;
    for (std::size_t n = 0; n < iban.size(); ++n) {
        const char c = iban[(n + 4) % iban.size()];
        const bool digit = c >= '0' && c <= '9';
        const auto value = static_cast<unsigned>(digit ? c - '0' : c - 'A' + 10);
        remainder = (remainder * (digit ? 10 : 100) + value) % 97;
    }
    return remainder == 1;
}

// `at`: two letters, two digits. The end of the IBAN that begins there; `at` where none does.
std::size_t iban_from(Bytes text, std::size_t at) noexcept {
    std::array<char, kIbanBytesMax> iban{};
    const std::size_t length =
        iban_length(upper(static_cast<char>(text[at])), upper(static_cast<char>(text[at + 1])));
    std::size_t count = 0;
    std::size_t end = at;
    while (count < length) {
        // Printed in groups, with single blanks between.
        if (count > 0 && end + 1 < text.size() && text[end] == ' ') ++end;
        if (end >= text.size() || !is_alnum(text[end])) return at;
        iban[count++] = upper(static_cast<char>(text[end++]));
    }
    const bool bounded = end == text.size() || !is_alnum(text[end]);
    return length > 0 && bounded && iban_remainder({iban.data(), length}) ? end : at;
}

bool starts_iban(Bytes text, std::size_t digit) noexcept {
    return digit >= 2 && is_letter(text[digit - 1]) && is_letter(text[digit - 2]) &&
           digit + 1 < text.size() && is_digit(text[digit + 1]) &&
           (digit == 2 || !is_alnum(text[digit - 3]));
}

void find_numbers(Bytes text, Types types, std::vector<Found>& out) {
    const bool cards = (types & type_bit(Detector::pan)) != 0;
    const bool ibans = (types & type_bit(Detector::iban)) != 0;
    std::size_t card_end = 0;
    std::size_t iban_end = 0;
    if (text.size() < kCardDigitsMin) return;  // no IBAN is as short, either
    // From one run of digits to the next.
    for (std::size_t at = next_digit(text, 0); at < text.size(); at = next_digit(text, at + 1)) {
        if (ibans && starts_iban(text, at) && at - 2 >= iban_end) {
            const std::size_t end = iban_from(text, at - 2);
            if (end > at) {
                out.push_back({at - 2, end, type_bit(Detector::iban)});
                iban_end = end;
            }
        }
        if (cards && at >= card_end && starts_card(text, at)) {
            const std::size_t end = card_from(text, at);
            if (end > at) {
                out.push_back({at, end, type_bit(Detector::pan)});
                card_end = end;
            }
        }
        while (at + 1 < text.size() && is_digit(text[at + 1])) ++at;
    }
}

// -- Together

// Sorts, and makes one of what overlaps.
void merge(std::vector<Found>& found) {
    if (found.size() < 2) return;
    std::sort(found.begin(), found.end(),
              [](const Found& a, const Found& b) { return a.begin < b.begin; });
    std::size_t last = 0;
    for (std::size_t n = 1; n < found.size(); ++n) {
        if (found[n].begin < found[last].end) {
            found[last].end = std::max(found[last].end, found[n].end);
            found[last].types = static_cast<Types>(found[last].types | found[n].types);
        } else {
            found[++last] = found[n];
        }
    }
    found.resize(last + 1);
}

void find_plain(Bytes text, Types types, std::vector<Found>& out) {
    if ((types & type_bit(Detector::email)) != 0) find_emails(text, out);
    if ((types & (type_bit(Detector::pan) | type_bit(Detector::iban))) != 0)
        find_numbers(text, types, out);
    merge(out);
}

}  // namespace

const std::vector<Found>& Finder::find_clear(Bytes text, Types types) {
    found_.clear();
    find_plain(text, types, found_);
    return found_;
}

const std::vector<Found>& Finder::find(Bytes text, Types types) {
    find_clear(text, types);
    if (text.empty() || std::memchr(text.data(), '\\', text.size()) == nullptr) return found_;
    unescaped_.clear();
    unescape(text, unescaped_);
    if (unescaped_.size() == text.size()) return found_;
    hidden_.clear();
    find_plain(unescaped_, types, hidden_);
    RawPosition position(text);
    for (const Found& hidden : hidden_) {
        const std::size_t begin = position.begin_of(hidden.begin);
        found_.push_back({begin, position.end_of(hidden.end), hidden.types});
    }
    merge(found_);
    return found_;
}

bool is_card_number(std::string_view digits) noexcept {
    if (digits.size() < kCardDigitsMin || digits.size() > kCardDigitsMax) return false;
    if (!known_issuer(digits)) return false;
    unsigned sum = 0;
    for (std::size_t n = 0; n < digits.size(); ++n) {
        auto value = static_cast<unsigned>(digits[digits.size() - 1 - n] - '0');
        if (n % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
        sum += value;
    }
    return sum % 10 == 0;
}

std::string whole_number(std::string_view number) {
    constexpr std::int64_t kExponentMax = 1000;
    if (number.size() < kCardDigitsMin || number.starts_with('-')) return {};
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    const std::size_t dot = std::min(number.find('.'), e);
    std::int64_t exponent = 0;
    if (e < number.size()) {
        std::string_view digits = number.substr(e + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (read.ec != std::errc{} || exponent > kExponentMax || exponent < -kExponentMax)
            return {};
    }
    std::string digits(number.substr(0, dot));
    if (dot < e) digits += number.substr(dot + 1, e - dot - 1);
    const std::int64_t whole =
        static_cast<std::int64_t>(dot) + exponent;  // digits before the point
    if (whole < static_cast<std::int64_t>(kCardDigitsMin) ||
        whole > static_cast<std::int64_t>(kCardDigitsMax))
        return {};
    const auto length = static_cast<std::size_t>(whole);
    if (digits.find_first_not_of('0', std::min(length, digits.size())) != std::string::npos)
        return {};
    digits.resize(length, '0');
    return digits;
}

std::string normalised(Detector detector, std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (detector == Detector::email) out += lower(c);
        if (detector == Detector::pan && c != ' ' && c != '-') out += c;
        if (detector == Detector::iban && c != ' ') out += upper(c);
    }
    return out;
}

}  // namespace sluice::mask
