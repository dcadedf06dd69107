#include "policy/suggest_plan.h"

#include <algorithm>
#include <cctype>
#include <tuple>

#include "base/limits.h"
#include "policy/suggest_text.h"

namespace sluice::policy {

namespace {

using Pattern = SuggestedPattern;
using Patterns = std::vector<SuggestedPattern>;

constexpr std::string_view kSeparators = ".-_";
constexpr std::string_view kInternal = "__";

bool begins_with(std::string_view text, std::string_view begin) {
    return text.substr(0, begin.size()) == begin;
}

bool says_something(std::string_view beginning) {
    return std::any_of(beginning.begin(), beginning.end(),
                       [](char c) { return kSeparators.find(c) == std::string_view::npos; });
}

// Sorted names of one range share their first `at` characters. Deeper beginnings come first: what
// they take is no longer counted.
void collapse_range(Patterns::iterator from, Patterns::iterator to, std::size_t at,
                    std::size_t least, Patterns& out) {
    while (from != to) {
        const std::size_t separator = from->text.find_first_of(kSeparators, at);
        if (separator == std::string::npos) {
            out.push_back(std::move(*from++));
            continue;
        }
        const std::string beginning = from->text.substr(0, separator + 1);
        const auto end = std::find_if(
            from, to, [&](const Pattern& name) { return !begins_with(name.text, beginning); });
        Patterns inside;
        collapse_range(from, end, separator + 1, least, inside);
        from = end;
        const auto is_name = [](const Pattern& one) { return one.kind == Pattern::Kind::name; };
        const auto names =
            static_cast<std::size_t>(std::count_if(inside.begin(), inside.end(), is_name));
        if (names >= least && says_something(beginning)) {
            Pattern all{beginning + "*", Pattern::Kind::beginning, {}};
            for (const Pattern& one : inside)
                if (is_name(one)) all.seen.add(one.seen);
            inside.erase(std::remove_if(inside.begin(), inside.end(), is_name), inside.end());
            inside.push_back(std::move(all));
        }
        std::move(inside.begin(), inside.end(), std::back_inserter(out));
    }
}

// One principal's resources of one kind: first those with the same operations together.
using ByOperations = std::vector<SuggestedScope>;

SuggestedScope& scope_with(ByOperations& scopes, Operations operations) {
    for (SuggestedScope& scope : scopes)
        if (scope.operations == operations) return scope;
    return scopes.emplace_back(SuggestedScope{operations, {}, {}});
}

// A name or beginning that another scope's beginning grants as much of, or more, goes into that.
void drop_covered(ByOperations& scopes) {
    std::map<std::string, std::vector<std::pair<std::size_t, std::size_t>>, std::less<>> beginnings;
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t s = 0; s < scopes.size(); ++s)
        for (std::size_t p = 0; p < scopes[s].patterns.size(); ++p) {
            const Pattern& pattern = scopes[s].patterns[p];
            if (pattern.kind == Pattern::Kind::beginning)
                beginnings[std::string(pattern.literal())].emplace_back(s, p);
            if (pattern.kind != Pattern::Kind::expression) places.emplace_back(s, p);
        }
    if (beginnings.empty()) return;
    // The longest first: where one takes another in, that may go on with it into a third.
    std::stable_sort(places.begin(), places.end(), [&](const auto& a, const auto& b) {
        return scopes[a.first].patterns[a.second].literal().size() >
               scopes[b.first].patterns[b.second].literal().size();
    });
    const auto wider = [&](std::size_t s, const Pattern& narrow) -> Pattern* {
        for (std::size_t at = 0; at < narrow.literal().size(); ++at) {
            if (kSeparators.find(narrow.literal()[at]) == std::string_view::npos) continue;
            const auto found = beginnings.find(narrow.literal().substr(0, at + 1));
            if (found == beginnings.end()) continue;
            for (const auto& [scope, place] : found->second)
                if (scope != s && scopes[scope].patterns[place].seen.events > 0 &&
                    with_implied(scopes[scope].operations).contains(scopes[s].operations))
                    return &scopes[scope].patterns[place];
        }
        return nullptr;
    };
    for (const auto& [s, p] : places) {
        Pattern& narrow = scopes[s].patterns[p];
        Pattern* const wide = wider(s, narrow);
        if (wide == nullptr) continue;
        wide->seen.add(narrow.seen);
        narrow.seen = {};
    }
    for (SuggestedScope& scope : scopes)
        std::erase_if(scope.patterns, [](const Pattern& one) { return one.seen.events == 0; });
    std::erase_if(scopes, [](const SuggestedScope& one) { return one.patterns.empty(); });
}

void add_resource(ByOperations& scopes, const Resource& resource,
                  const std::map<Operation, Sightings>& done, ExpressionBudget& budget) {
    Operations operations;
    Sightings seen;
    for (const auto& [operation, sightings] : done) {
        operations |= Operations{operation};
        seen.add(sightings);
    }
    auto text = pattern_of(resource.name);
    const bool expression = text && is_expression(*text);
    // Internal topics are reached by what spells them out, and an expression does not.
    const bool in_vain =
        resource.kind == ResourceKind::topic && begins_with(resource.name, kInternal) && expression;
    if (!text || in_vain || (expression && budget.left == 0)) return budget.not_named.add(seen);
    if (expression) --budget.left;
    scope_with(scopes, without_implied(operations))
        .patterns.push_back(
            {*std::move(text), expression ? Pattern::Kind::expression : Pattern::Kind::name, seen});
}

bool has(const Patterns& sorted, std::string_view text) {
    const auto at = std::lower_bound(
        sorted.begin(), sorted.end(), text,
        [](const Pattern& one, std::string_view wanted) { return one.text < wanted; });
    return at != sorted.end() && at->text == text;
}

bool matches(const Patterns& sorted, std::string_view name) {
    const auto own = pattern_of(name);
    if (own && has(sorted, *own)) return true;
    for (std::size_t at = 0; at < name.size(); ++at)
        if (kSeparators.find(name[at]) != std::string_view::npos &&
            has(sorted, std::string(name.substr(0, at + 1)) + "*"))
            return true;
    return false;
}

}  // namespace

