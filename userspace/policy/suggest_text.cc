#include "policy/suggest_text.h"

#include <re2/re2.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "policy/text.h"

namespace sluice::policy {

namespace {

constexpr std::size_t kColumns = 100;

void append_escape(std::string& out, const char* form, std::uint32_t value) {
    std::array<char, 16> text{};
    const int length = std::snprintf(text.data(), text.size(), form, value);
    out.append(text.data(), static_cast<std::size_t>(length));
}

// Of a whole UTF-8 character.
std::uint32_t code_point(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character[0]);
    std::uint32_t code = character.size() == 1   ? lead
                         : character.size() == 2 ? lead & 0x1fu
                         : character.size() == 3 ? lead & 0x0fu
                                                 : lead & 0x07u;
    for (const char byte : character.substr(1))
        code = code << 6 | (static_cast<unsigned char>(byte) & 0x3fu);
    return code;
}

}  // namespace

// Beyond ASCII there are letters that look like others, and marks that turn the line around.
std::string yaml_quoted(std::string_view name) {
    std::string out = "\"";
    while (!name.empty()) {
        const std::string_view character = name.substr(0, character_length(name));
        name.remove_prefix(character.size());
        const auto lead = static_cast<unsigned char>(character[0]);
        if (!is_plain(character)) {
            for (const char byte : character)
                append_escape(out, "\\x%02x", static_cast<unsigned char>(byte));
        } else if (lead < 0x80) {
            if (lead == '"' || lead == '\\') out += '\\';
            out += character;
        } else {
            const std::uint32_t code = code_point(character);
            append_escape(out, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
        }
    }
    return out + '"';
}

std::optional<std::string> pattern_of(std::string_view name) {
    if (name.find_first_of("*?") == std::string_view::npos && !is_expression(name))
        return std::string(name);
    std::string pattern = "re:" + re2::RE2::QuoteMeta(re2::StringPiece(name.data(), name.size()));
    if (pattern.size() > limits::policy_pattern_bytes_max) return std::nullopt;
    return pattern;
}

std::string time_text(std::int64_t wall_ns) {
    using namespace std::chrono;
    const auto at = floor<seconds>(sys_time<nanoseconds>(nanoseconds(wall_ns)));
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss<seconds> time(at - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text.data();
}

std::string to_text(const Sightings& seen) {
    const std::string first = time_text(seen.first_ns);
    const std::string last = time_text(seen.last_ns);
    return std::to_string(seen.events) + (seen.events == 1 ? " event, " : " events, ") + first +
           (first == last ? "" : " to " + last);
}

std::string list_text(std::string_view key, const std::vector<std::string>& values) {
    const std::string begin = "    " + std::string(key) + ":";
    std::string line = begin + " [";
    for (const std::string& value : values) {
        line += (line.back() == '[' ? "" : ", ") + value;
        if (line.size() >= kColumns) break;
    }
    if (line.size() < kColumns) return line + "]\n";
    std::string block = begin + "\n";
    for (const std::string& value : values) block += "      - " + value + "\n";
    return block;
}

}  // namespace sluice::policy
