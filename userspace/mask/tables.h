// tables.h: what a Plan is made of. Private to this folder.
//
// All paths together are one machine: a state for each step and one more, "accepted", behind the
// last step of each path. A set of states says which steps the members of a JSON value may satisfy.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "mask/detect.h"
#include "mask/hmac.h"
#include "mask/plan.h"

namespace sluice::mask {

// Word n holds the states from 64 n on.
using States = std::array<std::uint64_t, limits::mask_path_states_max / 64>;
// A set of rules: bit n for the rule n.
using RuleSet = std::uint64_t;
static_assert(limits::mask_rules_max <= 64 && limits::mask_path_states_max % 64 == 0);

struct Pseudonyms {
    std::string key_id;
    HmacKey key;
};

// A treatment whose key was looked up.
struct Verdict {
    Action action = Action::keep;
    const Pseudonyms* key = nullptr;
    std::uint32_t keep_first = 0;
    std::uint32_t keep_last = 0;
};
// The more restrictive of both. Of two partials, the fewer characters that each would keep; of two
// pseudonyms, that of the rule that came first.
Verdict stricter(const Verdict& first, const Verdict& second) noexcept;

// What the detectors of some rules do together.
struct Detection {
    Types types = 0;
    std::array<Verdict, kDetectors> verdicts{};
    std::array<RuleSet, kDetectors> rules{};

    [[nodiscard]] Verdict verdict(Types found) const noexcept;
    [[nodiscard]] RuleSet ruled(Types found) const noexcept;
};

struct Tables {
    struct Name {
        std::string text;
        States steps{};  // those the name satisfies
    };
    struct Index {
        std::uint32_t index;
        std::size_t state;
    };
    struct Field {
        std::size_t rule;
        Verdict verdict;
    };
    struct DetectorRule {
        std::size_t rule;
        Types types;
        Verdict verdict;
    };

    std::vector<std::string> rule_ids;
    std::vector<std::unique_ptr<const Pseudonyms>> keys;

    std::size_t words = 0;  // of a set of states that are in use
    std::size_t states = 0;
    States start{};
    States any{};      // steps that every member and element satisfies
    States descend{};  // steps that may be satisfied further below, too
    States accepted{};
    std::vector<Name> names;  // sorted by length, then text
    std::vector<Index> indexes;
    std::vector<Field> fields;                // in the order of their accepted states
    std::vector<std::size_t> field_of_state;  // of an accepted state
    std::uint64_t name_lengths = 0;           // bit n: a name of n bytes (63: or more)
    std::array<bool, 256> name_starts{};      // by the first byte

    std::vector<DetectorRule> detectors;
    Detection detection;  // of all rules

    [[nodiscard]] const Name* find_name(Bytes text) const noexcept;
    // The detectors of all rules but these.
    [[nodiscard]] Detection detection_without(RuleSet rules) const noexcept;
};

}  // namespace sluice::mask