std::string_view SuggestedPattern::literal() const {
    if (kind == Kind::expression) return {};
    return std::string_view(text).substr(0, text.size() - (kind == Kind::beginning ? 1 : 0));
}

Operations without_implied(Operations operations) noexcept {
    for (std::size_t at = 0; at < kOperations; ++at) {
        const Operations one{static_cast<Operation>(at)};
        if (operations.contains(one) && with_implied(operations.without(one)).contains(one))
            operations = operations.without(one);
    }
    return operations;
}

Patterns collapsed(Patterns names, std::size_t collapse) {
    if (collapse == 0) return names;
    const auto stays = [](const Pattern& one) {
        return one.kind != Pattern::Kind::name || begins_with(one.text, kInternal);
    };
    const auto middle = std::stable_partition(names.begin(), names.end(),
                                              [&](const Pattern& one) { return !stays(one); });
    Patterns out;
    collapse_range(names.begin(), middle, 0, collapse, out);
    std::move(middle, names.end(), std::back_inserter(out));
    return out;
}

SuggestedScopes scopes_of(const Deeds& deeds, std::size_t collapse, ExpressionBudget& budget) {
    SuggestedScopes scopes;
    for (const auto& [resource, done] : deeds)
        if (resource.kind != ResourceKind::cluster)
            add_resource(scopes[resource.kind], resource, done, budget);
    for (auto& [kind, of_kind] : scopes) {
        for (SuggestedScope& scope : of_kind)
            scope.patterns = collapsed(std::move(scope.patterns), collapse);
        drop_covered(of_kind);
        for (SuggestedScope& scope : of_kind)
            std::sort(
                scope.patterns.begin(), scope.patterns.end(),
                [](const Pattern& one, const Pattern& other) { return one.text < other.text; });
    }
    const auto cluster = deeds.find(Resource{});
    if (cluster == deeds.end()) return scopes;
    SuggestedScope scope;
    for (const auto& [operation, seen] : cluster->second) {
        if (allows(scopes, operation, Resource{})) continue;  // who may write has it with it
        scope.operations |= Operations{operation};
        scope.seen.add(seen);
    }
    if (!scope.operations.empty()) scopes[ResourceKind::cluster].push_back(std::move(scope));
    return scopes;
}

bool allows(const SuggestedScopes& scopes, Operation operation, const Resource& resource) {
    for (const auto& [kind, of_kind] : scopes)
        for (const SuggestedScope& scope : of_kind) {
            if (!with_implied(scope.operations).contains(operation)) continue;
            // The one operation that a grant of another kind brings with it.
            if (operation == Operation::producer_idempotent) return true;
            if (kind != resource.kind) continue;
            if (kind == ResourceKind::cluster) return true;
            if (matches(scope.patterns, resource.name)) return true;
        }
    return false;
}

namespace {

// What makes two grants one: they say the same of other principals.
using Body = std::tuple<ResourceKind, std::vector<Operation>, std::vector<std::string>>;

std::vector<Operation> listed(Operations operations) {
    std::vector<Operation> list;
    for (std::size_t at = 0; at < kOperations; ++at)
        if (operations.contains(static_cast<Operation>(at)))
            list.push_back(static_cast<Operation>(at));
    return list;
}

struct Part {
    std::vector<std::string> texts;
    Sightings seen;
};

// Lists that the compiler takes.
std::vector<Part> parts_of(const SuggestedScope& scope) {
    if (scope.patterns.empty()) return {{{}, scope.seen}};
    std::vector<Part> parts;
    for (std::size_t at = 0; at < scope.patterns.size(); ++at) {
        if (at % limits::policy_patterns_max == 0) parts.emplace_back();
        parts.back().texts.push_back(scope.patterns[at].text);
        parts.back().seen.add(scope.patterns[at].seen);
    }
    return parts;
}

}  // namespace

std::vector<SuggestedGrant> grants_of(const std::map<std::string, SuggestedScopes>& by_principal) {
    std::map<Body, std::vector<SuggestedGrant>> grants;
    for (const auto& [principal, scopes] : by_principal)
        for (const auto& [kind, of_kind] : scopes)
            for (const SuggestedScope& scope : of_kind)
                for (Part& part : parts_of(scope)) {
                    auto& same = grants[{kind, listed(scope.operations), part.texts}];
                    if (same.empty() ||
                        same.back().principals.size() == limits::policy_patterns_max)
                        same.push_back({kind, scope.operations, {}, std::move(part.texts), {}});
                    same.back().principals.push_back(principal);
                    same.back().seen.add(part.seen);
                }
    std::vector<SuggestedGrant> all;
    for (auto& [body, same] : grants) std::move(same.begin(), same.end(), std::back_inserter(all));
    std::stable_sort(all.begin(), all.end(), [](const SuggestedGrant& a, const SuggestedGrant& b) {
        return std::tie(a.principals, a.kind) < std::tie(b.principals, b.kind);
    });
    return all;
}

}  // namespace sluice::policy
