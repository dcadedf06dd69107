// name_index.h: which rules bear on a name, found without trying each pattern.
//
// Exact names are hashed. Every other pattern is kept by the longer of its literal ends: "orders.*"
// by its beginning, "*.dlq" by its end, "a*-b-?" by "a". The ends that a name has are found by
// bisection; a pattern that is more than its end is then tried. Only those without any literal end
// ("*a*", "re:...") are tried for every name.
//
// Rules are numbers here, their ranks: of several, the lowest is wanted. Points into the patterns
// it was built from.
#pragma once

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
    explicit NameIndex(const std::vector<Item>& items);

    // Where the patterns are that a name may match.
    class Found {
      private:
        friend class NameIndex;
        std::string_view name;
        std::uint32_t exact = 0;
        std::uint32_t beginning = 0;
        std::uint32_t ending = 0;
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
        const Pattern* tried;  // null: being here is to match
        bool spelled;
    };
    // The entries of one exact name, beginning or end: those of class c are in entries_ from at[c]
    // to at[c + 1], ascending.
    struct Node {
        std::string_view literal;
        std::uint32_t shorter = kNoNode;  // the longest other literal of this table it begins with
        std::array<std::uint32_t, kRuleClasses + 1> at{};
    };
    enum class Table : std::uint8_t { exact, beginning, ending };
    struct Placed;

    static Placed place(const Item& item);
    Node make_node(const std::vector<Placed>& placed, std::size_t begin, std::size_t end);
    std::uint32_t find_beginning(std::string_view name) const;
    std::uint32_t find_ending(std::string_view name) const;

    static constexpr std::uint32_t kNoNode = 0;  // nodes count from 1

    std::vector<Entry> entries_;
    std::vector<Node> nodes_{1};
    std::unordered_map<std::string_view, std::uint32_t> exact_;
    // Nodes from first to last, by literal; those of ends by the literal read backwards.
    std::uint32_t beginnings_ = 1;
    std::uint32_t endings_ = 1;
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
            if (!entry.operations.contains(operation)) continue;
            if (reach == Reach::spelled && !entry.spelled) continue;
            if (entry.tried != nullptr && !entry.tried->matches(found.name)) continue;
            if (wanted(entry.rank)) best = entry.rank;
        }
    };
    if (found.exact != kNoNode) look(nodes_[found.exact]);
    for (std::uint32_t at = found.beginning; at != kNoNode; at = nodes_[at].shorter)
        look(nodes_[at]);
    for (std::uint32_t at = found.ending; at != kNoNode; at = nodes_[at].shorter) look(nodes_[at]);
    return best;
}

}  // namespace sluice::policy
