#include "policy/suggest.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/limits.h"
#include "policy/suggest_plan.h"
#include "policy/suggest_text.h"

namespace sluice::policy {

namespace {

using How = Use::How;

// Other files have expressions too.
constexpr std::size_t kExpressionsMax = limits::policy_expressions_max / 2;
constexpr std::size_t kIdBytesMax = 64;
// Of the text of an expectation file, beside its cases.
constexpr std::size_t kSpareBytes = 4 * 1024;

std::string key_of(ResourceKind kind) {
    return std::string(name(kind)) + "s";
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

// `"net:10.8.1.2" topic.read topic "orders"`
std::string to_text(const std::string& principal, Operation operation, const Resource& resource) {
    std::string text = yaml_quoted(principal) + " " + std::string(name(operation)) + " " +
                       std::string(name(resource.kind));
    if (resource.kind != ResourceKind::cluster) text += " " + yaml_quoted(resource.name);
    return text;
}

// Calls visit(principal, operation, resource, seen) for each use, in order.
template <class Visit>
void for_each_use(const Usage& usage, How how, Visit visit) {
    for (const auto& [principal, of_principal] : usage.principals())
        for (const auto& [resource, done] : of_principal.of(how))
            for (const auto& [operation, seen] : done) visit(principal, operation, resource, seen);
}

class Suggesting {
  public:
    Suggesting(const Usage& usage, const SuggestOptions& options)
        : usage_(usage), options_(options) {}

    Suggestion make() && {
        ExpressionBudget budget{kExpressionsMax, {}};
        for (const auto& [principal, of_principal] : usage_.principals())
            scopes_[principal] = narrow_enough(principal, of_principal, budget);
        const std::vector<SuggestedGrant> grants = grants_of(scopes_);
        made_.grants = grants.size();
        note_left_out(budget);
        write_expect();
        write_policy(grants);
        return std::move(made_);
    }

  private:
    [[nodiscard]] Deeds granted(const PrincipalUsage& of_principal) const {
        Deeds deeds = of_principal.of(How::done);
        if (options_.refused == SuggestOptions::Refused::granted)
            for (const auto& [resource, refused] : of_principal.of(How::refused))
                for (const auto& [operation, seen] : refused) deeds[resource][operation].add(seen);
        for (const auto& [resource, withheld] : of_principal.of(How::withheld)) {
            const auto found = deeds.find(resource);
            if (found == deeds.end()) continue;
            for (const auto& [operation, seen] : withheld) found->second.erase(operation);
            if (found->second.empty()) deeds.erase(found);
        }
        return deeds;
    }
    // Collapsed where that grants nothing that was refused or is withheld.
    SuggestedScopes narrow_enough(const std::string& principal, const PrincipalUsage& of_principal,
                                  ExpressionBudget& budget) {
        const Deeds deeds = granted(of_principal);
        ExpressionBudget spent = budget;
        SuggestedScopes exact = scopes_of(deeds, 0, spent);
        if (options_.collapse > 0) {
            SuggestedScopes collapsed = scopes_of(deeds, options_.collapse, budget);
            if (!goes_further(collapsed, exact, of_principal)) return collapsed;
            not_collapsed_.push_back(principal);
        }
        budget = spent;
        return exact;
    }
    [[nodiscard]] bool goes_further(const SuggestedScopes& wide, const SuggestedScopes& exact,
                                    const PrincipalUsage& of_principal) const {
        for (const How how : {How::refused, How::withheld})
            for (const auto& [resource, kept_from] : of_principal.of(how))
                for (const auto& [operation, seen] : kept_from)
                    if (allows(wide, operation, resource) && !allows(exact, operation, resource))
                        return true;
        return false;
    }
    [[nodiscard]] bool is_granted(const std::string& principal, Operation operation,
                                  const Resource& resource) const {
        const auto found = scopes_.find(principal);
        return found != scopes_.end() && allows(found->second, operation, resource);
    }

    void note_left_out(const ExpressionBudget& budget) {
        const auto note = [this](std::uint64_t events, const std::string& why) {
            if (events > 0) made_.left_out.push_back(counted(events, "use ", "uses ") + why);
        };
        note(usage_.dropped(), "of more than " + std::to_string(limits::suggest_uses_max) +
                                   " different ones: ask for fewer with --principal or --since");
        note(usage_.unnameable().events, "by principals that no rule can name");
        note(budget.not_named.events, "of names with wildcards, for want of expressions");
        for (const auto& [principal, of_principal] : usage_.principals())
            note(of_principal.unnameable.events,
                 "by " + yaml_quoted(principal) + " of names that no pattern can name, such as " +
                     yaml_quoted(of_principal.example));
        if (made_.left_out.size() <= limits::suggest_remarks_max) return;
        const std::size_t more = made_.left_out.size() - limits::suggest_remarks_max;
        made_.left_out.resize(limits::suggest_remarks_max);
        made_.left_out.push_back("and so of " + counted(more, "more principal", "more principals"));
    }

    // -- expectations

    void write_expect() {
        std::string cases;
        std::uint64_t more = 0;
        const auto add = [&](const std::string& principal, Operation operation,
                             const Resource& resource, Effect effect) {
            std::string text = "  - {principal: " + yaml_quoted(principal) +
                               ", operation: " + std::string(name(operation));
            if (resource.kind != ResourceKind::cluster)
                text += ", " + std::string(name(resource.kind)) + ": " + yaml_quoted(resource.name);
            text += ", expect: " + std::string(name(effect)) + "}\n";
            if (made_.cases == limits::suggest_cases_max ||
                cases.size() + text.size() + kSpareBytes > limits::config_bytes_max) {
                ++more;
                return;
            }
            cases += text;
            ++made_.cases;
        };
        expect_allowed(add);
        expect_denied(add);
        if (more > 0)
            made_.left_out.push_back(
                counted(more, "expectation", "expectations") +
                " for which there is no room in one file; the grants are there all the same");
        if (made_.cases == 0) return;
        made_.expect =
            "# What was seen is allowed, and some of what was not seen is not.\n"
            "# Written beside the suggested policy; run by: sluice policy test\n"
            "version: 1\ncases:\n" +
            cases;
    }

    template <class Add>
    void expect_allowed(Add add) const {
        const auto allowed = [&](const std::string& principal, Operation operation,
                                 const Resource& resource, const Sightings&) {
            if (is_granted(principal, operation, resource))
                add(principal, operation, resource, Effect::allow);
        };
        for_each_use(usage_, How::done, allowed);
        if (options_.refused == SuggestOptions::Refused::granted)
            for_each_use(usage_, How::refused, allowed);
    }

    // What nobody did to the very resources that they used, and to one that nobody uses.
    template <class Add>
    void expect_denied(Add add) const {
        const auto denied = [&](const std::string& principal, Operation operation,
                                const Resource& resource) {
            if (!is_granted(principal, operation, resource))
                add(principal, operation, resource, Effect::deny);
        };
        for (const auto& [principal, scopes] : scopes_) {
            for (const auto& [resource, done] : granted(usage_.principals().at(principal)))
                for (const Operation operation : tempting(resource.kind))
                    denied(principal, operation, resource);
            for (const ResourceKind kind : {ResourceKind::topic, ResourceKind::group}) {
                Resource never{kind, "never-seen"};
                for (const Operation operation :
                     {Operation::topic_read, Operation::topic_write, Operation::group_join})
                    if (fits(operation, kind)) denied(principal, operation, never);
            }
            denied(principal, Operation::config_alter, Resource{});
        }
    }
    // What would do the most harm to a resource of this kind.
    static std::vector<Operation> tempting(ResourceKind kind) {
        switch (kind) {
            case ResourceKind::topic:
                return {Operation::topic_write, Operation::topic_delete};
            case ResourceKind::group:
                return {Operation::group_delete, Operation::group_offset_reset};
            case ResourceKind::transactional_id:
                return {Operation::txn_write};
            case ResourceKind::cluster:
                return {};  // asked of everybody
        }
        return {};
    }

    // -- the policy

    void write_policy(const std::vector<SuggestedGrant>& grants) {
        std::string& out = made_.policy;
        out = "# Suggested from what was recorded from " + time_text(options_.since_ns) + " to " +
              time_text(options_.until_ns) +
              " (UTC).\n"
              "# What was done in that time is granted, needed or not; what was not done is not.\n"
              "# Read it before it is put in force.\n"
              "version: 1\n";
        if (!grants.empty()) out += "\ngrants:\n";
        for (const SuggestedGrant& grant : grants) write_grant(grant);
        list_ungranted(How::refused, "Refused, and not granted (--include-refused grants it)");
        list_ungranted(How::withheld, "Denied or held by a rule that is there, and not granted");
        if (!not_collapsed_.empty())
            out += "\n# Not collapsed, since that would grant what was refused, denied or held:\n";
        for (const std::string& principal : not_collapsed_)
            out += "#   " + yaml_quoted(principal) + "\n";
        if (made_.left_out.empty()) return;
        out += "\n# Left out:\n";
        for (const std::string& sentence : made_.left_out) out += "#   " + sentence + "\n";
    }

    void write_grant(const SuggestedGrant& grant) {
        std::vector<std::string> to, allow, resources;
        for (const std::string& principal : grant.principals) to.push_back(yaml_quoted(principal));
        for (std::size_t at = 0; at < kOperations; ++at)
            if (grant.operations.contains(static_cast<Operation>(at)))
                allow.emplace_back(name(static_cast<Operation>(at)));
        for (const std::string& pattern : grant.patterns) resources.push_back(yaml_quoted(pattern));
        std::string& out = made_.policy;
        out += "  # " + policy::to_text(grant.seen) + "\n  - id: " + id_of(grant) + "\n" +
               list_text("to", to) + list_text("allow", allow);
        if (!resources.empty()) out += list_text(key_of(grant.kind), resources);
        if (options_.upstream_gateway) out += "    upstream: gateway\n";
    }

    // "seen-net-10.8.1.2-topics"; of several the second is "seen-net-10.8.1.2-topics-2".
    std::string id_of(const SuggestedGrant& grant) {
        constexpr std::size_t number_bytes_max = 6;
        const std::string end =
            "-" + (grant.kind == ResourceKind::cluster ? "cluster" : key_of(grant.kind));
        std::string id = "seen-";
        for (const char c : grant.principals.front()) {
            if (id.size() + end.size() + number_bytes_max == kIdBytesMax) break;
            const bool fits_id =
                std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
            id += fits_id ? c : '-';
        }
        id += end;
        const std::size_t times = ++ids_[id];
        std::string numbered = times == 1 ? id : id + "-" + std::to_string(times);
        return numbered;
    }

    void list_ungranted(How how, std::string_view title) {
        if (how == How::refused && options_.refused == SuggestOptions::Refused::granted) return;
        std::uint64_t lines = 0;
        std::string text;
        for_each_use(usage_, how,
                     [&](const std::string& principal, Operation operation,
                         const Resource& resource, const Sightings& seen) {
                         if (is_granted(principal, operation, resource)) return;
                         if (++lines > limits::suggest_remarks_max) return;
                         text += "#   " + to_text(principal, operation, resource) + ": " +
                                 policy::to_text(seen) + "\n";
                     });
        if (lines == 0) return;
        made_.policy += "\n# " + std::string(title) + ":\n" + text;
        if (lines > limits::suggest_remarks_max)
            made_.policy +=
                "#   and " + std::to_string(lines - limits::suggest_remarks_max) + " more\n";
    }

    const Usage& usage_;
    const SuggestOptions& options_;
    std::map<std::string, SuggestedScopes> scopes_;
    std::vector<std::string> not_collapsed_;
    std::map<std::string, std::size_t> ids_;
    Suggestion made_;
};

}  // namespace

Suggestion suggest(const Usage& usage, const SuggestOptions& options) {
    return Suggesting(usage, options).make();
}

}  // namespace sluice::policy
