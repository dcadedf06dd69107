#include "policy/name_index.h"

#include <algorithm>
#include <tuple>

namespace sluice::policy {

namespace {

// What a pattern must spell out to reach an internal topic: `__`.
constexpr std::size_t kSpelled = 2;

bool begins_with(std::string_view text, std::string_view begin) {
    return text.substr(0, begin.size()) == begin;
}
bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}
// Negative, zero, positive, as of the texts read backwards.
int compare_backwards(std::string_view a, std::string_view b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 1; i <= common; ++i) {
        const auto x = static_cast<unsigned char>(a[a.size() - i]);
        const auto y = static_cast<unsigned char>(b[b.size() - i]);
        if (x != y) return x < y ? -1 : 1;
    }
    return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

}  // namespace

struct NameIndex::Placed {
    Table table;
    std::string_view literal;
    RuleClass rule_class;
    Entry entry;

    [[nodiscard]] bool same_node(const Placed& other) const {
        return table == other.table && literal == other.literal;
    }
    bool operator<(const Placed& other) const {
        if (table != other.table) return table < other.table;
        const int order = table == Table::ending ? compare_backwards(literal, other.literal)
                                                 : literal.compare(other.literal);
        if (order != 0) return order < 0;
        return std::tie(rule_class, entry.rank) < std::tie(other.rule_class, other.entry.rank);
    }
};

NameIndex::Placed NameIndex::place(const Item& item) {
    Placed placed{
        Table::beginning, {}, item.rule_class, {item.operations, item.rank, item.pattern, false}};
    if (item.pattern == nullptr) return placed;
    const Pattern& pattern = *item.pattern;
    placed.entry.spelled = pattern.literal().size() >= kSpelled;
    if (pattern.kind() == Pattern::Kind::regex) return placed;
    placed.literal = pattern.literal();
    if (pattern.kind() == Pattern::Kind::exact) placed.table = Table::exact;
    if (pattern.kind() == Pattern::Kind::exact || pattern.kind() == Pattern::Kind::prefix) {
        placed.entry.tried = nullptr;
    } else if (pattern.ending().size() > placed.literal.size()) {
        placed.table = Table::ending;
        placed.literal = pattern.ending();
        if (pattern.is_ending()) placed.entry.tried = nullptr;
    }
    return placed;
}

NameIndex::NameIndex(const std::vector<Item>& items) {
    std::vector<Placed> all;
    all.reserve(items.size());
    for (const Item& item : items) all.push_back(place(item));
    std::sort(all.begin(), all.end());
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
        while (end < all.size() && all[end].same_node(all[begin])) ++end;
        const auto number = static_cast<std::uint32_t>(nodes_.size());
        if (all[begin].table == Table::exact) exact_.emplace(all[begin].literal, number);
        if (all[begin].table <= Table::exact) beginnings_ = number + 1;
        if (all[begin].table <= Table::beginning) endings_ = number + 1;
        nodes_.push_back(make_node(all, begin, end));
    }
}

NameIndex::Node NameIndex::make_node(const std::vector<Placed>& placed, std::size_t begin,
                                     std::size_t end) {
    Node node;
    node.literal = placed[begin].literal;
    const Table table = placed[begin].table;
    // Literals ascend: what the last one begins with, or it itself, is all that this one can begin
    // with.
    const std::uint32_t first = table == Table::ending ? endings_ : beginnings_;
    auto shorter = static_cast<std::uint32_t>(nodes_.size() - 1);
    if (table == Table::exact || shorter < first) shorter = kNoNode;
    while (shorter != kNoNode &&
           !(table == Table::ending ? ends_with(node.literal, nodes_[shorter].literal)
                                    : begins_with(node.literal, nodes_[shorter].literal)))
        shorter = nodes_[shorter].shorter;
    node.shorter = shorter;
    for (std::size_t c = 0; c < kRuleClasses; ++c) {
        node.at[c] = static_cast<std::uint32_t>(entries_.size());
        // A denial or a grant that says nothing which one of a lower rank does not is never first.
        Operations covered;
        Operations covered_spelled;
        for (; begin < end && static_cast<std::size_t>(placed[begin].rule_class) == c; ++begin) {
            const Entry& entry = placed[begin].entry;
            if ((entry.spelled ? covered_spelled : covered).contains(entry.operations)) continue;
            entries_.push_back(entry);
            if (placed[begin].rule_class == RuleClass::hold || entry.tried != nullptr) continue;
            covered |= entry.operations;
            if (entry.spelled) covered_spelled |= entry.operations;
        }
    }
    node.at[kRuleClasses] = static_cast<std::uint32_t>(entries_.size());
    return node;
}

NameIndex::Found NameIndex::find(std::string_view name) const {
    Found found;
    found.name = name;
    if (!exact_.empty()) {
        const auto exact = exact_.find(name);
        if (exact != exact_.end()) found.exact = exact->second;
    }
    found.beginning = find_beginning(name);
    found.ending = find_ending(name);
    return found;
}

// Every beginning of the name that is here is the last literal not behind it, or one that this
// begins with.
std::uint32_t NameIndex::find_beginning(std::string_view name) const {
    const auto first = nodes_.begin() + beginnings_;
    const auto behind = std::upper_bound(
        first, nodes_.begin() + endings_, name,
        [](std::string_view wanted, const Node& node) { return wanted < node.literal; });
    if (behind == first) return kNoNode;
    auto at = static_cast<std::uint32_t>(behind - nodes_.begin() - 1);
    while (at != kNoNode && !begins_with(name, nodes_[at].literal)) at = nodes_[at].shorter;
    return at;
}

std::uint32_t NameIndex::find_ending(std::string_view name) const {
    const auto first = nodes_.begin() + endings_;
    const auto behind =
        std::upper_bound(first, nodes_.end(), name, [](std::string_view wanted, const Node& node) {
            return compare_backwards(wanted, node.literal) < 0;
        });
    if (behind == first) return kNoNode;
    auto at = static_cast<std::uint32_t>(behind - nodes_.begin() - 1);
    while (at != kNoNode && !ends_with(name, nodes_[at].literal)) at = nodes_[at].shorter;
    return at;
}

}  // namespace sluice::policy
