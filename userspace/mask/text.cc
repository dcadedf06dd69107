#include "mask/text.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace sluice::mask {
namespace {

bool continues(Byte byte) noexcept {
    return (byte & 0xc0) == 0x80;
}

std::optional<std::uint32_t> hex4(Bytes raw) noexcept {
    if (raw.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t n = 0; n < 4; ++n) {
        const Byte digit = raw[n];
        const auto lower = static_cast<Byte>(digit | 0x20);
        std::uint32_t nibble = 0;
        if (digit >= '0' && digit <= '9') {
            nibble = digit - std::uint32_t{'0'};
        } else if (lower >= 'a' && lower <= 'f') {
            nibble = lower - std::uint32_t{'a'} + 10;
        } else {
            return std::nullopt;
        }
        value = value << 4 | nibble;
    }
    return value;
}

Unit encode(std::size_t raw_bytes, std::uint32_t point) noexcept {
    const auto tail = [point](unsigned shift) {
        return static_cast<Byte>(0x80 | (point >> shift & 0x3f));
    };
    if (point < 0x80) return {raw_bytes, 1, {static_cast<Byte>(point)}};
    if (point < 0x800) return {raw_bytes, 2, {static_cast<Byte>(0xc0 | point >> 6), tail(0)}};
    if (point < 0x10000)
        return {raw_bytes, 3, {static_cast<Byte>(0xe0 | point >> 12), tail(6), tail(0)}};
    return {raw_bytes, 4, {static_cast<Byte>(0xf0 | point >> 18), tail(12), tail(6), tail(0)}};
}

// `raw` begins with `\u`. Where it is no escape: raw_bytes is 0.
Unit read_hex_escape(Bytes raw) noexcept {
    const auto first = hex4(raw.subspan(2));
    if (!first) return {};
    if (*first < 0xd800 || *first > 0xdfff) return encode(6, *first);
    if (*first > 0xdbff || raw.size() < 12 || raw[6] != '\\' || raw[7] != 'u') return {};
    const auto second = hex4(raw.subspan(8));
    if (!second || *second < 0xdc00 || *second > 0xdfff) return {};
    return encode(12, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
}

// `raw` begins with a backslash. Where it begins no escape: raw_bytes is 0.
Unit read_escape(Bytes raw) noexcept {
    if (raw.size() < 2) return {};
    switch (raw[1]) {
        case '"':
        case '\\':
        case '/':
            return {2, 1, {raw[1]}};
        case 'b':
            return {2, 1, {'\b'}};
        case 'f':
            return {2, 1, {'\f'}};
        case 'n':
            return {2, 1, {'\n'}};
        case 'r':
            return {2, 1, {'\r'}};
        case 't':
            return {2, 1, {'\t'}};
        case 'u':
            return read_hex_escape(raw);
        default:
            return {};
    }
}

}  // namespace

std::size_t utf8_character(Bytes text) noexcept {
    if (text.empty()) return 0;
    const Byte lead = text[0];
    if (lead < 0x80) return 1;
    // The second byte excludes overlong forms, surrogates and what is above U+10FFFF.
    Byte least = 0x80;
    Byte most = 0xbf;
    std::size_t bytes = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        bytes = 2;
    } else if ((lead & 0xf0) == 0xe0) {
        bytes = 3;
        if (lead == 0xe0) least = 0xa0;
        if (lead == 0xed) most = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        bytes = 4;
        if (lead == 0xf0) least = 0x90;
        if (lead == 0xf4) most = 0x8f;
    }
    if (bytes == 0 || text.size() < bytes || text[1] < least || text[1] > most) return 0;
    for (std::size_t n = 2; n < bytes; ++n)
        if (!continues(text[n])) return 0;
    return bytes;
}

bool valid_utf8(Bytes text) noexcept {
    while (!text.empty()) {
        const std::size_t bytes = utf8_character(text);
        if (bytes == 0) return false;
        text = text.subspan(bytes);
    }
    return true;
}

Unit read_unit(Bytes raw) noexcept {
    if (raw[0] == '\\') {
        const Unit escape = read_escape(raw);
        if (escape.raw_bytes > 0) return escape;
    }
    const std::size_t bytes = std::max<std::size_t>(utf8_character(raw), 1);
    Unit unit{bytes, bytes, {}};
    std::memcpy(unit.character.data(), raw.data(), bytes);
    return unit;
}

void unescape(Bytes raw, Buffer& out) {
    while (!raw.empty()) {
        const auto* found = static_cast<const Byte*>(std::memchr(raw.data(), '\\', raw.size()));
        const std::size_t plain =
            found == nullptr ? raw.size() : static_cast<std::size_t>(found - raw.data());
        append(out, raw.first(plain));
        raw = raw.subspan(plain);
        if (raw.empty()) return;
        const Unit unit = read_unit(raw);
        append(out, Bytes(unit.character).first(unit.bytes));
        raw = raw.subspan(unit.raw_bytes);
    }
}

std::size_t RawPosition::begin_of(std::size_t offset) noexcept {
    while (raw_at_ < raw_.size()) {
        const Unit unit = read_unit(raw_.subspan(raw_at_));
        if (text_at_ + unit.bytes > offset) break;
        text_at_ += unit.bytes;
        raw_at_ += unit.raw_bytes;
    }
    return raw_at_;
}

std::size_t RawPosition::end_of(std::size_t offset) noexcept {
    while (text_at_ < offset && raw_at_ < raw_.size()) {
        const Unit unit = read_unit(raw_.subspan(raw_at_));
        text_at_ += unit.bytes;
        raw_at_ += unit.raw_bytes;
    }
    return raw_at_;
}

}  // namespace sluice::mask
