#include "auditlog/tiles.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "auditlog/pruned.h"
#include "auditlog/walk.h"
#include "base/check.h"

namespace sluice::auditlog {
namespace {

using audit::Node;
using audit::Tile;

constexpr std::size_t kHashBytes = sizeof Digest::bytes;
// 256^7 leaves are more than anybody writes.
constexpr unsigned kLevelsMax = 7;
// Leaves: what is added meanwhile waits in memory.
constexpr std::uint64_t kFlushEvery = std::uint64_t{1} << 20;

std::uint64_t hashes_of(std::uint64_t leaves, unsigned level) {
    return leaves >> (Tile::kHeight * level);
}

std::uint64_t hashes_in(const std::filesystem::path& file) {
    std::error_code none;
    const auto bytes = std::filesystem::file_size(file, none);
    return none ? 0 : bytes / kHashBytes;
}

Digest root_of(const std::vector<Digest>& nodes) {
    audit::Frontier tree;
    for (const Digest& node : nodes) tree.add(node);
    return tree.root();
}

}  // namespace

std::string tile_file_name(unsigned level) {
    return "tiles." + std::to_string(level);
}

void GrownTree::add(Bytes body) {
    audit::add_block(tree, body, [this](const Node& node, const Digest& digest) {
        if (node.level % Tile::kHeight == 0) nodes.emplace_back(node, digest);
    });
}

TileWriter::TileWriter(FileSystem& files, std::filesystem::path directory)
    : files_(files), directory_(std::move(directory)) {}

Status TileWriter::open(std::uint64_t size) {
    levels_.clear();
    for (unsigned level = 1; level <= kLevelsMax; ++level) {
        const auto path = directory_ / tile_file_name(level);
        const std::uint64_t wanted = hashes_of(size, level), there = hashes_in(path);
        if (there < wanted)
            return Error{Errc::truncated, path.string() + " has " + std::to_string(there) +
                                              " hashes of " + std::to_string(wanted)};
        if (!std::filesystem::exists(path)) continue;
        auto done = cut(level, wanted);
        if (!done) return done;
    }
    return ok();
}

Status TileWriter::open_dropped(std::uint64_t size) {
    levels_.clear();
    for (unsigned level = 1; level <= kLevelsMax; ++level) {
        const auto path = directory_ / tile_file_name(level);
        const std::uint64_t wanted = hashes_of(size, level);
        if (!std::filesystem::exists(path)) {
            if (wanted == 0) continue;
            auto made = files_.create(path);
            if (!made) return std::move(made).error();
        }
        auto done = cut(level, wanted);
        if (!done) return done;
    }
    return ok();
}

Status TileWriter::cut(unsigned level, std::uint64_t hashes) {
    auto file = files_.open(directory_ / tile_file_name(level));
    if (!file) return std::move(file).error();
    auto done = (*file)->truncate(hashes * kHashBytes);
    if (done) levels_[level] = {*std::move(file), hashes, {}};
    return done;
}

void TileWriter::add(const Node& node, const Digest& digest) {
    if (node.level % Tile::kHeight != 0) return;
    const unsigned level = node.level / Tile::kHeight;
    Level& of_level = levels_[level];
    SLUICE_CHECK(node.index == of_level.hashes + of_level.pending.size() / kHashBytes);
    append(of_level.pending, digest.bytes);
}

void TileWriter::add(const GrownTree& grown) {
    for (const auto& [node, digest] : grown.nodes) add(node, digest);
}

Status TileWriter::flush() {
    for (auto& [level, of_level] : levels_) {
        if (of_level.pending.empty()) continue;
        if (of_level.file == nullptr) {
            auto file = files_.create(directory_ / tile_file_name(level));
            if (!file) return std::move(file).error();
            of_level.file = *std::move(file);
        }
        iovec piece{of_level.pending.data(), of_level.pending.size()};
        auto written = write_all(*of_level.file, {&piece, 1}, of_level.hashes * kHashBytes);
        if (!written) return written;
        of_level.hashes += of_level.pending.size() / kHashBytes;
        of_level.pending.clear();
    }
    return ok();
}

Status TileWriter::sync() {
    auto status = flush();
    for (auto& [level, of_level] : levels_)
        if (status && of_level.file != nullptr) status = of_level.file->fdatasync();
    if (status && !levels_.empty()) status = files_.sync_directory(directory_);
    return status;
}

TreeReader::TreeReader(std::filesystem::path directory) : directory_(std::move(directory)) {}

// What the files do not have yet, one level below has.
Result<Digest> TreeReader::read(const Node& node) {
    unsigned level = std::min(node.level / Tile::kHeight, kLevelsMax);
    while (true) {
        const unsigned height = node.level - level * Tile::kHeight;
        const std::uint64_t from = node.index << height, count = std::uint64_t{1} << height;
        const auto found = hashes(level, from, count);
        if (found) return root_of(*found);
        if (level == 0 || found.error().code != Errc::truncated) return found.error();
        --level;
    }
}

Result<std::vector<Digest>> TreeReader::hashes(unsigned level, std::uint64_t from,
                                               std::uint64_t count) {
    if (level == 0) return leaves(from, count);
    const auto path = directory_ / tile_file_name(level);
    const Error fewer{Errc::truncated, path.string() + " has fewer hashes"};
    if (hashes_in(path) < from + count) return fewer;
    std::ifstream file(path, std::ios::binary);
    std::vector<Digest> read(static_cast<std::size_t>(count));
    file.seekg(static_cast<std::streamoff>(from * kHashBytes));
    for (Digest& digest : read) file.read(reinterpret_cast<char*>(digest.bytes.data()), kHashBytes);
    if (!file) return fewer;
    if (std::ranges::find(read, Digest()) != read.end())
        return Error{Errc::unavailable,
                     path.string() + " lost a hash of entries that were dropped"};
    return read;
}

// Whole tiles of them: reading one more costs nothing beside finding the place.
Result<std::vector<Digest>> TreeReader::leaves(std::uint64_t from, std::uint64_t count) {
    const bool kept = from >= kept_from_ && from + count <= kept_from_ + kept_.size();
    if (!kept) {
        kept_from_ = from / Tile::kWidth * Tile::kWidth;
        kept_.clear();
        const std::uint64_t up_to =
            std::max(from + count, kept_from_ + std::uint64_t{Tile::kWidth});
        auto pruned = read_pruned(directory_);
        if (!pruned) return std::move(pruned).error();
        if (pruned->first_index >= kept_from_ + Tile::kWidth)
            return Error{Errc::unavailable,
                         "entry " + std::to_string(from) + " was dropped by retention"};
        if (pruned->first_index > kept_from_) kept_ = std::move(pruned->leaves);
        auto walk = LogWalk::open(directory_, kept_from_);
        if (!walk) return std::move(walk).error();
        auto read = walk->each_entry([&](std::uint64_t index, Bytes entry) {
            if (index == kept_from_ + kept_.size()) kept_.push_back(audit::leaf_hash(entry));
            return index + 1 < up_to;
        });
        if (!read) return std::move(read).error();
    }
    if (from + count > kept_from_ + kept_.size())
        return Error{Errc::truncated, "the log has no entry " + std::to_string(from + count - 1)};
    const auto begin = kept_.begin() + static_cast<std::ptrdiff_t>(from - kept_from_);
    return std::vector<Digest>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

Result<Buffer> read_entry(const std::filesystem::path& directory, std::uint64_t index) {
    auto walk = LogWalk::open(directory, index);
    if (!walk) return std::move(walk).error();
    Buffer found;
    std::uint64_t seen = 0;
    auto read = walk->each_entry([&](std::uint64_t at, Bytes entry) {
        seen = at;
        if (at == index) found.assign(entry.begin(), entry.end());
        return at < index;
    });
    if (!read) return std::move(read).error();
    if (seen > index)
        return Error{Errc::unavailable,
                     "entry " + std::to_string(index) + " is no longer in the log"};
    if (found.empty())
        return Error{Errc::truncated, "the log has no entry " + std::to_string(index)};
    return found;
}

Status rebuild_tiles(FileSystem& files, const std::filesystem::path& directory,
                     std::uint64_t size) {
    TileWriter tiles(files, directory);
    if (size == 0) return tiles.open(0);
    auto walk = LogWalk::open(directory);
    if (!walk) return std::move(walk).error();
    audit::Frontier tree = walk->segment_tree();  // of what retention dropped
    auto status = tree.size() == 0 ? tiles.open(0) : tiles.open_dropped(tree.size());
    if (!status || tree.size() >= size) return status ? tiles.sync() : status;
    auto read = walk->each_entry([&](std::uint64_t, Bytes entry) {
        tree.add(audit::leaf_hash(entry),
                 [&](const Node& node, const Digest& digest) { tiles.add(node, digest); });
        if (tree.size() % kFlushEvery == 0) status = tiles.flush();
        return status && tree.size() < size;
    });
    if (!read) return read;
    if (!status) return status;
    return tiles.sync();
}

}  // namespace sluice::auditlog
