#include "policy/name_index.h"

#include <tuple>

namespace sluice::policy {

namespace {

Pattern::Kind kind_of(const NameIndex::Item& item) {
    return item.pattern == nullptr ? Pattern::Kind::prefix : item.pattern->kind();
}
std::string_view literal_of(const NameIndex::Item& item) {
    return item.pattern == nullptr ? std::string_view() : item.pattern->literal();
}
bool is_tried(const NameIndex::Item& item) {
    return kind_of(item) == Pattern::Kind::glob || kind_of(item) == Pattern::Kind::regex;
}
auto node_key(const NameIndex::Item& item) {
    return std::tuple(kind_of(item), literal_of(item));
}

}  // namespace

NameIndex::NameIndex(std::vector<Item> items) {
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
        return std::tuple_cat(node_key(a), std::tuple(a.rule_class, a.rank)) <
               std::tuple_cat(node_key(b), std::tuple(b.rule_class, b.rank));
    });
    for (auto begin = items.cbegin(); begin != items.cend();) {
        auto end = begin;
        while (end != items.cend() && node_key(*end) == node_key(*begin)) ++end;
        if (is_tried(*begin)) {
            for (auto item = begin; item != end; ++item)
                tried_[static_cast<std::size_t>(item->rule_class)].push_back(
                    {{item->operations, item->rank}, item->pattern});
        } else if (kind_of(*begin) == Pattern::Kind::exact) {
            exact_.emplace(literal_of(*begin), static_cast<std::uint32_t>(exact_nodes_.size()));
            exact_nodes_.push_back(take_node(begin, end));
        } else {
            add_prefix(literal_of(*begin), take_node(begin, end));
        }
        begin = end;
    }
    for (auto& list : tried_)
        std::stable_sort(list.begin(), list.end(), [](const Tried& a, const Tried& b) {
            return a.entry.rank < b.entry.rank;
        });
}

NameIndex::Node NameIndex::take_node(std::vector<Item>::const_iterator begin,
                                     std::vector<Item>::const_iterator end) {
    Node node;
    auto item = begin;
    for (std::size_t c = 0; c < kRuleClasses; ++c) {
        node.at[c] = static_cast<std::uint32_t>(entries_.size());
        // A denial or a grant that says nothing which one of a lower rank does not is never first.
        const bool conditional = static_cast<RuleClass>(c) == RuleClass::hold;
        Operations covered;
        for (; item != end && static_cast<std::size_t>(item->rule_class) == c; ++item) {
            if (!conditional && covered.contains(item->operations)) continue;
            covered |= item->operations;
            entries_.push_back({item->operations, item->rank});
        }
    }
    node.at[kRuleClasses] = static_cast<std::uint32_t>(entries_.size());
    return node;
}

void NameIndex::add_prefix(std::string_view literal, Node node) {
    // They come in ascending order: what the last one begins with, or it itself, is what this one
    // can begin with.
    auto shorter = static_cast<std::uint32_t>(prefixes_.size());
    while (shorter != kNoPrefix) {
        const std::string_view candidate = prefixes_[shorter - 1].literal;
        if (literal.substr(0, candidate.size()) == candidate) break;
        shorter = prefixes_[shorter - 1].shorter;
    }
    prefixes_.push_back({literal, shorter, node});
}

NameIndex::Found NameIndex::find(std::string_view name) const {
    Found found;
    found.name = name;
    if (!exact_.empty()) {
        const auto exact = exact_.find(name);
        if (exact != exact_.end()) found.exact = &exact->second;
    }
    // Every beginning of the name is the last literal not behind it, or one that this begins with.
    const auto behind = std::upper_bound(
        prefixes_.begin(), prefixes_.end(), name,
        [](std::string_view wanted, const Prefix& prefix) { return wanted < prefix.literal; });
    found.prefix = static_cast<std::uint32_t>(behind - prefixes_.begin());
    while (found.prefix != kNoPrefix) {
        const std::string_view literal = prefixes_[found.prefix - 1].literal;
        if (name.substr(0, literal.size()) == literal) break;
        found.prefix = prefixes_[found.prefix - 1].shorter;
    }
    return found;
}

}  // namespace sluice::policy
