// suggest_plan.h: the grants of a suggestion as values, before they are text.
//
// Grants of one principal and kind never overlap, and operations that others imply are left out: so
// no grant is one too many.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "policy/operations.h"
#include "policy/usage.h"

namespace sluice::policy {

struct SuggestedPattern {
    enum class Kind : std::uint8_t { name, beginning, expression };
    std::string text;
    Kind kind = Kind::name;
    Sightings seen;

    // What it begins with: all of a name; nothing of an expression.
    [[nodiscard]] std::string_view literal() const;
};

// What one principal may do to resources of one kind. Of the cluster: without patterns.
struct SuggestedScope {
    Operations operations;                   // without what others of them imply
    std::vector<SuggestedPattern> patterns;  // sorted
    Sightings seen;                          // of the cluster; else each pattern has its own
};
using SuggestedScopes = std::map<ResourceKind, std::vector<SuggestedScope>>;

// The fewest operations that imply all of `operations`.
Operations without_implied(Operations operations) noexcept;

// Where `collapse` or more of the names, which are sorted, begin alike up to a `.`, `-` or `_`, one
// pattern for them: the longest such beginning, with a letter or digit in it. Names that begin with
// `__` stay, and expressions.
std::vector<SuggestedPattern> collapsed(std::vector<SuggestedPattern> names, std::size_t collapse);

// Expressions are dear: at most so many of a suggestion, counted down.
struct ExpressionBudget {
    std::size_t left;
    Sightings not_named;  // what had to be left out
};
SuggestedScopes scopes_of(const Deeds& deeds, std::size_t collapse, ExpressionBudget& budget);

// Whether these scopes allow it. Of a name that is no plain text: never.
bool allows(const SuggestedScopes& scopes, Operation operation, const Resource& resource);

// One grant, for all who need just that.
struct SuggestedGrant {
    ResourceKind kind = ResourceKind::cluster;
    Operations operations;
    std::vector<std::string> principals;  // sorted
    std::vector<std::string> patterns;    // sorted
    Sightings seen;
};
// By principal. Neither list of a grant is longer than limits::policy_patterns_max.
std::vector<SuggestedGrant> grants_of(const std::map<std::string, SuggestedScopes>& by_principal);

}  // namespace sluice::policy
