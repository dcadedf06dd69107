#include "mask/json.h"

#include <bit>
#include <cstring>

#include "mask/text.h"

namespace sluice::mask {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

std::uint64_t load_le(const Byte* at) noexcept {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
    return value;
}

// The high bit of each byte that ends a run of plain characters: quote, backslash, control
// character, not ASCII. A borrow can set bits above the lowest one that is right; only that counts.
std::uint64_t special(std::uint64_t eight) noexcept {
    const std::uint64_t quote = eight ^ kOnes * '"';
    const std::uint64_t backslash = eight ^ kOnes * '\\';
    const std::uint64_t found = ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) |
                                ((eight - kOnes * 0x20) & ~eight) | eight;
    return found & kHighs;
}

// The first special byte from `at` on, or the end.
std::size_t plain_until(Bytes json, std::size_t at) noexcept {
    for (; json.size() - at >= 8; at += 8) {
        const std::uint64_t found = special(load_le(json.data() + at));
        if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    while (at < json.size() && json[at] >= 0x20 && json[at] < 0x80 && json[at] != '"' &&
           json[at] != '\\')
        ++at;
    return at;
}

bool is_digit(Byte byte) noexcept {
    return byte >= '0' && byte <= '9';
}

}  // namespace

const Token& Scanner::next() noexcept {
    if (expected_ == Expected::nothing) return token_;
    token_.escaped = false;
    skip_blanks();
    token_.kind = read();
    return token_;
}

inline Token::Kind Scanner::read() noexcept {
    switch (expected_) {
        case Expected::value:
            return read_value();
        case Expected::first_element:
            return sees(']') ? close() : read_value();
        case Expected::first_key:
            return sees('}') ? close() : read_key();
        case Expected::more:
            return read_more();
        case Expected::nothing:
            break;
    }
    return stop(Kind::error);
}

Token::Kind Scanner::read_value() noexcept {
    if (at_ == json_.size()) return stop(Kind::error);
    switch (json_[at_]) {
        case '"':
            return read_string(Kind::string);
        case '{':
            return open(Kind::begin_object, true);
        case '[':
            return open(Kind::begin_array, false);
        case 't':
            return read_word("true", 4, Kind::boolean);
        case 'f':
            return read_word("false", 5, Kind::boolean);
        case 'n':
            return read_word("null", 4, Kind::null);
        default:
            return read_number();
    }
}

inline Token::Kind Scanner::read_key() noexcept {
    if (!sees('"')) return stop(Kind::error);
    if (read_string(Kind::key) != Kind::key) return Kind::error;
    skip_blanks();
    if (!sees(':')) return stop(Kind::error);
    ++at_;
    expected_ = Expected::value;
    return Kind::key;
}

Token::Kind Scanner::read_string(Kind kind) noexcept {
    const std::size_t begin = at_++;
    while (true) {
        at_ = plain_until(json_, at_);
        if (at_ == json_.size()) return stop(Kind::error);
        const Byte byte = json_[at_];
        if (byte == '"') break;
        if (byte == '\\') {
            token_.escaped = true;
            if (!escape()) return stop(Kind::error);
            continue;
        }
        if (byte < 0x20) return stop(Kind::error);
        // Not ASCII: what follows is mostly not, either.
        while (at_ < json_.size() && json_[at_] >= 0x80) {
            const std::size_t bytes = utf8_character(json_.subspan(at_));
            if (bytes == 0) return stop(Kind::error);
            at_ += bytes;
        }
    }
    ++at_;
    return made(kind, begin);
}

bool Scanner::escape() noexcept {
    const Unit unit = read_unit(json_.subspan(at_));
    if (unit.raw_bytes < 2) return false;  // a backslash that begins no escape is its own unit
    at_ += unit.raw_bytes;
    return true;
}

inline bool Scanner::digits() noexcept {
    const std::size_t begin = at_;
    while (at_ < json_.size() && is_digit(json_[at_])) ++at_;
    return at_ > begin;
}

Token::Kind Scanner::read_number() noexcept {
    const std::size_t begin = at_;
    if (sees('-')) ++at_;
    if (sees('0')) {
        ++at_;
    } else if (!digits()) {
        return stop(Kind::error);
    }
    if (sees('.')) {
        ++at_;
        if (!digits()) return stop(Kind::error);
    }
    if (sees('e') || sees('E')) {
        ++at_;
        if (sees('+') || sees('-')) ++at_;
        if (!digits()) return stop(Kind::error);
    }
    return made(Kind::number, begin);
}

inline Token::Kind Scanner::read_word(const char* text, std::size_t bytes, Kind kind) noexcept {
    const std::size_t begin = at_;
    if (json_.size() - at_ < bytes || std::memcmp(json_.data() + at_, text, bytes) != 0)
        return stop(Kind::error);
    at_ += bytes;
    return made(kind, begin);
}

inline Token::Kind Scanner::open(Kind kind, bool object) noexcept {
    if (depth_ == limits::mask_depth_max) return stop(Kind::error);
    const std::uint64_t bit = std::uint64_t{1} << depth_ % 64;
    std::uint64_t& word = objects_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
    ++depth_;
    ++at_;
    made(kind, at_ - 1);
    expected_ = object ? Expected::first_key : Expected::first_element;
    return kind;
}

inline Token::Kind Scanner::close() noexcept {
    const Kind kind = in_object() ? Kind::end_object : Kind::end_array;
    --depth_;
    ++at_;
    return made(kind, at_ - 1);
}

inline Token::Kind Scanner::read_more() noexcept {
    if (depth_ == 0) return stop(at_ == json_.size() ? Kind::end : Kind::error);
    const bool object = in_object();
    if (sees(object ? '}' : ']')) return close();
    if (!sees(',')) return stop(Kind::error);
    ++at_;
    skip_blanks();
    return object ? read_key() : read_value();
}

Token::Kind Scanner::stop(Kind kind) noexcept {
    expected_ = Expected::nothing;
    token_.begin = token_.end = at_;
    return kind;
}

// A token that reaches up to at_, and is a value or the end of one.
inline Token::Kind Scanner::made(Kind kind, std::size_t begin) noexcept {
    expected_ = Expected::more;
    token_.begin = begin;
    token_.end = at_;
    return kind;
}

inline void Scanner::skip_blanks() noexcept {
    for (; at_ < json_.size() && json_[at_] <= ' '; ++at_) {
        const Byte byte = json_[at_];
        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') return;
    }
}

}  // namespace sluice::mask
