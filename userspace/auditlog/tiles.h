// tiles.h: the nodes of a log's tree that are kept beside its segments: the root of every 256
// leaves, of every 65,536, and so on. What stands in the file of level L is the tiles of that level
// (C2SP tlog-tiles), one after the other.
//
// Derived: whatever is lost is computed again from the segments. The leaves themselves are not
// kept, their entries are. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/segment.h"
#include "audit/tree_proof.h"
#include "auditlog/file.h"
#include "base/result.h"

namespace sluice::auditlog {

// "tiles.1"
std::string tile_file_name(unsigned level);

// A tree that a block was added to, and that nobody has taken yet: the nodes of tiles which the
// block completes wait beside it.
struct GrownTree {
    audit::Frontier tree;
    std::vector<std::pair<audit::Node, Digest>> nodes = {};
    void add(Bytes body);
};

// Where the sequencer puts what it completes. Nothing is lost by a write that fails: it is tried
// again with the next one.
class TileWriter {
  public:
    TileWriter(FileSystem& files, std::filesystem::path directory);

    // Makes the files those of a tree of `size` leaves: cuts the rest, which a crash may have left
    // half written. Errors: truncated where they have less than that; io, permission.
    Status open(std::uint64_t size);
    // The same, for a log whose first `size` entries were dropped: hashes that are missing cannot
    // be computed again, and become zeros.
    Status open_dropped(std::uint64_t size);
    // A node that was completed; those of other levels are passed over. In the order of the tree.
    void add(const audit::Node& node, const Digest& digest);
    void add(const GrownTree& grown);
    // Puts what was added into the files, not yet onto the disk.
    Status flush();
    // Also onto the disk.
    Status sync();

  private:
    struct Level {
        std::unique_ptr<File> file;
        std::uint64_t hashes = 0;  // in the file
        Buffer pending;
    };
    Status cut(unsigned level, std::uint64_t hashes);

    FileSystem& files_;
    const std::filesystem::path directory_;
    std::map<unsigned, Level> levels_;  // 1, 2, ...
};

// Reads any complete node of a log's tree: from the tiles, and below them from the entries.
class TreeReader {
  public:
    explicit TreeReader(std::filesystem::path directory);
    // Errors: those of LogWalk; truncated where the log has no such leaves; unavailable where it
    // has dropped them.
    Result<Digest> read(const audit::Node& node);
    [[nodiscard]] audit::NodeReader reader() {
        return [this](const audit::Node& node) { return read(node); };
    }

  private:
    // `count` hashes of a level of tiles, 0 being leaves, from hash number `from` on.
    Result<std::vector<Digest>> hashes(unsigned level, std::uint64_t from, std::uint64_t count);
    Result<std::vector<Digest>> leaves(std::uint64_t from, std::uint64_t count);

    const std::filesystem::path directory_;
    std::uint64_t kept_from_ = 0;  // of leaves: a proof asks for neighbours
    std::vector<Digest> kept_;
};

// The entry with this index, as it stands in the log. Errors: those of LogWalk; truncated.
Result<Buffer> read_entry(const std::filesystem::path& directory, std::uint64_t index);

// The tree of all entries, with its tiles written anew. Errors: those of LogWalk and TileWriter.
Status rebuild_tiles(FileSystem& files, const std::filesystem::path& directory, std::uint64_t size);

}  // namespace sluice::auditlog
