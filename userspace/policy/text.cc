#include "policy/text.h"

#include <algorithm>

namespace sluice::policy {

namespace {

// A key of the language has at most 17 characters.
constexpr std::size_t kComparedMax = 40;

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// 0 where `text` begins with no character.
std::size_t decoded_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_continuation(text[i])) return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
    return overlong || beyond ? 0 : length;
}

// C0, DEL and, in UTF-8, C1.
bool begins_with_control(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    return lead < 0x20 || lead == 0x7f ||
           (lead == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0);
}

// Letters put in, left out, changed, and neighbours swapped.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::vector<std::size_t> next(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            next[j] = std::min({changed, row[j] + 1, next[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                next[j] = std::min(next[j], before[j - 2] + 1);
        }
        before.swap(row);
        row.swap(next);
    }
    return row.back();
}

}  // namespace

std::size_t character_length(std::string_view text) {
    return std::max<std::size_t>(1, decoded_length(text));
}

bool is_plain(std::string_view text) {
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        if (byte >= 0x20 && byte < 0x7f) {
            text.remove_prefix(1);
            continue;
        }
        const std::size_t length = decoded_length(text);
        if (length == 0 || begins_with_control(text)) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words) {
    if (word.size() > kComparedMax) return {};
    std::string_view best;
    // A third of the letters may be wrong, so that `to` is not what `x` was meant to be.
    std::size_t best_distance = word.size() / 3 + 1;
    for (const std::string_view known : words) {
        const std::size_t far = distance(word, known);
        if (far >= best_distance || far >= known.size()) continue;
        best = known;
        best_distance = far;
    }
    return best;
}

}  // namespace sluice::policy
