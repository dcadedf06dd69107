// segment_writer.h: the end of the log on disk: one open segment, and what the next block builds
// on.
//
// Not thread-safe; the sequencer owns it. INVARIANT: after a failed write or sync nothing is
// written to that file again (the kernel may have dropped pages it could not write): the next block
// goes to a new segment, which says so in its header. A segment that held no entry yet is replaced,
// so that a disk that goes on failing does not fill up with empty ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audit/merkle.h"
#include "auditlog/file.h"
#include "auditlog/tiles.h"
#include "base/time.h"
#include "base/types.h"

namespace sluice::auditlog {

// Where the log ends: in which segment (`bytes` 0: there is none yet), after which entry.
struct LogEnd {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;  // of the newest segment, as far as it is log
    std::uint32_t mark = 0;
    std::int64_t created_ns = 0;
    std::uint64_t previous_bytes = 0;  // as in its header
    bool previous_abandoned = false;
    audit::Frontier tree;  // of all entries
    [[nodiscard]] std::uint64_t next_index() const { return tree.size(); }
    bool operator==(const LogEnd&) const = default;
};

struct WriterOptions {
    std::filesystem::path directory;
    std::string origin;
    std::uint64_t segment_bytes_max = 0;
};

class SegmentWriter {
  public:
    // A log without a segment yet.
    SegmentWriter(FileSystem& files, WriterOptions options);
    // A log that ends at `end`, in the open `newest`; `tiles` have all nodes up to there.
    SegmentWriter(FileSystem& files, WriterOptions options, const LogEnd& end,
                  std::unique_ptr<File> newest, TileWriter tiles);

    // Creates the first segment where there is none.
    Status start(Instant now);
    // One block of these entries; when this returns ok, it is durable. `pieces` hold whole entries
    // as they stand on disk. Rolls to a new segment where the block does not fit, the segment is
    // old, or an earlier append failed. After an error the same entries may be given again.
    Status append(const std::vector<Bytes>& pieces, std::uint64_t entries, Instant now);
    // Gives back disk space taken ahead. The writer is done.
    Status close();
    [[nodiscard]] const LogEnd& end() const { return end_; }

  private:
    Status start_segment(Instant now);
    [[nodiscard]] bool must_roll(std::uint64_t block_bytes, Instant now) const;
    Status write_block(const std::vector<Bytes>& pieces, std::uint64_t entries,
                       std::uint64_t body_bytes);
    Status take_space(std::uint64_t up_to);
    void abandon();

    FileSystem& files_;
    const WriterOptions options_;
    LogEnd end_;
    TileWriter tiles_;
    std::unique_ptr<File> file_;     // none: the next append starts a segment
    std::uint64_t space_taken_ = 0;  // bytes of the file that are allocated already
    bool abandoned_ = false;  // the newest segment may hold a block that is not part of the log
};

}  // namespace sluice::auditlog
