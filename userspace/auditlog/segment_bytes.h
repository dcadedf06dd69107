// segment_bytes.h: the bytes of one segment, wherever and in whatever form its file has them.
//
// What all readers of segments read through: offsets are those of the segment, as FORMAT.md
// describes it, never those of a compressed file. Reading at any offset costs at most one frame of
// a compressed file. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

class SegmentBytes {
  public:
    virtual ~SegmentBytes() = default;
    // Of the segment that is being written: as it is now.
    [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
    // Fills `to` with the bytes from `offset` on, or as much of it as there is. Returns how much.
    // Errors: io; corrupt (what stands there cannot be read as what was written).
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<Byte> to) = 0;
    // After a read that was `corrupt`: where in the file, which is not where in the segment.
    [[nodiscard]] virtual std::uint64_t failed_at() const { return 0; }
};

// `path` is that of either form. A plain segment that was compressed since it was listed is found
// all the same. Errors: io, permission, and for a compressed one what is wrong with its frame
// table (frame_table.h), with the file's name.
Result<std::unique_ptr<SegmentBytes>> open_segment_bytes(const std::filesystem::path& path);

// Of the file as it is. Reads with pread, never mmap: the sequencer may be writing or trimming it
// meanwhile.
Result<std::unique_ptr<SegmentBytes>> open_plain_bytes(const std::filesystem::path& path);

}  // namespace sluice::auditlog
