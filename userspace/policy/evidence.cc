#include "policy/evidence.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

using Texts = std::vector<std::string>;

// What a rule may call somebody: not what reads as membership in a group where a rule says `to`.
bool is_name(const std::string& text) {
    constexpr std::string_view group = "group:";
    return !text.empty() && text.size() <= limits::identity_name_bytes_max && is_plain(text) &&
           text.compare(0, group.size(), group) != 0;
}

const Texts* values_of(const Evidence& evidence, const std::string& claim) {
    const Texts* found = nullptr;
    for (const Claim& candidate : evidence.claims) {
        if (candidate.name != claim) continue;
        if (found != nullptr) return nullptr;  // twice: who knows which of them is meant
        found = &candidate.values;
    }
    return found;
}

std::optional<std::string> expand(const ClaimTemplate& text, const Evidence& evidence) {
    std::string expanded;
    for (const ClaimTemplate::Part& part : text.parts) {
        expanded += part.literal;
        if (part.claim.empty()) continue;
        const Texts* values = values_of(evidence, part.claim);
        if (values == nullptr || values->size() != 1 || values->front().empty())
            return std::nullopt;
        expanded += values->front();
    }
    if (!is_name(expanded)) return std::nullopt;
    return expanded;
}

std::optional<Texts> expand(const std::vector<IdentityRule::Groups>& groups,
                            const Evidence& evidence) {
    Texts expanded;
    for (const IdentityRule::Groups& group : groups) {
        if (group.claim.empty()) {
            expanded.push_back(group.literal);
            continue;
        }
        const Texts* values = values_of(evidence, group.claim);
        if (values == nullptr || values->empty() ||
            expanded.size() + values->size() > limits::identity_groups_max ||
            !std::all_of(values->begin(), values->end(), is_name))
            return std::nullopt;
        expanded.insert(expanded.end(), values->begin(), values->end());
    }
    return expanded;
}

bool is_shown(const IdentityRule& rule, const Evidence& evidence) {
    if (!rule.provider.empty() && rule.provider != evidence.provider) return false;
    if (rule.sources.empty()) return true;
    return std::any_of(rule.sources.begin(), rule.sources.end(), [&](const SourceNetwork& network) {
        const std::uint64_t all = ~std::uint64_t{0} << (32 - network.prefix);
        return ((evidence.source ^ network.address) & all) == 0;
    });
}

std::optional<Principal> apply(const IdentityRule& rule, const Evidence& evidence) {
    if (!is_shown(rule, evidence)) return std::nullopt;
    Principal principal;
    auto name = expand(rule.principal, evidence);
    auto groups = expand(rule.groups, evidence);
    if (!name || !groups) return std::nullopt;
    principal.name = *std::move(name);
    principal.groups = *std::move(groups);
    if (!rule.human.parts.empty()) {
        auto human = expand(rule.human, evidence);
        if (!human) return std::nullopt;
        principal.human = *std::move(human);
    }
    principal.evidence = rule.provider.empty() ? "source address" : "oidc " + rule.provider;
    return principal;
}

}  // namespace

Principal identify(const PolicySet& set, const Evidence& evidence) {
    for (const IdentityRule& rule : set.identities) {
        auto principal = apply(rule, evidence);
        if (principal) return *std::move(principal);
    }
    Principal nobody;
    nobody.name = "net:" + to_text_address(evidence.source);
    nobody.evidence = "source address";
    return nobody;
}

}  // namespace sluice::policy
