// trees.h: hash trees for tests, straight from the definition and as slow as that.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "audit/merkle.h"

namespace sluice::audit::testing {

inline std::string hex(const Digest& digest) {
    std::string text;
    for (const Byte byte : digest.bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        text += two;
    }
    return text;
}

// Entry n is the text of n.
class Tree {
  public:
    explicit Tree(std::uint64_t size) {
        for (std::uint64_t n = 0; n < size; ++n)
            leaves_.push_back(leaf_hash(as_bytes(std::to_string(n))));
    }
    [[nodiscard]] const Digest& leaf(std::uint64_t n) const { return leaves_.at(n); }
    // MTH(D[from:to]) of RFC 6962.
    [[nodiscard]] Digest root(std::uint64_t from, std::uint64_t to) const {
        if (from == to) return Frontier().root();
        if (to - from == 1) return leaf(from);
        std::uint64_t split = 1;
        while (2 * split < to - from) split *= 2;
        return node_hash(root(from, from + split), root(from + split, to));
    }
    [[nodiscard]] Digest at(const Node& node) const {
        return root(node.index << node.level, (node.index + 1) << node.level);
    }

  private:
    std::vector<Digest> leaves_;
};

}  // namespace sluice::audit::testing
