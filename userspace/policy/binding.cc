#include "policy/binding.h"

#include <algorithm>
#include <utility>

#include "policy/decide.h"

namespace sluice::policy {

namespace {

constexpr Operations kConfig{Operation::config_describe, Operation::config_alter};

using Items = std::array<std::vector<NameIndex::Item>, kResourceKinds>;

void add(Items& items, const Scope& scope, RuleClass rule_class, Rank rank) {
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        const auto kind = static_cast<ResourceKind>(k);
        const Operations everywhere = operations_without_pattern(scope, rule_class, kind);
        if (!everywhere.empty()) items[k].push_back({rule_class, rank, everywhere, nullptr});
        const Operations named = scope.operations & operations_on(kind);
        if (named.empty()) continue;
        for (const Pattern& pattern : patterns_of(scope, kind))
            items[k].push_back({rule_class, rank, named, &pattern});
    }
}

class Collector {
  public:
    Collector(const Principal& principal) : principal_(principal) {}
    template <class Rule>
    void add_rules(const std::vector<Rule>& rules, RuleClass rule_class) {
        for (std::size_t at = 0; at < rules.size(); ++at) {
            if (!is_about(rules[at].to, principal_)) continue;
            const auto rank = static_cast<Rank>(at);
            add(all_, rules[at].scope, rule_class, rank);
            if (rules[at].mode == Mode::enforced)
                add(enforced_, rules[at].scope, rule_class, rank);
            else
                any_shadow_ = true;
        }
    }
    [[nodiscard]] RuleIndex enforced() { return index(enforced_); }
    [[nodiscard]] std::optional<RuleIndex> shadowed() {
        return any_shadow_ ? std::optional(index(all_)) : std::nullopt;
    }

  private:
    static RuleIndex index(const Items& items) {
        RuleIndex built;
        for (std::size_t k = 0; k < kResourceKinds; ++k) built[k] = NameIndex(items[k]);
        return built;
    }
    const Principal& principal_;
    Items enforced_;
    Items all_;
    bool any_shadow_ = false;
};

}  // namespace

bool is_about(const Who& who, const Principal& principal) {
    const auto any_matches = [](const std::vector<Pattern>& patterns, const std::string& name) {
        return std::any_of(patterns.begin(), patterns.end(),
                           [&](const Pattern& pattern) { return pattern.matches(name); });
    };
    return any_matches(who.names, principal.name) ||
           std::any_of(principal.groups.begin(), principal.groups.end(),
                       [&](const std::string& group) { return any_matches(who.groups, group); });
}

std::span<const Pattern> patterns_of(const Scope& scope, ResourceKind kind) noexcept {
    switch (kind) {
        case ResourceKind::topic:
            return scope.topics;
        case ResourceKind::group:
            return scope.groups;
        case ResourceKind::transactional_id:
            return scope.transactional_ids;
        case ResourceKind::cluster:
            break;
    }
    return {};
}

bool has_patterns(const Scope& scope) noexcept {
    return !(scope.topics.empty() && scope.groups.empty() && scope.transactional_ids.empty());
}

Operations operations_without_pattern(const Scope& scope, RuleClass rule_class,
                                      ResourceKind kind) noexcept {
    const Operations on_kind = scope.operations & operations_on(kind);
    if (!has_patterns(scope))
        return rule_class != RuleClass::grant || kind == ResourceKind::cluster ? on_kind
                                                                               : Operations();
    if (rule_class != RuleClass::grant || kind != ResourceKind::cluster) return {};
    return on_kind.without(kConfig);
}

const PolicySet* Binding::set() const noexcept {
    return bound_ == nullptr ? nullptr : bound_->set.get();
}

bool Binding::may_hold(Operation operation) const noexcept {
    return bound_ != nullptr && bound_->held.contains(operation);
}

bool Binding::may_hold() const noexcept {
    return bound_ != nullptr && !bound_->held.empty();
}

bool Binding::gateway_credential() const noexcept {
    return bound_ != nullptr && bound_->gateway_credential;
}

Binding bind(std::shared_ptr<const PolicySet> set, const Principal& principal) {
    if (set == nullptr) return {};
    auto bound = std::make_shared<Bound>();
    Collector collector(principal);
    collector.add_rules(set->denials, RuleClass::denial);
    collector.add_rules(set->holds, RuleClass::hold);
    collector.add_rules(set->grants, RuleClass::grant);
    bound->enforced = collector.enforced();
    bound->shadowed = collector.shadowed();
    for (const HoldRule& hold : set->holds)
        if (is_about(hold.to, principal)) bound->held = bound->held | hold.scope.operations;
    bound->gateway_credential =
        std::any_of(set->grants.begin(), set->grants.end(), [&](const GrantRule& grant) {
            return grant.upstream_gateway && grant.mode == Mode::enforced &&
                   is_about(grant.to, principal);
        });
    for (const MaskRule& mask : set->masks)
        if (!is_about(mask.unless, principal)) bound->masks.push_back(&mask);
    bound->set = std::move(set);
    return Binding(std::move(bound));
}

}  // namespace sluice::policy
