#include "policy/reader.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "policy/text.h"

namespace sluice::policy {

namespace {

using Presence = StrictYaml::Presence;

constexpr std::string_view kGroup = "group:";
constexpr std::size_t kIdMax = 64;

bool is_id(std::string_view text) {
    return text.size() <= kIdMax && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

std::vector<std::string_view> operation_names() {
    std::vector<std::string_view> names;
    for (std::size_t at = 0; at < kOperations; ++at)
        names.push_back(name(static_cast<Operation>(at)));
    return names;
}

}  // namespace

std::string at_text(const Mistake& place) {
    return place.file + ":" + std::to_string(place.line);
}

Mistake Reader::place(const YAML::Node& node) const {
    return {file_, node.Mark().line + 1, node.Mark().column + 1, {}};
}

void Reader::read_file_mode(const YAML::Node& root) {
    for (const auto& entry : root) {
        if (!entry.first.IsScalar() || entry.first.Scalar() != "shadow") continue;
        // What is no flag is noted where the key is read in its turn.
        if (entry.second.IsScalar() && entry.second.Scalar() == "true") mode_ = Mode::shadow;
    }
}

std::vector<YAML::Node> Reader::rules(const YAML::Node& node, std::string_view what) {
    std::vector<YAML::Node> found = yaml.list(node, what);
    const bool fitted = draft.rules <= limits::policy_rules_max;
    draft.rules += found.size();
    if (fitted && draft.rules > limits::policy_rules_max)
        yaml.mistake(node, "more than " + std::to_string(limits::policy_rules_max) +
                               " rules in all files together");
    return found;
}

std::vector<YAML::Node> Reader::entries(const YAML::Node& node, std::string_view what) {
    std::vector<YAML::Node> found = yaml.list(node, what);
    if (found.size() > limits::policy_patterns_max) {
        yaml.mistake(node, std::string(what) + " has more than " +
                               std::to_string(limits::policy_patterns_max) + " entries");
        found.clear();
    }
    return found;
}

StrictYaml::Key Reader::id_key(std::string& id) {
    return {"id", Presence::required, [this, &id](const YAML::Node& node) {
                const auto text = yaml.text(node, "`id`");
                if (!text) return;
                if (!is_id(*text))
                    return yaml.mistake(node,
                                        "`id` must be at most 64 letters, digits, `.`, `_` "
                                        "and `-`, not " +
                                            in_backticks(*text));
                const auto [known, added] = draft.ids.emplace(*text, place(node));
                if (!added)
                    yaml.mistake(node, "id " + in_backticks(*text) + " is there twice, first at " +
                                           at_text(known->second));
                id = *text;
            }};
}

StrictYaml::Key Reader::mode_key(Mode& mode) {
    mode = mode_;
    return {"shadow", Presence::optional, [this, &mode](const YAML::Node& node) {
                const auto shadow = yaml.flag(node, "`shadow`");
                if (!shadow) return;
                if (!*shadow && mode_ == Mode::shadow)
                    return yaml.mistake(node, "the whole file is `shadow: true`");
                if (*shadow) mode = Mode::shadow;
            }};
}

std::optional<Pattern> Reader::pattern(const YAML::Node& node, std::string text) {
    const std::string quoted = in_backticks(text);
    auto compiled = Pattern::compile(std::move(text));
    if (!compiled) {
        yaml.mistake(node, "pattern " + quoted + " " + compiled.error().context);
        return std::nullopt;
    }
    if (compiled->kind() == Pattern::Kind::regex &&
        ++draft.expressions == limits::policy_expressions_max + 1)
        yaml.mistake(node, "more than " + std::to_string(limits::policy_expressions_max) +
                               " expressions (`re:`) in all files together");
    return *std::move(compiled);
}

StrictYaml::Key Reader::who_key(std::string_view name, Presence presence, Who& who) {
    return {name, presence, [this, name, &who](const YAML::Node& node) {
                const std::string what = in_backticks(name);
                for (const YAML::Node& entry : entries(node, what)) {
                    const auto text = yaml.text(entry, "an entry of " + what);
                    if (!text) continue;
                    const bool group = text->compare(0, kGroup.size(), kGroup) == 0;
                    auto compiled = pattern(entry, group ? text->substr(kGroup.size()) : *text);
                    if (compiled) (group ? who.groups : who.names).push_back(*std::move(compiled));
                }
            }};
}

StrictYaml::Key Reader::operations_key(std::string_view name, Operations& operations) {
    return {name, Presence::required, [this, name, &operations](const YAML::Node& node) {
                const std::string what = in_backticks(name);
                for (const YAML::Node& entry : entries(node, what)) {
                    const auto text = yaml.text(entry, "an entry of " + what);
                    if (!text) continue;
                    const auto named = operations_named(*text);
                    if (named)
                        operations |= *named;
                    else
                        yaml.mistake(entry, "unknown operation " + in_backticks(*text) +
                                                meant(nearest(*text, operation_names())));
                }
            }};
}

StrictYaml::Key Reader::patterns_key(std::string_view name, Presence presence,
                                     std::vector<Pattern>& patterns) {
    return {name, presence, [this, name, &patterns](const YAML::Node& node) {
                const std::string what = in_backticks(name);
                for (const YAML::Node& entry : entries(node, what)) {
                    auto text = yaml.text(entry, "an entry of " + what);
                    if (!text) continue;
                    auto compiled = pattern(entry, *std::move(text));
                    if (compiled) patterns.push_back(*std::move(compiled));
                }
            }};
}

void Reader::add_resource_keys(std::vector<StrictYaml::Key>& keys, Scope& scope) {
    keys.push_back(patterns_key("topics", Presence::optional, scope.topics));
    keys.push_back(patterns_key("groups", Presence::optional, scope.groups));
    keys.push_back(patterns_key("transactional_ids", Presence::optional, scope.transactional_ids));
}

}  // namespace sluice::policy
