#include "policy/read_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"

namespace sluice::policy {

namespace {

using Key = StrictYaml::Key;
using Presence = StrictYaml::Presence;
using Applies = HoldRule::Applies;

struct AppliesWord {
    std::string_view word;
    Applies applies;
};
constexpr std::array kApplies{AppliesWord{"granted", Applies::granted},
                              AppliesWord{"ungranted", Applies::ungranted},
                              AppliesWord{"all", Applies::all}};

void read_grant(Reader& reader, const YAML::Node& node) {
    GrantRule grant;
    std::vector<Key> keys{reader.id_key(grant.id), reader.mode_key(grant.mode),
                          reader.who_key("to", Presence::required, grant.to),
                          reader.operations_key("allow", grant.scope.operations)};
    reader.add_resource_keys(keys, grant.scope);
    keys.push_back({"upstream", Presence::optional, [&](const YAML::Node& value) {
                        const auto word = reader.yaml.text(value, "`upstream`");
                        grant.upstream_gateway = word == "gateway";
                        if (word && word != "gateway")
                            reader.yaml.mistake(
                                value, "`upstream` must be gateway, not " + in_backticks(*word));
                    }});
    reader.yaml.mapping(node, "a grant", keys);
    grant.scope.operations = with_implied(grant.scope.operations);
    reader.draft.set.grants.push_back(std::move(grant));
}

void read_denial(Reader& reader, const YAML::Node& node) {
    DenialRule denial;
    std::vector<Key> keys{reader.id_key(denial.id), reader.mode_key(denial.mode),
                          reader.who_key("to", Presence::required, denial.to),
                          reader.operations_key("deny", denial.scope.operations)};
    reader.add_resource_keys(keys, denial.scope);
    denial.reason = "denied by a rule";
    keys.push_back({"reason", Presence::optional, [&](const YAML::Node& value) {
                        const auto text = reader.yaml.text(value, "`reason`");
                        if (text && text->size() > limits::policy_pattern_bytes_max)
                            reader.yaml.mistake(value, "`reason` is longer than 256 bytes");
                        if (text) denial.reason = *text;
                    }});
    reader.yaml.mapping(node, "a denial", keys);
    reader.draft.set.denials.push_back(std::move(denial));
}

Key number_key(Reader& reader, std::string_view name, std::optional<std::uint64_t>& value) {
    return {name, Presence::optional, [&reader, name, &value](const YAML::Node& node) {
                // Kafka counts records in int64.
                value = reader.yaml.number(node, in_backticks(name), 0, INT64_MAX);
            }};
}

void read_when(Reader& reader, const YAML::Node& node, HoldRule& hold) {
    std::vector<Key> keys{reader.operations_key("operations", hold.scope.operations),
                          number_key(reader, "records_over", hold.records_over),
                          number_key(reader, "lag_over", hold.lag_over)};
    reader.add_resource_keys(keys, hold.scope);
    reader.yaml.mapping(node, "`when`", keys);
}

// Names of people and their groups, spelled out: who may approve is no pattern.
Key approvers_key(Reader& reader, std::string_view name, std::vector<std::string>& names) {
    return {name, Presence::optional, [&reader, name, &names](const YAML::Node& node) {
                const std::string what = in_backticks(name);
                for (const YAML::Node& entry : reader.entries(node, what)) {
                    const auto text = reader.yaml.text(entry, "an entry of " + what);
                    if (!text) continue;
                    if (text->find_first_of("*?") != std::string::npos ||
                        text->compare(0, 3, "re:") == 0)
                        reader.yaml.mistake(
                            entry, "an approver is a name, not a pattern: " + in_backticks(*text));
                    names.push_back(*text);
                }
            }};
}

void read_approvers(Reader& reader, const YAML::Node& node, HoldRule& hold) {
    reader.yaml.mapping(node, "`approvers`",
                        {approvers_key(reader, "groups", hold.approver_groups),
                         approvers_key(reader, "principals", hold.approver_principals),
                         {"count", Presence::optional, [&](const YAML::Node& value) {
                              const auto count =
                                  reader.yaml.number(value, "`count`", 1, limits::approvals_max);
                              if (count) hold.count = static_cast<std::uint32_t>(*count);
                          }}});
    if (node.IsMap() && !node["groups"] && !node["principals"])
        reader.yaml.mistake(node, "`approvers` must name `groups` or `principals`");
}

Key time_key(Reader& reader, std::string_view name, std::chrono::nanoseconds max,
             std::chrono::nanoseconds& value) {
    return {name, Presence::optional, [&reader, name, max, &value](const YAML::Node& node) {
                const auto time = reader.yaml.duration(node, in_backticks(name), max);
                if (time) value = *time;
            }};
}

void read_applies(Reader& reader, const YAML::Node& node, HoldRule& hold) {
    const auto word = reader.yaml.text(node, "`applies`");
    if (!word) return;
    const auto known = std::find_if(kApplies.begin(), kApplies.end(),
                                    [&](const AppliesWord& one) { return one.word == *word; });
    if (known == kApplies.end())
        return reader.yaml.mistake(
            node, "`applies` must be granted, ungranted or all, not " + in_backticks(*word));
    hold.applies = known->applies;
}

bool names_everybody(const Who& who) {
    const auto is_wild = [](const Pattern& pattern) {
        return pattern.text().find_first_not_of("*?") == std::string::npos;
    };
    return std::any_of(who.names.begin(), who.names.end(), is_wild) ||
           std::any_of(who.groups.begin(), who.groups.end(), is_wild);
}

void read_hold(Reader& reader, const YAML::Node& node) {
    HoldRule hold;
    reader.yaml.mapping(node, "a hold",
                        {reader.id_key(hold.id),
                         reader.mode_key(hold.mode),
                         reader.who_key("to", Presence::required, hold.to),
                         {"applies", Presence::optional,
                          [&](const YAML::Node& value) { read_applies(reader, value, hold); }},
                         {"when", Presence::required,
                          [&](const YAML::Node& value) { read_when(reader, value, hold); }},
                         {"approvers", Presence::required,
                          [&](const YAML::Node& value) { read_approvers(reader, value, hold); }},
                         time_key(reader, "hold", limits::hold_max, hold.hold),
                         time_key(reader, "ticket", limits::ticket_max, hold.ticket)});
    // A ticket stands in for a grant then: somebody has to be named who may ask for one.
    if (hold.applies != Applies::granted && names_everybody(hold.to))
        reader.yaml.mistake(node, "`to` must say who, where `applies` is ungranted or all");
    reader.draft.set.holds.push_back(std::move(hold));
}

}  // namespace

void read_grants(Reader& reader, const YAML::Node& node) {
    for (const YAML::Node& rule : reader.rules(node, "`grants`")) read_grant(reader, rule);
}

void read_denials(Reader& reader, const YAML::Node& node) {
    for (const YAML::Node& rule : reader.rules(node, "`denials`")) read_denial(reader, rule);
}

void read_holds(Reader& reader, const YAML::Node& node) {
    for (const YAML::Node& rule : reader.rules(node, "`holds`")) read_hold(reader, rule);
}

}  // namespace sluice::policy
