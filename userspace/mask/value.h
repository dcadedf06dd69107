// value.h: masks one record value.
//
// JSON is edited in place: only the bytes of a masked value change. Field rules need JSON (plain,
// or behind the five bytes of the Schema Registry's framing); detectors also read plain text.
// Member names are never masked, and neither are record keys and headers, which are not looked at.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "mask/plan.h"

namespace sluice::mask {

enum class Outcome : std::uint8_t {
    unchanged,   // nothing to mask; the original may pass
    masked,      // `out` holds what may pass
    unmaskable,  // the caller puts a marker in the value's place; never the original
};

// What was masked. A value that turns out to be unmaskable counts only there.
struct Counts {
    std::vector<std::uint64_t> by_rule;  // JSON values, or texts, on which the rule bore
    std::array<std::uint64_t, kDetectors> by_type{};  // places found by each detector
    std::uint64_t values = 0;                         // JSON values, or texts, that were changed
    std::uint64_t unmaskable = 0;                     // record values
    bool operator==(const Counts&) const = default;
};

// `out` is cleared first. A JSON null stays null whatever the action; so does an empty value.
Outcome mask_value(const Plan& plan, Bytes value, Buffer& out, Counts& counts);

}  // namespace sluice::mask
