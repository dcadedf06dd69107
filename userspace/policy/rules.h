// rules.h: the rules of the policy files, read and checked, as plain values.
//
// What a rule does is in decide.h (grants, denials, holds, masks) and evidence.h (identities).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/operations.h"
#include "policy/pattern.h"

namespace sluice::policy {

// Whether a rule is in force, or only recorded as what it would have done.
enum class Mode : std::uint8_t { enforced, shadow };

// A rule's `to` or `unless`: principals by their name, or by a group they are in ("group:NAME").
struct Who {
    std::vector<Pattern> names;
    std::vector<Pattern> groups;
};

// What a rule is about. Which resources an operation without a pattern reaches is another thing for
// grants than for denials and holds: decide.h.
struct Scope {
    Operations operations;
    std::vector<Pattern> topics;
    std::vector<Pattern> groups;
    std::vector<Pattern> transactional_ids;
};

struct GrantRule {
    std::string id;
    Mode mode = Mode::enforced;
    Who to;
    Scope scope;  // with what its operations imply
    bool upstream_gateway = false;
};

struct DenialRule {
    std::string id;
    Mode mode = Mode::enforced;
    Who to;
    Scope scope;
    std::string reason;
};

struct HoldRule {
    enum class Applies : std::uint8_t { granted, ungranted, all };

    std::string id;
    Mode mode = Mode::enforced;
    Who to;
    Scope scope;
    Applies applies = Applies::granted;
    // Both must be exceeded where both are set.
    std::optional<std::uint64_t> records_over;
    std::optional<std::uint64_t> lag_over;
    // Who may approve: anybody of either list.
    std::vector<std::string> approver_groups;
    std::vector<std::string> approver_principals;
    std::uint32_t count = 1;  // how many of them must
    // How long the request itself waits, and how long a ticket is good for.
    std::chrono::nanoseconds hold = std::chrono::seconds(8);
    std::chrono::nanoseconds ticket = std::chrono::minutes(30);
};

enum class MaskAction : std::uint8_t { partial, hmac, redact, null };
std::string_view name(MaskAction action) noexcept;
enum class MaskType : std::uint8_t { email, pan, iban };
std::string_view name(MaskType type) noexcept;

struct MaskTreatment {
    MaskAction action = MaskAction::redact;
    std::string key;               // hmac: the name of a key of sluice.yaml
    std::uint32_t keep_first = 0;  // partial: characters that stay
    std::uint32_t keep_last = 0;
    bool operator==(const MaskTreatment&) const = default;
};
struct MaskField {
    std::string path;  // mask/plan.h says what one looks like; here it only begins with `$`
    MaskTreatment treatment;
};
struct MaskDetect {
    std::vector<MaskType> types;
    MaskTreatment treatment;
};
struct MaskRule {
    std::string id;
    Mode mode = Mode::enforced;
    std::vector<Pattern> topics;
    Who unless;
    std::vector<MaskField> fields;
    std::optional<MaskDetect> detect;
};

}  // namespace sluice::policy
