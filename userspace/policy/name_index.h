// name_index.h: which rules bear on a name, found without trying each pattern.
//
// Exact names are hashed; beginnings ("orders.*") are sorted, each knowing the next shorter one
// that it begins with; all other patterns are tried one after the other. Rules are numbers here,
// their ranks: of several, the lowest is wanted. Points into the patterns it was built from.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/operations.h"
#include "policy/pattern.h"

namespace sluice::policy {

enum class RuleClass : std::uint8_t { denial, hold, grant };
inline constexpr std::size_t kRuleClasses = 3;

using Rank = std::uint32_t;
inline constexpr Rank kNoRank = std::numeric_limits<Rank>::max();

class NameIndex {
  public:
    struct Item {
        RuleClass rule_class;
        Rank rank;
        Operations operations;
        const Pattern* pattern;  // null: every name
    };
    NameIndex() = default;
    explicit NameIndex(std::vector<Item> items);

    // The patterns that a name matches, but for those that must be tried.
    class Found {
      private:
        friend class NameIndex;
        std::string_view name;
        const std::uint32_t* exact = nullptr;
        std::uint32_t prefix = 0;
    };
    [[nodiscard]] Found find(std::string_view name) const;

    enum class Reach : std::uint8_t {
        any,
        spelled,  // only patterns that spell out the two first characters of the name
    };
    // The lowest rank of a rule of this class that has the operation, a pattern for the name, and
    // is `wanted`; or kNoRank.
    template <class Wanted>
    [[nodiscard]] Rank first(RuleClass rule_class, Operation operation, const Found& found,
                             Reach reach, Wanted wanted) const;

  private:
    struct Entry {
        Operations operations;
        Rank rank;
    };
    // Where the entries of one name are: those of class c in entries_ from at[c] to at[c + 1],
    // ascending.
    struct Node {
        std::array<std::uint32_t, kRuleClasses + 1> at{};
    };
    struct Prefix {
        std::string_view literal;
        std::uint32_t shorter;  // as in Found::prefix
        Node node;
    };
    struct Tried {
        Entry entry;
        const Pattern* pattern;
    };

    Node take_node(std::vector<Item>::const_iterator begin, std::vector<Item>::const_iterator end);
    void add_prefix(std::string_view literal, Node node);

    static constexpr std::uint32_t kNoPrefix = 0;  // prefixes count from 1
    static constexpr std::size_t kSpelled = 2;

    std::vector<Entry> entries_;
    std::vector<Node> exact_nodes_;
    std::unordered_map<std::string_view, std::uint32_t> exact_;  // into exact_nodes_
    std::vector<Prefix> prefixes_;                               // by literal
    std::array<std::vector<Tried>, kRuleClasses> tried_;         // ascending
};

template <class Wanted>
Rank NameIndex::first(RuleClass rule_class, Operation operation, const Found& found, Reach reach,
                      Wanted wanted) const {
    const auto c = static_cast<std::size_t>(rule_class);
    Rank best = kNoRank;
    const auto look = [&](const Node& node) {
        for (std::uint32_t at = node.at[c]; at < node.at[c + 1]; ++at) {
            const Entry& entry = entries_[at];
            if (entry.rank >= best) return;
            if (!entry.operations.contains(operation) || !wanted(entry.rank)) continue;
            best = entry.rank;
            return;
        }
    };
    if (found.exact != nullptr) look(exact_nodes_[*found.exact]);
    for (std::uint32_t at = found.prefix; at != kNoPrefix; at = prefixes_[at - 1].shorter) {
        const Prefix& prefix = prefixes_[at - 1];
        if (reach == Reach::spelled && prefix.literal.size() < kSpelled) break;
        look(prefix.node);
    }
    for (const Tried& tried : tried_[c]) {
        if (tried.entry.rank >= best) break;
        if (!tried.entry.operations.contains(operation)) continue;
        if (reach == Reach::spelled && tried.pattern->literal().size() < kSpelled) continue;
        if (!tried.pattern->matches(found.name) || !wanted(tried.entry.rank)) continue;
        best = tried.entry.rank;
    }
    return best;
}

}  // namespace sluice::policy
