#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "policy/policy.h"
#include "policy/read_identities.h"
#include "policy/read_rules.h"
#include "policy/strict_yaml.h"

namespace sluice::policy {

namespace {

using Presence = StrictYaml::Presence;

constexpr std::array kDurabilities{Durability::strict, Durability::durable, Durability::async};

void read_durability(Reader& reader, const YAML::Node& node) {
    const auto word = reader.yaml.text(node, "`durability`");
    if (!word) return;
    for (const Durability durability : kDurabilities) {
        if (name(durability) != *word) continue;
        auto& before = reader.draft.durability_at;
        if (before)
            return reader.yaml.mistake(node, "`durability` was set before, at " + at_text(*before));
        reader.draft.set.durability = durability;
        before = reader.place(node);
        return;
    }
    reader.yaml.mistake(
        node, "`durability` must be strict, durable or async, not " + in_backticks(*word));
}

void read_audit(Reader& reader, const YAML::Node& node) {
    reader.yaml.mapping(node, "`audit`",
                        {{"durability", Presence::required,
                          [&](const YAML::Node& value) { read_durability(reader, value); }}});
}

// Who somebody is and what waits for the audit log are facts for every rule: no rule can be tried
// out with others.
void refuse_shadow(Reader& reader, const YAML::Node& node, std::string_view what) {
    if (reader.file_mode() == Mode::shadow)
        reader.yaml.mistake(
            node, std::string(what) + " cannot be `shadow: true`: put it into another file");
}

void read_top(Reader& reader, const YAML::Node& root) {
    StrictYaml& yaml = reader.yaml;
    reader.read_file_mode(root);
    yaml.mapping(
        root, "",
        {{"version", Presence::required, [&](const YAML::Node& node) { yaml.version(node); }},
         {"shadow", Presence::optional,
          [&](const YAML::Node& node) { yaml.flag(node, "`shadow`"); }},
         {"audit", Presence::optional,
          [&](const YAML::Node& node) {
              refuse_shadow(reader, node, "`audit`");
              read_audit(reader, node);
          }},
         {"identities", Presence::optional,
          [&](const YAML::Node& node) {
              refuse_shadow(reader, node, "`identities`");
              read_identities(reader, node);
          }},
         {"grants", Presence::optional, [&](const YAML::Node& node) { read_grants(reader, node); }},
         {"denials", Presence::optional,
          [&](const YAML::Node& node) { read_denials(reader, node); }},
         {"holds", Presence::optional, [&](const YAML::Node& node) { read_holds(reader, node); }},
         {"masks", Presence::optional, [&](const YAML::Node& node) { read_masks(reader, node); }},
         {"record", Presence::not_built, nullptr}});
}

}  // namespace

std::string_view name(Durability durability) noexcept {
    switch (durability) {
        case Durability::strict:
            return "strict";
        case Durability::durable:
            return "durable";
        case Durability::async:
            return "async";
    }
    return "unknown";
}

PolicySet in_order(PolicySet set) {
    const auto by = [](auto& rules, auto key) {
        std::sort(rules.begin(), rules.end(),
                  [&](const auto& a, const auto& b) { return key(a) < key(b); });
    };
    by(set.denials, [](const DenialRule& rule) { return std::tie(rule.id); });
    by(set.holds, [](const HoldRule& rule) {
        return std::tuple<std::int64_t, std::string_view>(-std::int64_t{rule.count}, rule.id);
    });
    by(set.grants, [](const GrantRule& rule) {
        return std::tuple<bool, std::string_view>(!rule.upstream_gateway, rule.id);
    });
    by(set.masks, [](const MaskRule& rule) { return std::tie(rule.id); });
    return set;
}

std::string to_text(const Mistake& mistake) {
    return mistake.file + ":" + std::to_string(mistake.line) + ":" +
           std::to_string(mistake.column) + ": " + mistake.text;
}

Compiled compile(const std::vector<PolicyFile>& files, const ProviderNames& providers) {
    Compiled compiled;
    Draft draft;
    draft.providers = providers;
    for (const PolicyFile& file : files) {
        StrictYaml yaml(file);
        Reader reader(yaml, file.name, draft);
        if (yaml.root()) read_top(reader, *yaml.root());
        std::vector<Mistake> mistakes = yaml.take_mistakes();
        std::move(mistakes.begin(), mistakes.end(), std::back_inserter(compiled.mistakes));
    }
    compiled.places = std::move(draft.ids);
    if (!compiled.mistakes.empty()) return compiled;
    compiled.set = std::make_shared<const PolicySet>(in_order(std::move(draft.set)));
    return compiled;
}

}  // namespace sluice::policy
