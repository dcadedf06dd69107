#include "policy/lint.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "policy/binding.h"
#include "policy/strict_yaml.h"

namespace sluice::policy {

namespace {

constexpr std::array kNamedKinds{ResourceKind::topic, ResourceKind::group,
                                 ResourceKind::transactional_id};
constexpr Operations kConfig{Operation::config_describe, Operation::config_alter};
constexpr Operations kChanging{Operation::topic_write,          Operation::topic_create,
                               Operation::topic_delete,         Operation::topic_records_delete,
                               Operation::topic_partitions_add, Operation::group_member_remove,
                               Operation::group_delete,         Operation::group_offset_reset,
                               Operation::group_offset_delete,  Operation::config_alter};
// Each grant is compared with each other one.
constexpr std::size_t kComparedMax = 2'000;

// One of them to name: the one that implies the others, else the first.
std::string first_of(Operations operations) {
    std::optional<Operation> first;
    for (std::size_t at = 0; at < kOperations; ++at) {
        const auto operation = static_cast<Operation>(at);
        if (!operations.contains(operation)) continue;
        if (!first || with_implied(Operations{operation}).contains(operations)) first = operation;
    }
    return first ? in_backticks(name(*first)) : "nothing";
}
std::string key_of(ResourceKind kind) {
    return in_backticks(std::string(name(kind)) + "s");
}

// Whether every name of `narrow` is one of `wide`: false where that is not plain to see.
bool covers(const Pattern& wide, const Pattern& narrow) {
    if (wide.text() == narrow.text()) return true;
    if (narrow.kind() == Pattern::Kind::regex) return wide.is_everything();
    if (narrow.kind() == Pattern::Kind::exact) return wide.matches(narrow.text());
    return wide.kind() == Pattern::Kind::prefix &&
           narrow.literal().substr(0, wide.literal().size()) == wide.literal();
}
bool covers(std::span<const Pattern> wide, std::span<const Pattern> narrow) {
    return std::all_of(narrow.begin(), narrow.end(), [&](const Pattern& one) {
        return std::any_of(wide.begin(), wide.end(),
                           [&](const Pattern& other) { return covers(other, one); });
    });
}
bool is_everybody(const Who& who) {
    return std::any_of(who.names.begin(), who.names.end(),
                       [](const Pattern& pattern) { return pattern.is_everything(); });
}
bool covers(const Who& wide, const Who& narrow) {
    return is_everybody(wide) ||
           (covers(wide.names, narrow.names) && covers(wide.groups, narrow.groups));
}
// A grant's pattern for internal topics is not covered by one that does not spell `__` out.
bool spells_internal(const Scope& scope) {
    return std::any_of(scope.topics.begin(), scope.topics.end(), [](const Pattern& pattern) {
        return pattern.literal().substr(0, 2) == "__";
    });
}
bool has_cluster_config(const GrantRule& grant) {
    return !has_patterns(grant.scope) && !(grant.scope.operations & kConfig).empty();
}

bool covers(const GrantRule& wide, const GrantRule& narrow) {
    return wide.mode == Mode::enforced && wide.upstream_gateway == narrow.upstream_gateway &&
           wide.scope.operations.contains(narrow.scope.operations) && covers(wide.to, narrow.to) &&
           covers(wide.scope.topics, narrow.scope.topics) &&
           covers(wide.scope.groups, narrow.scope.groups) &&
           covers(wide.scope.transactional_ids, narrow.scope.transactional_ids) &&
           !spells_internal(narrow.scope) &&
           (!has_cluster_config(narrow) || has_cluster_config(wide));
}
bool covers(const DenialRule& wide, const GrantRule& narrow) {
    if (wide.mode != Mode::enforced || !covers(wide.to, narrow.to)) return false;
    if (!has_patterns(wide.scope)) return wide.scope.operations.contains(narrow.scope.operations);
    // A denial that names something leaves the cluster's operations alone.
    if (narrow.scope.operations.contains(Operation::group_list) ||
        narrow.scope.operations.contains(Operation::cluster_describe))
        return false;
    // Idempotence is worth nothing without a topic to write to.
    const Operations named = narrow.scope.operations.without({Operation::producer_idempotent});
    return has_patterns(narrow.scope) && wide.scope.operations.contains(named) &&
           covers(wide.scope.topics, narrow.scope.topics) &&
           covers(wide.scope.groups, narrow.scope.groups) &&
           covers(wide.scope.transactional_ids, narrow.scope.transactional_ids);
}

class Linter {
  public:
    explicit Linter(const Compiled& compiled) : compiled_(compiled), set_(*compiled.set) {}

