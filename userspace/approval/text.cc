#include "approval/text.h"

namespace sluice::approval {
namespace {

// The code point `text` begins with; `bytes` is 0 where it begins with none (overlong forms and
// surrogates included).
struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 0;
};

Character first(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = at(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
    std::uint32_t code = lead & (0xffu >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((at(i) & 0xc0) != 0x80) return {};
        code = code << 6 | (at(i) & 0x3fu);
    }
    const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (overlong || surrogate || code > 0x10ffff) return {};
    return {code, bytes};
}

constexpr bool is_hidden(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ||  // control characters
           code == 0xad ||                                  // soft hyphen
           code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||  // separators, direction of writing
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

// Bytes of the printable character that `text` begins with, 0 where it begins with none.
std::size_t printable_bytes(std::string_view text, Lines lines) noexcept {
    if (lines == Lines::many && text[0] == '\n') return 1;
    const Character character = first(text);
    return is_hidden(character.code) ? 0 : character.bytes;
}

}  // namespace

bool is_printable(std::string_view text, Lines lines) noexcept {
    while (!text.empty()) {
        const std::size_t bytes = printable_bytes(text, lines);
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

std::string printable(std::string_view text, Lines lines) {
    std::string out;
    while (!text.empty()) {
        const std::size_t bytes = printable_bytes(text, lines);
        if (bytes == 0) {
            out += '?';
            text.remove_prefix(1);
        } else {
            out += text.substr(0, bytes);
            text.remove_prefix(bytes);
        }
    }
    return out;
}

}  // namespace sluice::approval
