#include "auditlog/segment_writer.h"

#include <algorithm>
#include <random>
#include <utility>

#include "audit/segment.h"
#include "auditlog/segment_name.h"
#include "base/crc32c.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

std::uint32_t random_mark() {
    std::random_device device;
    std::uint32_t mark = 0;
    while (mark == 0) mark = device();
    return mark;
}

// Holds a header and no entry.
bool is_empty(const LogEnd& end) {
    return end.bytes == audit::kSegmentHeaderBytes;
}

iovec as_piece(Bytes bytes) {
    return {const_cast<Byte*>(bytes.data()), bytes.size()};
}

}  // namespace

SegmentWriter::SegmentWriter(FileSystem& files, WriterOptions options)
    : files_(files), options_(std::move(options)), tiles_(files, options_.directory) {}

SegmentWriter::SegmentWriter(FileSystem& files, WriterOptions options, const LogEnd& end,
                             std::unique_ptr<File> newest, TileWriter tiles)
    : files_(files),
      options_(std::move(options)),
      end_(end),
      tiles_(std::move(tiles)),
      file_(std::move(newest)),
      space_taken_(end.bytes) {}

bool SegmentWriter::must_roll(std::uint64_t block_bytes, Instant now) const {
    if (file_ == nullptr || is_empty(end_)) return false;
    if (end_.bytes + block_bytes > options_.segment_bytes_max) return true;
    return now.wall - end_.created_ns > nanoseconds(limits::audit_segment_age_max);
}

Status SegmentWriter::start(Instant now) {
    return file_ == nullptr ? start_segment(now) : ok();
}

Status SegmentWriter::append(const std::vector<Bytes>& pieces, std::uint64_t entries, Instant now) {
    std::uint64_t body_bytes = 0;
    for (const Bytes piece : pieces) body_bytes += piece.size();
    if (must_roll(audit::kBlockHeaderBytes + body_bytes, now)) {
        auto closed = close();
        if (!closed) return closed;
    }
    if (file_ == nullptr) {
        auto started = start_segment(now);
        if (!started) return started;
    }
    auto space = take_space(end_.bytes + audit::kBlockHeaderBytes + body_bytes);
    if (!space) return space;  // nothing was written: the same file will do
    auto written = write_block(pieces, entries, body_bytes);
    if (!written) abandon();
    return written;
}

// Whether the block is on disk, in part or not at all, nobody can know. Truncating may fail as
// well, and need not succeed: the next segment's header says where this one ends.
void SegmentWriter::abandon() {
    static_cast<void>(file_->truncate(end_.bytes));
    file_.reset();
    abandoned_ = true;
}

Status SegmentWriter::write_block(const std::vector<Bytes>& pieces, std::uint64_t entries,
                                  std::uint64_t body_bytes) {
    audit::BlockHeader header{end_.mark,
                              static_cast<std::uint32_t>(body_bytes),
                              end_.next_index(),
                              static_cast<std::uint32_t>(entries),
                              0,
                              {}};
    GrownTree grown{end_.tree};
    for (const Bytes piece : pieces) grown.add(piece);
    header.root = grown.tree.root();
    header.crc = audit::block_header_crc(header);
    for (const Bytes piece : pieces) header.crc = crc32c(piece, header.crc);
    Byte head[audit::kBlockHeaderBytes];
    audit::encode_block_header(header, head);

    std::vector<iovec> all{as_piece(head)};
    for (const Bytes piece : pieces) all.push_back(as_piece(piece));
    const std::uint64_t after = end_.bytes + sizeof head + body_bytes;
    auto status = write_all(*file_, all, end_.bytes);
    if (!status) return status;
    status = file_->fdatasync();
    if (!status) return status;
    end_.bytes = after;
    end_.tree = std::move(grown.tree);
    tiles_.add(grown);
    // They are kept where this fails, and are on disk before the next segment begins.
    static_cast<void>(tiles_.flush());
    return ok();
}

Status SegmentWriter::take_space(std::uint64_t up_to) {
    if (up_to <= space_taken_) return ok();
    const std::uint64_t wanted =
        std::min(space_taken_ + limits::audit_preallocation_bytes, options_.segment_bytes_max);
    std::uint64_t target = std::max(up_to, wanted);
    auto taken = file_->fallocate(space_taken_, target - space_taken_);
    if (!taken && target > up_to) {  // a disk that is nearly full may still hold this block
        target = up_to;
        taken = file_->fallocate(space_taken_, target - space_taken_);
    }
    if (taken) space_taken_ = target;
    return taken;
}

// A sealed segment ends with its last block, on disk, before the next one exists: what it lacks or
// has too much is damage.
Status SegmentWriter::close() {
    if (file_ == nullptr) return ok();
    auto status = file_->truncate(end_.bytes);
    if (status) status = file_->fdatasync();
    if (!status) abandoned_ = true;
    file_.reset();
    return status;
}

Status SegmentWriter::start_segment(Instant now) {
    const bool again = is_empty(end_);
    auto status = tiles_.sync();
    if (!status) return status;
    audit::SegmentHeader header;
    header.number = again || end_.bytes == 0 ? end_.number : end_.number + 1;
    header.created_ns = now.wall;
    header.previous_bytes = again ? end_.previous_bytes : end_.bytes;
    header.previous_abandoned = again ? end_.previous_abandoned : abandoned_;
    header.mark = random_mark();
    header.tree = end_.tree;
    header.origin = options_.origin;
    const Buffer bytes = audit::encode_segment_header(header);

    // Under another name until it is whole and durable: a segment with a broken header is damage,
    // never half a start.
    const auto path = options_.directory / segment_name(header.number, header.first_index());
    const auto unfinished = options_.directory / "next.tmp";
    auto file = put_file(files_, unfinished, path, bytes);
    if (!file) return std::move(file).error();

    file_ = *std::move(file);
    end_.number = header.number;
    end_.bytes = space_taken_ = bytes.size();
    end_.mark = header.mark;
    end_.created_ns = now.wall;
    end_.previous_bytes = header.previous_bytes;
    end_.previous_abandoned = header.previous_abandoned;
    abandoned_ = false;
    return ok();
}

}  // namespace sluice::auditlog
