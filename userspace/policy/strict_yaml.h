// strict_yaml.h: one YAML file, read so that every mistake is found and named with its place.
//
// A key nobody asked for, a key twice, a value of the wrong type or out of range: each becomes a
// Mistake, and reading goes on, so that an operator sees all of them at once. Not a schema
// language: callers walk the file with mapping() and take values with text(), number(), list() and
// the like. Anchors, aliases, tags and files of a size nobody writes are refused before any of it
// is built (yaml_screen.h).
// Used for the policy files and, by app, for sluice.yaml.
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace sluice::policy {

class StrictYaml {
  public:
    enum class Presence : std::uint8_t { required, optional, not_built };
    struct Key {
        std::string_view name;
        Presence presence;
        std::function<void(const YAML::Node&)> read;  // never called for a key that is not built
        bool takes_null = false;                      // the word `null` is a value of this key
    };

    // Parses. What is no YAML, no UTF-8, or not exactly one document with a mapping at its top is a
    // mistake, and root() is then empty.
    explicit StrictYaml(const PolicyFile& file);

    [[nodiscard]] const std::optional<YAML::Node>& root() const { return root_; }

    // Calls `read` of every key that is there with a value of some kind. `what` names the mapping
    // in messages ("`limits`"); it is empty for the top.
    void mapping(const YAML::Node& node, std::string_view what, const std::vector<Key>& keys);
    // The value, or nothing after a mistake was noted. Text has no control characters, whatever
    // escapes it was written with.
    std::optional<std::string> text(const YAML::Node& node, std::string_view what);
    std::optional<std::uint64_t> number(const YAML::Node& node, std::string_view what,
                                        std::uint64_t min, std::uint64_t max);
    // `true` or `false`, without quotes.
    std::optional<bool> flag(const YAML::Node& node, std::string_view what);
    std::optional<std::string> absolute_path(const YAML::Node& node, std::string_view what);
    // "8s", "30m", "12h": from one second up to `max`.
    std::optional<std::chrono::nanoseconds> duration(const YAML::Node& node, std::string_view what,
                                                     std::chrono::nanoseconds max);
    // The elements of a list that has some.
    std::vector<YAML::Node> list(const YAML::Node& node, std::string_view what);
    // `version: 1` is the only one this build knows.
    void version(const YAML::Node& node);

    void mistake(const YAML::Node& at, std::string text);
    // In the order of the file.
    [[nodiscard]] std::vector<Mistake> take_mistakes();

  private:
    void mistake(const YAML::Mark& at, std::string text);
    void parse(const std::string& text);
    // Notes the first byte that is no UTF-8 or a control character.
    bool check_text(const std::string& text);
    // Not where YAML means the same by another word, or by nothing.
    [[nodiscard]] bool is_spelled_null(const YAML::Node& node) const;
    void unknown_key(const YAML::Node& at, const std::vector<Key>& keys);

    std::string file_;
    std::string source_;
    std::optional<YAML::Node> root_;
    std::vector<Mistake> mistakes_;
};

// The operator's own word in a message: in backticks, on one line, cut where it is long.
std::string in_backticks(std::string_view word);
// ", did you mean `grants`?", or nothing for no word.
std::string meant(std::string_view word);

}  // namespace sluice::policy
