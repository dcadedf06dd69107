// reader.h: what the readers of one policy file share: the file, the set it is added to, and the
// parts that several kinds of rules have.
//
// One Reader for each file, one Draft for all of them. Every mistake is noted in the file's
// StrictYaml, and reading goes on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"
#include "policy/strict_yaml.h"

namespace sluice::policy {

// What the files say together, and where each thing was said that may be said only once.
struct Draft {
    PolicySet set;
    ProviderNames providers;
    std::optional<Mistake> durability_at;
    std::map<std::string, Mistake, std::less<>> ids;  // of rules of any kind
    std::size_t rules = 0;
    std::size_t expressions = 0;
};

class Reader {
  public:
    // Of the patterns: those that may name somebody by a group.
    enum class Names : std::uint8_t { plain, with_groups };

    Reader(StrictYaml& file_yaml, const std::string& file, Draft& of_all)
        : yaml(file_yaml), draft(of_all), file_(file) {}

    // Reads `shadow` of the whole file, whatever comes before it.
    void read_file_mode(const YAML::Node& root);
    [[nodiscard]] Mode file_mode() const { return mode_; }

    // The elements of a list of rules, each counted against limits::policy_rules_max.
    std::vector<YAML::Node> rules(const YAML::Node& node, std::string_view what);

    // The keys that rules of every kind have.
    StrictYaml::Key id_key(std::string& id);
    StrictYaml::Key mode_key(Mode& mode);
    StrictYaml::Key who_key(std::string_view name, StrictYaml::Presence presence, Who& who);
    StrictYaml::Key operations_key(std::string_view name, Operations& operations);
    StrictYaml::Key patterns_key(std::string_view name, StrictYaml::Presence presence,
                                 std::vector<Pattern>& patterns);
    // topics, groups, transactional_ids
    void add_resource_keys(std::vector<StrictYaml::Key>& keys, Scope& scope);

    // The texts of a list of at most limits::policy_patterns_max.
    std::vector<YAML::Node> entries(const YAML::Node& node, std::string_view what);
    // Where something stands, as Draft keeps it.
    [[nodiscard]] Mistake place(const YAML::Node& node) const;

    StrictYaml& yaml;
    Draft& draft;

  private:
    std::optional<Pattern> pattern(const YAML::Node& node, std::string text);

    const std::string& file_;
    Mode mode_ = Mode::enforced;
};

// ", the other is at orders.yaml:12"
std::string at_text(const Mistake& place);

}  // namespace sluice::policy
