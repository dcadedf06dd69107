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

Token Scanner::next() noexcept {
    if (expected_ == Expected::nothing) return {last_, false, at_, at_};
    skip_blanks();
    switch (expected_) {
        case Expected::value:
            return value();
        case Expected::first_element:
            return sees(']') ? close() : value();
        case Expected::first_key:
            return sees('}') ? close() : key();
        case Expected::more:
            return more();
        case Expected::nothing:
            break;
    }
    return fail();
}

Token Scanner::value() noexcept {
    if (at_ == json_.size()) return fail();
    switch (json_[at_]) {
        case '"':
            return string(Token::Kind::string);
        case '{':
            return open(Token::Kind::begin_object, true);
        case '[':
            return open(Token::Kind::begin_array, false);
        case 't':
            return word("true", Token::Kind::boolean);
        case 'f':
            return word("false", Token::Kind::boolean);
        case 'n':
            return word("null", Token::Kind::null);
        default:
            return number();
    }
}

Token Scanner::key() noexcept {
    if (!sees('"')) return fail();
    const Token token = string(Token::Kind::key);
    if (token.kind != Token::Kind::key) return token;
    skip_blanks();
    if (!sees(':')) return fail();
    ++at_;
    expected_ = Expected::value;
    return token;
}

Token Scanner::string(Token::Kind kind) noexcept {
    const std::size_t begin = at_++;
    bool escaped = false;
    while (true) {
        at_ = plain_until(json_, at_);
        if (at_ == json_.size()) return fail();
        const Byte byte = json_[at_];
        if (byte == '"') break;
        if (byte == '\\') {
            escaped = true;
            if (!escape()) return fail();
            continue;
        }
        if (byte < 0x20) return fail();
        // Not ASCII: what follows is mostly not, either.
        while (at_ < json_.size() && json_[at_] >= 0x80) {
            const std::size_t bytes = utf8_character(json_.subspan(at_));
            if (bytes == 0) return fail();
            at_ += bytes;
        }
    }
    ++at_;
    Token token = made(kind, begin);
    token.escaped = escaped;
    return token;
}

bool Scanner::escape() noexcept {
    const Unit unit = read_unit(json_.subspan(at_));
    if (unit.raw_bytes < 2) return false;  // a backslash that begins no escape is its own unit
    at_ += unit.raw_bytes;
    return true;
}

bool Scanner::digits() noexcept {
    const std::size_t begin = at_;
    while (at_ < json_.size() && is_digit(json_[at_])) ++at_;
    return at_ > begin;
}

Token Scanner::number() noexcept {
    const std::size_t begin = at_;
    if (sees('-')) ++at_;
    if (sees('0')) {
        ++at_;
    } else if (!digits()) {
        return fail();
    }
    if (sees('.')) {
        ++at_;
        if (!digits()) return fail();
    }
    if (sees('e') || sees('E')) {
        ++at_;
        if (sees('+') || sees('-')) ++at_;
        if (!digits()) return fail();
    }
    return made(Token::Kind::number, begin);
}

Token Scanner::word(const char* text, Token::Kind kind) noexcept {
    const std::size_t begin = at_;
    const std::size_t bytes = std::strlen(text);
    if (json_.size() - at_ < bytes || std::memcmp(json_.data() + at_, text, bytes) != 0)
        return fail();
    at_ += bytes;
    return made(kind, begin);
}

Token Scanner::open(Token::Kind kind, bool object) noexcept {
    if (depth_ == limits::mask_depth_max) return fail();
    const std::uint64_t bit = std::uint64_t{1} << depth_ % 64;
    std::uint64_t& word_of = objects_[depth_ / 64];
    word_of = object ? word_of | bit : word_of & ~bit;
    ++depth_;
    const Token token{kind, false, at_, at_ + 1};
    ++at_;
    expected_ = object ? Expected::first_key : Expected::first_element;
    return token;
}

Token Scanner::close() noexcept {
    const auto kind = in_object() ? Token::Kind::end_object : Token::Kind::end_array;
    --depth_;
    return made(kind, at_++);
}

Token Scanner::more() noexcept {
    if (depth_ == 0) {
        if (at_ != json_.size()) return fail();
        expected_ = Expected::nothing;
        last_ = Token::Kind::end;
        return {Token::Kind::end, false, at_, at_};
    }
    const bool object = in_object();
    if (sees(object ? '}' : ']')) return close();
    if (!sees(',')) return fail();
    ++at_;
    skip_blanks();
    return object ? key() : value();
}

Token Scanner::fail() noexcept {
    expected_ = Expected::nothing;
    last_ = Token::Kind::error;
    return {Token::Kind::error, false, at_, at_};
}

// A value, or the end of one, that reaches up to at_.
Token Scanner::made(Token::Kind kind, std::size_t begin) noexcept {
    expected_ = Expected::more;
    return {kind, false, begin, at_};
}

void Scanner::skip_blanks() noexcept {
    while (at_ < json_.size()) {
        const Byte byte = json_[at_];
        if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') return;
        ++at_;
    }
}

}  // namespace sluice::mask
