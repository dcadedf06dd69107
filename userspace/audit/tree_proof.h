// tree_proof.h: proofs about a log's tree, made and checked: that an entry is in it (RFC 6962
// section 2.1.1), and that a smaller tree is the beginning of it (2.1.2).
//
// A check trusts nothing but the roots it is given. Whoever makes a proof reads complete nodes from
// somewhere; this file does not know where.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audit/merkle.h"
#include "base/result.h"
#include "base/types.h"

namespace sluice::audit {

// Hashes from the bottom to the top.
using TreeProof = std::vector<Digest>;
using NodeReader = std::function<Result<Digest>(const Node&)>;

// All errors are those of the reader. `size` is at least 1 and counts no leaf that is not there.
Result<Digest> read_root(std::uint64_t size, const NodeReader& read);
// `index` < `size`.
Result<TreeProof> prove_inclusion(std::uint64_t index, std::uint64_t size, const NodeReader& read);
// 0 < `before` <= `size`.
Result<TreeProof> prove_consistency(std::uint64_t before, std::uint64_t size,
                                    const NodeReader& read);

// Is `leaf` the leaf with this index in the tree of `size` leaves with this root?
bool is_included(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                 std::span<const Digest> proof, const Digest& root);
struct TreeHead {
    std::uint64_t size = 0;
    Digest root;
    bool operator==(const TreeHead&) const = default;
};
// Is the tree `before` the beginning of the tree `after`? The empty tree is that of every one.
bool is_consistent(const TreeHead& before, const TreeHead& after, std::span<const Digest> proof);

// Where a tile stands, as C2SP tlog-tiles names it below a log's prefix: "tile/1/x001/234", with
// ".p/W" where it has not 256 hashes yet.
struct Tile {
    static constexpr unsigned kHeight = 8;  // 256 hashes wide
    static constexpr std::uint64_t kWidth = 1u << kHeight;
    static constexpr int kEntries = -1;  // the level of bundles of entries: "tile/entries/067"
    int level = 0;
    std::uint64_t number = 0;
    unsigned width = kWidth;
    bool operator==(const Tile&) const = default;
};
std::string path_of(const Tile& tile);
// Errors: malformed for everything that path_of() does not say.
Result<Tile> tile_of(std::string_view path);

}  // namespace sluice::audit
