// plan.h: masking rules, compiled into one immutable value for mask_value() (value.h).
//
// Knows nothing of topics, principals or policy files: whoever calls has chosen the rules that bear
// on this reader and this topic. A plan may be shared between threads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::mask {

// From the least to the most restrictive: where several bear on one value, the last one wins.
enum class Action : std::uint8_t { keep, partial, hmac, redact, null };
std::string_view name(Action action) noexcept;

// What is looked for in text.
enum class Detector : std::uint8_t { email, pan, iban };
inline constexpr std::size_t kDetectors = 3;
std::string_view name(Detector detector) noexcept;

struct Treatment {
    Action action = Action::redact;
    std::string key = {};          // hmac: the name of a Key
    std::uint32_t keep_first = 0;  // partial: characters that stay
    std::uint32_t keep_last = 0;
    bool operator==(const Treatment&) const = default;
};

// `$`, then steps: `.name`, `['any name']`, `[0]`, `.*` or `[*]` (every member and element); `..`
// before a step means at any depth below. `..name` is short for `$..name`.
struct FieldRule {
    std::string path;
    Treatment treatment;
};
struct DetectRule {
    std::vector<Detector> types;
    Treatment treatment;
};
// Where a path of a rule bears on a value, the detectors of the same rule leave that value alone:
// who names a card number and keeps four digits of it means that. Those of other rules do not.
struct Rule {
    std::string id;
    std::vector<FieldRule> fields = {};
    std::optional<DetectRule> detect = {};
};

// `id` stands in every pseudonym made with the key: letters, digits, `.`, `_` and `-`.
struct Key {
    std::string name;
    std::string id;
    Buffer secret;
};

struct Tables;  // tables.h

class Plan {
  public:
    // Errors of code config: a bad path (with the position in it), an unknown or unusable key, more
    // than limits::mask_rules_max rules or limits::mask_path_states_max path steps.
    static Result<Plan> compile(std::span<const Rule> rules, std::span<const Key> keys);

    // Nothing is ever masked.
    [[nodiscard]] bool empty() const noexcept;
    // A value that is no JSON cannot be masked.
    [[nodiscard]] bool has_fields() const noexcept;
    // In the order of Counts::by_rule.
    [[nodiscard]] const std::vector<std::string>& rule_ids() const noexcept;
    [[nodiscard]] const Tables& tables() const noexcept { return *tables_; }

  private:
    explicit Plan(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}
    std::shared_ptr<const Tables> tables_;
};

}  // namespace sluice::mask
