// scan.h: the blocks of one segment, in order or from a place on that the caller knows, each
// checked as it is read.
//
// Says where the blocks end and why, but not whether that is damage: that depends on the segment
// after it, which the caller knows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "audit/segment.h"
#include "auditlog/segment_bytes.h"
#include "auditlog/segment_name.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

class SegmentScan {
  public:
    // Errors: io, permission (file), and those of decode_segment_header, with the file's name.
    static Result<SegmentScan> open(const SegmentFile& file);

    [[nodiscard]] const audit::SegmentHeader& header() const { return header_; }
    // Byte offset in the segment of the next block, or of what is no block.
    [[nodiscard]] std::uint64_t position() const { return position_; }
    // Go on there: where a block begins, as position() once said. One that is wrong is `broken`.
    void seek(std::uint64_t position);
    // Of the whole segment. Errors: io.
    [[nodiscard]] Result<std::uint64_t> size() { return bytes_->size(); }

    enum class Step {
        block,   // `block` is set, and valid until the next call
        end,     // the segment ends here
        zeros,   // zeros where a block header would be: space taken ahead
        broken,  // something else that is no good block: why() tells
        failed,  // it could not be read: error() tells
    };
    // Stays where it is until there is a block: a scan of the newest segment may be asked again
    // later.
    Step next(audit::Block& block);
    [[nodiscard]] const std::string& why() const { return error_.context; }
    [[nodiscard]] const Error& error() const { return error_; }
    // Where in the file, after a failure that is `corrupt`: see SegmentBytes.
    [[nodiscard]] std::uint64_t failed_at() const { return bytes_->failed_at(); }
    // Up to `bytes_max` bytes from position() on, for a look at damage.
    Result<Buffer> rest(std::size_t bytes_max);
    // Where the last byte that is not 0 stands, plus one; at least position(). Errors: io.
    Result<std::uint64_t> content_end();

  private:
    SegmentScan(std::unique_ptr<SegmentBytes> bytes, audit::SegmentHeader header);
    // Makes `bytes` bytes from position() on available in window(), or as many as the file has.
    bool fill(std::size_t bytes);
    [[nodiscard]] Bytes window() const;
    Result<std::uint64_t> bytes_left();

    std::unique_ptr<SegmentBytes> bytes_;
    audit::SegmentHeader header_;
    std::uint64_t position_ = audit::kSegmentHeaderBytes;
    Buffer buffer_;
    std::size_t begin_ = 0, end_ = 0;  // the unread part of buffer_, which begins at position_
    std::size_t read_ahead_;           // how much the next read asks for
    Error error_{Errc::corrupt, ""};
};

}  // namespace sluice::auditlog
