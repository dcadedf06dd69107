// path.h: reads the paths of field rules (grammar: plan.h). Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::mask {

struct Step {
    enum class Kind : std::uint8_t { name, index, any };
    Kind kind = Kind::any;
    bool descend = false;  // at any depth below, not only right below
    std::string name = {};
    std::uint32_t index = 0;
    bool operator==(const Step&) const = default;
};

// Error of code config, with the position (from 1) of what cannot be read.
Result<std::vector<Step>> parse_path(std::string_view path);

}  // namespace sluice::mask
