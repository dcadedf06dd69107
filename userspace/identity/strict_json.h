// strict_json.h: JSON in which nothing is left to interpretation. Private to this folder.
//
// Stricter than the library: a member twice is refused (two readers would see two documents), and
// so are a byte order mark, a NUL byte (which the library takes for the end) and what nests or
// counts over the limits. Never throws.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::identity {

std::optional<nlohmann::json> parse_strict(std::string_view text);

// The member, or null where the object has none of that name.
const nlohmann::json* member(const nlohmann::json& object, const char* name);
// Null where it is no string.
const std::string* as_string(const nlohmann::json& value);

// ASCII's and Unicode's C0 and C1 control characters: they would act on terminals and lines of
// logs.
bool has_control_characters(std::string_view utf8);

}  // namespace sluice::identity
