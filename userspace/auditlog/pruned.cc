#include "auditlog/pruned.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "audit/tree_proof.h"
#include "auditlog/side_file.h"
#include "base/crc32c.h"

namespace sluice::auditlog {
namespace {

constexpr std::string_view kMagic = "SLUICEPR";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeadBytes = 32, kCrcBytes = 4;

}  // namespace

Buffer encode_pruned(const Pruned& pruned) {
    Buffer out;
    append(out, as_bytes(kMagic));
    append_be(out, kVersion);
    append_be(out, static_cast<std::uint32_t>(pruned.leaves.size()));
    append_be(out, pruned.first_segment);
    append_be(out, pruned.first_index);
    for (const Digest& leaf : pruned.leaves) append(out, leaf.bytes);
    append_be(out, crc32c(out));
    return out;
}

Result<Pruned> decode_pruned(Bytes bytes) {
    if (bytes.size() < kHeadBytes + kCrcBytes || as_text(bytes.first(kMagic.size())) != kMagic)
        return Error{Errc::malformed, "not the file of a log that dropped entries"};
    if (crc32c(bytes.first(bytes.size() - kCrcBytes)) !=
        load_be<std::uint32_t>(bytes.data() + bytes.size() - kCrcBytes))
        return Error{Errc::corrupt, "the checksum does not match"};
    if (load_be<std::uint32_t>(bytes.data() + 8) != kVersion)
        return Error{Errc::unsupported, "of a later version"};
    Pruned pruned;
    const std::size_t leaves = load_be<std::uint32_t>(bytes.data() + 12);
    pruned.first_segment = load_be<std::uint64_t>(bytes.data() + 16);
    pruned.first_index = load_be<std::uint64_t>(bytes.data() + 24);
    if (leaves != pruned.first_index % audit::Tile::kWidth ||
        bytes.size() != kHeadBytes + leaves * sizeof(Digest) + kCrcBytes ||
        pruned.first_segment == 0 || pruned.first_index == 0)
        return Error{Errc::malformed, "its numbers do not fit each other"};
    pruned.leaves.resize(leaves);
    for (std::size_t i = 0; i < leaves; ++i)
        std::ranges::copy(bytes.subspan(kHeadBytes + i * sizeof(Digest), sizeof(Digest)),
                          pruned.leaves[i].bytes.begin());
    return pruned;
}

Result<Pruned> read_pruned(const std::filesystem::path& directory) {
    const auto path = directory / kPrunedFile;
    const auto bytes = read_side_file(path);
    if (!bytes) return bytes.error();
    if (!*bytes) return Pruned();
    auto pruned = decode_pruned(**bytes);
    if (!pruned) return std::move(pruned).error().in(path.string());
    return pruned;
}

Status write_pruned(FileSystem& files, const std::filesystem::path& directory,
                    const Pruned& pruned) {
    const auto put =
        put_file(files, directory / "pruned.tmp", directory / kPrunedFile, encode_pruned(pruned));
    return put ? ok() : Status(put.error());
}

bool leads_to(const Pruned& pruned, const audit::Frontier& tree) {
    if (pruned.first_index != tree.size()) return false;
    audit::Frontier tile;
    for (const Digest& leaf : pruned.leaves) tile.add(leaf);
    const auto all = tree.subtrees();
    return std::ranges::equal(tile.subtrees(), all.last(tile.subtrees().size()));
}

}  // namespace sluice::auditlog
