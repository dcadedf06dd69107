// frame_table.h: the end of a compressed segment: where each of its frames stands, and what of the
// segment is in it (FORMAT.md, section 4).
//
// Bytes only; reads no file and decompresses nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

// Where a part of a segment stands in the compressed file.
struct Frame {
    std::uint64_t file_offset = 0;
    std::uint32_t file_bytes = 0;
    std::uint32_t crc = 0;    // of these bytes
    std::uint32_t bytes = 0;  // of the segment
    bool operator==(const Frame&) const = default;
};

class FrameTable {
  public:
    // Each frame holds `frame_bytes` of the segment, the last one what is left.
    FrameTable(std::uint64_t segment_bytes, std::uint32_t frame_bytes);

    // The next frame, as it was written.
    void add(Bytes compressed);
    [[nodiscard]] std::uint64_t segment_bytes() const { return segment_bytes_; }
    [[nodiscard]] std::uint32_t frame_bytes() const { return frame_bytes_; }
    [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }
    // What stands after the last frame: passed over by whoever decompresses the whole file.
    [[nodiscard]] Buffer encode() const;

    // How many bytes before the file's end the table begins. `end`: the file's last kEndBytes.
    static constexpr std::size_t kEndBytes = 28;
    static Result<std::size_t> encoded_bytes(Bytes end);
    // `encoded`: all of it, in a file of `file_bytes`. Errors: malformed, corrupt (checksum),
    // too_large.
    static Result<FrameTable> decode(Bytes encoded, std::uint64_t file_bytes);
    bool operator==(const FrameTable&) const = default;

  private:
    std::uint64_t segment_bytes_;
    std::uint32_t frame_bytes_;
    std::uint64_t file_offset_ = 0;  // of the next frame
    std::vector<Frame> frames_;
};

}  // namespace sluice::auditlog
