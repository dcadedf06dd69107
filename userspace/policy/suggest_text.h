// suggest_text.h: names that clients chose, written into a file that people review and the compiler
// reads.
//
// Whatever the name, it stays one value on one line, and no other name looks the same: what is
// written is ASCII.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/usage.h"

namespace sluice::policy {

// As a YAML scalar in double quotes. Bytes that are no plain text become `\xNN`: readable, but
// another name.
std::string yaml_quoted(std::string_view name);

// A pattern that matches `name` and nothing else: itself, or an expression where the name has
// wildcards in it. Empty where there is none: it would be too long. `name` is plain and not empty.
std::optional<std::string> pattern_of(std::string_view name);
inline bool is_expression(std::string_view pattern) {
    return pattern.substr(0, 3) == "re:";
}

// "2026-11-24 09:12:33", UTC.
std::string time_text(std::int64_t wall_ns);
// "3 events, 2026-11-24 09:12:33 to 2026-11-24 10:00:00"
std::string to_text(const Sightings& seen);

// "    topics: ["a", "b"]\n", or one line for each where that would be too wide.
std::string list_text(std::string_view key, const std::vector<std::string>& values);

}  // namespace sluice::policy
