// merkle.h: the hash tree over the entries of a log, as RFC 6962 section 2.1 defines it: hashes of
// leaves and nodes, and a tree that grows at its right end.
//
// Holds no leaves: a frontier knows just enough to add one and to tell the root, whatever the size.
// Proofs are in tree_proof.h.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"

namespace sluice::audit {

// SHA-256(0x00 || entry)
Digest leaf_hash(Bytes entry);
// SHA-256(0x01 || left || right)
Digest node_hash(const Digest& left, const Digest& right);

// A node whose leaves are all there: the root of leaves [index << level, (index + 1) << level).
struct Node {
    unsigned level = 0;
    std::uint64_t index = 0;
    bool operator==(const Node&) const = default;
};

class Frontier {
  public:
    Frontier() = default;
    // Of a tree of `size` leaves: the roots of its complete subtrees, the largest (leftmost) first,
    // one for each bit that is set in `size`. Errors: malformed where there are more or fewer.
    static Result<Frontier> from(std::uint64_t size, std::vector<Digest> subtrees);

    void add(const Digest& leaf) {
        add(leaf, [](const Node&, const Digest&) {});
    }
    // Calls visit(Node, Digest) for each node above the leaves that this leaf completes, lowest
    // first.
    template <class Visit>
    void add(const Digest& leaf, Visit&& visit) {
        Digest digest = leaf;
        unsigned level = 0;
        for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
            digest = node_hash(subtrees_.back(), digest);
            subtrees_.pop_back();
            visit(Node{++level, size_ >> level}, digest);
        }
        subtrees_.push_back(digest);
        ++size_;
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }
    // Of no leaf: SHA-256 of nothing.
    [[nodiscard]] Digest root() const;
    [[nodiscard]] std::span<const Digest> subtrees() const { return subtrees_; }
    bool operator==(const Frontier&) const = default;

  private:
    std::uint64_t size_ = 0;
    std::vector<Digest> subtrees_;
};

}  // namespace sluice::audit
