// naive.h: decide() a second time, straight from the text of the reference and with nothing of the
// first one but the rules it is given: no index, no order, every rule looked at.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "policy/decide.h"

namespace sluice::policy::naive {

// One pattern over one name, by recursion.
inline bool glob(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern[0] == '*')
        return glob(pattern.substr(1), name) || (!name.empty() && glob(pattern, name.substr(1)));
    if (name.empty()) return false;
    return (pattern[0] == '?' || pattern[0] == name[0]) && glob(pattern.substr(1), name.substr(1));
}
inline bool any(const std::vector<Pattern>& patterns, std::string_view name,
                std::string_view begin = {}) {
    for (const Pattern& pattern : patterns)
        if (pattern.text().substr(0, begin.size()) == begin && glob(pattern.text(), name))
            return true;
    return false;
}

inline bool about(const Who& who, const Principal& principal) {
    if (any(who.names, principal.name)) return true;
    for (const std::string& group : principal.groups)
        if (any(who.groups, group)) return true;
    return false;
}

inline const std::vector<Pattern>* patterns(const Scope& scope, ResourceKind kind) {
    if (kind == ResourceKind::topic) return &scope.topics;
    if (kind == ResourceKind::group) return &scope.groups;
    if (kind == ResourceKind::transactional_id) return &scope.transactional_ids;
    return nullptr;
}
inline bool unpatterned(const Scope& scope) {
    return scope.topics.empty() && scope.groups.empty() && scope.transactional_ids.empty();
}

inline bool internal(const Resource& resource) {
    return resource.kind == ResourceKind::topic && resource.name.substr(0, 2) == "__";
}

// A grant reaches what it names. Of the cluster nothing has a name: there it is enough that the
// grant has the operation; but settings of the cluster are meant only where nothing is named.
inline bool grants(const GrantRule& rule, const Principal& principal, Operation operation,
                   const Resource& resource) {
    if (!about(rule.to, principal) || !rule.scope.operations.contains(operation)) return false;
    const bool config =
        operation == Operation::config_describe || operation == Operation::config_alter;
    if (resource.kind == ResourceKind::cluster) return !config || unpatterned(rule.scope);
    return any(*patterns(rule.scope, resource.kind), resource.name, internal(resource) ? "__" : "");
}
// A denial or a hold without names reaches everything, with names only what is named.
inline bool reaches(const Scope& scope, Operation operation, const Resource& resource) {
    if (!scope.operations.contains(operation)) return false;
    if (unpatterned(scope)) return true;
    if (resource.kind == ResourceKind::cluster) return false;
    return any(*patterns(scope, resource.kind), resource.name);
}

inline bool over(std::optional<std::uint64_t> threshold, std::optional<std::uint64_t> fact) {
    if (!threshold) return true;
    return !fact || *fact > *threshold;
}

struct Answer {
    Effect effect = Effect::deny;
    std::set<std::string> candidates;  // any of them may be named as the rule that made it
    bool upstream_gateway = false;
};

inline Answer decide(const PolicySet& set, Mode mode, const Principal& principal,
                     Operation operation, const Resource& resource, const Facts& facts,
                     Ticket ticket) {
    const auto counts = [&](const auto& rule) {
        return rule.mode == Mode::enforced || mode == Mode::shadow;
    };
    Answer answer;
    if (!fits(operation, resource.kind)) return answer;
    for (const DenialRule& rule : set.denials)
        if (counts(rule) && about(rule.to, principal) && reaches(rule.scope, operation, resource))
            answer.candidates.insert(rule.id);
    if (!answer.candidates.empty()) return answer;
    std::set<std::string> granting;
    for (const GrantRule& rule : set.grants) {
        if (!counts(rule) || !grants(rule, principal, operation, resource)) continue;
        granting.insert(rule.id);
        answer.upstream_gateway = answer.upstream_gateway || rule.upstream_gateway;
    }
    if (granting.empty() && internal(resource)) {
        answer.candidates.insert(std::string(kInternalTopics));
        return answer;
    }
    for (const HoldRule& rule : set.holds) {
        const bool applies = rule.applies == HoldRule::Applies::all ||
                             (rule.applies == HoldRule::Applies::granted) == !granting.empty();
        if (counts(rule) && applies && about(rule.to, principal) &&
            reaches(rule.scope, operation, resource) && over(rule.records_over, facts.records) &&
            over(rule.lag_over, facts.lag))
            answer.candidates.insert(rule.id);
    }
    if (!answer.candidates.empty()) {
        answer.effect = ticket == Ticket::valid ? Effect::allow : Effect::hold;
        return answer;
    }
    answer.effect = granting.empty() ? Effect::deny : Effect::allow;
    answer.candidates = granting;
    return answer;
}

}  // namespace sluice::policy::naive
