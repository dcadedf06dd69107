// glob.h: does a text match a pattern with `*` (any run of characters) and `?` (any one)? Over the
// whole text.
#pragma once

#include <string_view>

namespace sluice::auditlog {

// Linear in pattern times text at worst; an empty pattern matches only the empty text.
bool glob_matches(std::string_view pattern, std::string_view text) noexcept;

}  // namespace sluice::auditlog