    std::vector<Mistake> warnings() && {
        for (const GrantRule& grant : set_.grants) check_grant(grant);
        for (const DenialRule& denial : set_.denials) check_scope(denial.id, denial.scope);
        for (const HoldRule& hold : set_.holds) check_hold(hold);
        for (const MaskRule& mask : set_.masks)
            if (is_everybody(mask.unless)) warn(mask.id, "masks for nobody: `unless` has `*`");
        compare_grants();
        std::stable_sort(
            warnings_.begin(), warnings_.end(), [](const Mistake& a, const Mistake& b) {
                return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
            });
        return std::move(warnings_);
    }

  private:
    void warn(const std::string& id, const std::string& text) {
        Mistake warning = compiled_.places.at(id);
        warning.text = in_backticks(id) + " " + text;
        warnings_.push_back(std::move(warning));
    }

    // A kind of resource is named and no operation is about it.
    void check_unused(const std::string& id, const Scope& scope) {
        for (const ResourceKind kind : kNamedKinds)
            if (!patterns_of(scope, kind).empty() &&
                (scope.operations & operations_on(kind)).empty())
                warn(id, "names " + key_of(kind) + ", and none of its operations is about them");
    }

    void check_grant(const GrantRule& grant) {
        check_unused(grant.id, grant.scope);
        for (const ResourceKind kind : kNamedKinds) {
            const Operations idle = (grant.scope.operations & operations_on(kind)).without(kConfig);
            if (!patterns_of(grant.scope, kind).empty() || idle.empty() ||
                grant.scope.operations == Operations::all())
                continue;
            warn(grant.id, "never grants " + first_of(idle) + ": it names no " + key_of(kind));
        }
        const Operations changing = grant.scope.operations & kChanging;
        for (const ResourceKind kind : kNamedKinds) {
            const Operations on_kind = changing & operations_on(kind);
            const auto patterns = patterns_of(grant.scope, kind);
            if (on_kind.empty() || patterns.empty()) continue;
            if (is_everybody(grant.to))
                warn(grant.id, "grants " + first_of(on_kind) + " to everybody");
            else if (std::any_of(patterns.begin(), patterns.end(),
                                 [](const Pattern& one) { return one.is_everything(); }))
                warn(grant.id, "grants " + first_of(on_kind) + " on all " + key_of(kind));
        }
    }

    void check_scope(const std::string& id, const Scope& scope) {
        check_unused(id, scope);
        if (!has_patterns(scope) || scope.operations == Operations::all()) return;
        for (const ResourceKind kind : {ResourceKind::cluster, ResourceKind::topic,
                                        ResourceKind::group, ResourceKind::transactional_id}) {
            const Operations idle = (scope.operations & operations_on(kind)).without(kConfig);
            if (!idle.empty() && patterns_of(scope, kind).empty())
                warn(id, "does not reach " + first_of(idle) + ": it names other resources than " +
                             (kind == ResourceKind::cluster ? "the cluster" : key_of(kind)));
        }
    }

    void check_hold(const HoldRule& hold) {
        check_scope(hold.id, hold.scope);
        const Operations refused = hold.scope.operations.without(operations_that_wait());
        if (!refused.empty())
            warn(hold.id,
                 "refuses " + first_of(refused) + " rather than holding it: it cannot wait");
        if (!hold.approver_groups.empty()) return;
        const auto& people = hold.approver_principals;
        if (people.size() < hold.count)
            return warn(hold.id, "can be approved by nobody: it needs " +
                                     std::to_string(hold.count) + " of " +
                                     std::to_string(people.size()));
        if (people.size() > hold.count) return;
        for (const std::string& person : people) {
            Principal asking;
            asking.name = person;
            if (!is_about(hold.to, asking)) continue;
            return warn(hold.id, "can be approved by nobody where " + in_backticks(person) +
                                     " asks: nobody approves their own request");
        }
    }

    void compare_grants() {
        if (set_.grants.size() > kComparedMax) return;
        for (const GrantRule& grant : set_.grants) {
            for (const DenialRule& denial : set_.denials)
                if (covers(denial, grant)) {
                    warn(grant.id,
                         "grants nothing that " + in_backticks(denial.id) + " does not deny");
                    break;
                }
            for (const GrantRule& other : set_.grants) {
                // Of two alike only the later is too many.
                if (&other == &grant || !covers(other, grant)) continue;
                if (covers(grant, other) && grant.id < other.id) continue;
                warn(grant.id, "grants nothing that " + in_backticks(other.id) + " does not");
                break;
            }
        }
    }

    const Compiled& compiled_;
    const PolicySet& set_;
    std::vector<Mistake> warnings_;
};

}  // namespace

std::vector<Mistake> lint(const Compiled& compiled) {
    if (!compiled.set) return {};
    return Linter(compiled).warnings();
}

}  // namespace sluice::policy
