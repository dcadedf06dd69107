// binding.h: what is behind a Binding (decide.h), and whom a rule is about.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/operation.h"
#include "base/types.h"
#include "policy/name_index.h"
#include "policy/policy.h"

namespace sluice::policy {

inline constexpr std::size_t kResourceKinds = 4;

// By kind of resource. The cluster's name is empty.
using RuleIndex = std::array<NameIndex, kResourceKinds>;

// INVARIANT: ranks are positions in the lists of `set`.
struct Bound {
    std::shared_ptr<const PolicySet> set;
    RuleIndex enforced;
    std::optional<RuleIndex> shadowed;   // with the shadow rules; empty where there are none
    std::vector<const MaskRule*> masks;  // of both modes
    Operations held;                     // operations some hold of either mode is about
    bool gateway_credential = false;     // some grant in force carries `upstream: gateway`
};

bool is_about(const Who& who, const Principal& principal);

// The patterns of a scope for this kind of resource; none for the cluster.
std::span<const Pattern> patterns_of(const Scope& scope, ResourceKind kind) noexcept;
bool has_patterns(const Scope& scope) noexcept;

// Whether the rule reaches every resource of the kind because it names none. A denial or a hold
// does so without any pattern. A grant only the cluster, and for `config.*` of the cluster only
// without any pattern either: with `topics`, these mean the topics' settings.
Operations operations_without_pattern(const Scope& scope, RuleClass rule_class,
                                      ResourceKind kind) noexcept;

}  // namespace sluice::policy
