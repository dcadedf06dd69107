#include "audit/utf8.h"

#include <cstring>

namespace sluice::audit::utf8 {
namespace {

constexpr bool continues(Byte byte) noexcept {
    return (byte & 0xc0) == 0x80;
}

// Length of the valid character at the start of `text`, 0 where there is none.
std::size_t character(Bytes text) noexcept {
    const Byte lead = text[0];
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const std::size_t bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (text.size() < bytes) return 0;
    for (std::size_t i = 1; i < bytes; ++i)
        if (!continues(text[i])) return 0;
    if (lead == 0xe0 && text[1] < 0xa0) return 0;  // overlong
    if (lead == 0xed && text[1] > 0x9f) return 0;  // surrogates
    if (lead == 0xf0 && text[1] < 0x90) return 0;  // overlong
    if (lead == 0xf4 && text[1] > 0x8f) return 0;  // beyond U+10FFFF
    return bytes;
}

}  // namespace

std::size_t valid_prefix(Bytes text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        std::uint64_t eight = 0;
        if (text.size() - at >= sizeof eight) {  // most text is ASCII
            std::memcpy(&eight, text.data() + at, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        const std::size_t bytes = character(text.subspan(at));
        if (bytes == 0) return at;
        at += bytes;
    }
    return at;
}

std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    std::size_t bytes = bytes_max;
    // A character has at most three continuation bytes; more are no UTF-8 and may be cut anywhere.
    for (int i = 0; i < 3 && bytes > 0 && continues(static_cast<Byte>(text[bytes])); ++i) --bytes;
    if (continues(static_cast<Byte>(text[bytes]))) bytes = bytes_max;
    return text.substr(0, bytes);
}

void mend(std::span<Byte> text) noexcept {
    for (std::size_t at = valid_prefix(text); at < text.size();) {
        text[at] = '?';
        ++at;
        at += valid_prefix(text.subspan(at));
    }
}

}  // namespace sluice::audit::utf8
