#include "audit/tree_proof.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <utility>

#include "base/check.h"

namespace sluice::audit {
namespace {

// Where a tree of `size` > 1 leaves is split: the largest power of two below it.
std::uint64_t split_of(std::uint64_t size) {
    return std::bit_floor(size - 1);
}

// Leaves [from, to). INVARIANT: `from` is a multiple of the power of two that is not below to -
// from; so are the halves of such a range.
struct Range {
    std::uint64_t from, to;
    [[nodiscard]] std::uint64_t size() const { return to - from; }
    [[nodiscard]] Range left() const { return {from, from + split_of(size())}; }
    [[nodiscard]] Range right() const { return {from + split_of(size()), to}; }
};

Result<Digest> root_of(const Range& range, const NodeReader& read) {
    if (std::has_single_bit(range.size())) {
        const auto level = static_cast<unsigned>(std::countr_zero(range.size()));
        return read({level, range.from >> level});
    }
    auto left = root_of(range.left(), read);
    if (!left) return left;
    auto right = root_of(range.right(), read);
    if (!right) return right;
    return node_hash(*left, *right);
}

Status append_root(TreeProof& proof, const Range& range, const NodeReader& read) {
    auto root = root_of(range, read);
    if (!root) return std::move(root).error();
    proof.push_back(*root);
    return ok();
}

// PATH of RFC 6962.
Status append_path(TreeProof& proof, std::uint64_t index, const Range& range,
                   const NodeReader& read) {
    if (range.size() == 1) return ok();
    const bool left = index < range.left().to;
    auto below = append_path(proof, index, left ? range.left() : range.right(), read);
    if (!below) return below;
    return append_root(proof, left ? range.right() : range.left(), read);
}

// SUBPROOF of RFC 6962; `known`: its root is the one that the checker has.
Status append_subproof(TreeProof& proof, std::uint64_t before, const Range& range, bool known,
                       const NodeReader& read) {
    if (before == range.to) return known ? ok() : append_root(proof, range, read);
    const bool left = before <= range.left().to;
    auto below =
        append_subproof(proof, before, left ? range.left() : range.right(), known && left, read);
    if (!below) return below;
    return append_root(proof, left ? range.right() : range.left(), read);
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

std::string three_digits(std::uint64_t number) {
    std::string text = std::to_string(1000 + number);
    return text.substr(1);
}

std::string_view take_part(std::string_view& path) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return part;
}

}  // namespace

Result<Digest> read_root(std::uint64_t size, const NodeReader& read) {
    SLUICE_CHECK(size > 0);
    return root_of({0, size}, read);
}

Result<TreeProof> prove_inclusion(std::uint64_t index, std::uint64_t size, const NodeReader& read) {
    SLUICE_CHECK(index < size);
    TreeProof proof;
    auto done = append_path(proof, index, {0, size}, read);
    if (!done) return std::move(done).error();
    return proof;
}

Result<TreeProof> prove_consistency(std::uint64_t before, std::uint64_t size,
                                    const NodeReader& read) {
    SLUICE_CHECK(before > 0 && before <= size);
    TreeProof proof;
    auto done = append_subproof(proof, before, {0, size}, true, read);
    if (!done) return std::move(done).error();
    return proof;
}

// RFC 9162 section 2.1.3.2.
bool is_included(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                 std::span<const Digest> proof, const Digest& root) {
    if (index >= size) return false;
    std::uint64_t node = index, last = size - 1;
    Digest digest = leaf;
    for (const Digest& sibling : proof) {
        if (last == 0) return false;
        if ((node & 1) != 0 || node == last) {
            digest = node_hash(sibling, digest);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            digest = node_hash(digest, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && digest == root;
}

// RFC 9162 section 2.1.4.2.
bool is_consistent(const TreeHead& before, const TreeHead& after, std::span<const Digest> proof) {
    if (before.size > after.size) return false;
    if (before.size == 0) return proof.empty() && before.root == Frontier().root();
    if (before.size == after.size) return proof.empty() && before.root == after.root;
    // A tree of 2^n leaves is a node of the other one: its root opens the proof.
    TreeProof path;
    if (std::has_single_bit(before.size)) path.push_back(before.root);
    path.insert(path.end(), proof.begin(), proof.end());
    if (path.empty()) return false;
    std::uint64_t node = before.size - 1, last = after.size - 1;
    while ((node & 1) != 0) {
        node >>= 1;
        last >>= 1;
    }
    Digest first = path.front(), second = path.front();
    for (const Digest& sibling : std::span(path).subspan(1)) {
        if (last == 0) return false;
        if ((node & 1) != 0 || node == last) {
            first = node_hash(sibling, first);
            second = node_hash(sibling, second);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            second = node_hash(second, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && first == before.root && second == after.root;
}

std::string path_of(const Tile& tile) {
    std::string number = three_digits(tile.number % 1000);
    for (std::uint64_t rest = tile.number / 1000; rest > 0; rest /= 1000)
        number = "x" + three_digits(rest % 1000) + "/" + number;
    std::string path = "tile/";
    path += tile.level == Tile::kEntries ? "entries" : std::to_string(tile.level);
    path += "/" + number;
    if (tile.width < Tile::kWidth) path += ".p/" + std::to_string(tile.width);
    return path;
}

// Read leniently, then compared: what the other function would not write is no path.
Result<Tile> tile_of(std::string_view path) {
    const Error malformed{Errc::malformed, "no path of a tile"};
    std::string_view rest = path;
    if (take_part(rest) != "tile") return malformed;
    Tile tile;
    const std::string_view level = take_part(rest);
    constexpr std::uint64_t level_max = 63;
    const auto number = level == "entries" ? 0 : number_of(level).value_or(level_max + 1);
    if (number > level_max) return malformed;
    tile.level = level == "entries" ? Tile::kEntries : static_cast<int>(number);
    const std::size_t partial = rest.find(".p/");
    if (partial != std::string_view::npos) {
        const auto width = number_of(rest.substr(partial + 3));
        if (!width || *width == 0 || *width >= Tile::kWidth) return malformed;
        tile.width = static_cast<unsigned>(*width);
        rest = rest.substr(0, partial);
    }
    while (!rest.empty()) {
        std::string_view part = take_part(rest);
        if (part.starts_with('x')) part.remove_prefix(1);
        const auto digits = number_of(part);
        if (!digits || *digits > 999 || tile.number > UINT64_MAX / 1000 - 1) return malformed;
        tile.number = tile.number * 1000 + *digits;
    }
    if (path_of(tile) != path) return malformed;
    return tile;
}

}  // namespace sluice::audit
