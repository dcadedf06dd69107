#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "policy/policy.h"
#include "policy/strict_yaml.h"

namespace sluice::policy {

namespace {

using Presence = StrictYaml::Presence;

constexpr std::array kDurabilities{Durability::strict, Durability::durable, Durability::async};

// What several files say together, and where each single value was said first.
struct Merged {
    PolicySet set;
    std::optional<Mistake> durability_at;
};

void read_durability(StrictYaml& yaml, const YAML::Node& node, const std::string& file,
                     Merged& merged) {
    const auto word = yaml.text(node, "`durability`");
    if (!word) return;
    for (const Durability durability : kDurabilities) {
        if (name(durability) != *word) continue;
        if (merged.durability_at) {
            yaml.mistake(node, "`durability` was set before, at " + merged.durability_at->file +
                                   ":" + std::to_string(merged.durability_at->line));
            return;
        }
        merged.set.durability = durability;
        merged.durability_at = Mistake{file, node.Mark().line + 1, node.Mark().column + 1, {}};
        return;
    }
    yaml.mistake(node, "`durability` must be strict, durable or async, not " + in_backticks(*word));
}

std::vector<Mistake> read_file(const PolicyFile& file, Merged& merged) {
    StrictYaml yaml(file);
    if (!yaml.root()) return yaml.take_mistakes();
    const auto audit = [&](const YAML::Node& node) {
        yaml.mapping(node, "`audit`",
                     {{"durability", Presence::required, [&](const YAML::Node& value) {
                           read_durability(yaml, value, file.name, merged);
                       }}});
    };
    // The words of the whole language are known, so that a file of a later version is told from a
    // typing mistake.
    yaml.mapping(
        *yaml.root(), "",
        {{"version", Presence::required, [&](const YAML::Node& node) { yaml.version(node); }},
         {"audit", Presence::optional, audit},
         {"identities", Presence::not_built, nullptr},
         {"grants", Presence::not_built, nullptr},
         {"denials", Presence::not_built, nullptr},
         {"holds", Presence::not_built, nullptr},
         {"masks", Presence::not_built, nullptr},
         {"record", Presence::not_built, nullptr},
         {"shadow", Presence::not_built, nullptr}});
    return yaml.take_mistakes();
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

std::string to_text(const Mistake& mistake) {
    return mistake.file + ":" + std::to_string(mistake.line) + ":" +
           std::to_string(mistake.column) + ": " + mistake.text;
}

Compiled compile(const std::vector<PolicyFile>& files) {
    Compiled compiled;
    Merged merged;
    for (const PolicyFile& file : files) {
        std::vector<Mistake> mistakes = read_file(file, merged);
        std::move(mistakes.begin(), mistakes.end(), std::back_inserter(compiled.mistakes));
    }
    if (compiled.mistakes.empty())
        compiled.set = std::make_shared<const PolicySet>(std::move(merged.set));
    return compiled;
}

}  // namespace sluice::policy
