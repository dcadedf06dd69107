#include "auditlog/scan.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// One read; holds the largest block with room to spare, so that most blocks need no read of their
// own.
constexpr std::size_t kBufferBytes = 4 * limits::audit_commit_bytes_max;
constexpr std::size_t kFirstReadBytes = 64 * 1024;

bool all_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](Byte byte) { return byte == 0; });
}

}  // namespace

SegmentScan::SegmentScan(std::unique_ptr<SegmentBytes> bytes, audit::SegmentHeader header)
    : bytes_(std::move(bytes)), header_(std::move(header)), read_ahead_(kFirstReadBytes) {}

Result<SegmentScan> SegmentScan::open(const SegmentFile& file) {
    auto opened = open_segment_bytes(file.path);
    if (!opened) return std::move(opened).error();
    Buffer bytes(audit::kSegmentHeaderBytes);
    const auto got = (*opened)->read(0, bytes);
    if (!got) return Error(got.error()).in(file.path.string());
    auto header = audit::decode_segment_header(Bytes(bytes).first(*got));
    if (!header) return std::move(header).error().in(file.path.string());
    return SegmentScan(*std::move(opened), *std::move(header));
}

void SegmentScan::seek(std::uint64_t position) {
    position_ = position;
    begin_ = end_ = 0;
    read_ahead_ = kFirstReadBytes;
}

Bytes SegmentScan::window() const {
    return Bytes(buffer_).subspan(begin_, end_ - begin_);
}

bool SegmentScan::fill(std::size_t bytes) {
    if (end_ - begin_ >= bytes) return true;
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    // Small at first: who seeks one block, or asks a newest segment again and again, reads little.
    const std::size_t wanted = std::max(bytes, read_ahead_);
    read_ahead_ = std::min(4 * read_ahead_, kBufferBytes);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    const auto got =
        bytes_->read(position_ + end_, std::span(buffer_).subspan(end_, wanted - end_));
    if (!got) {
        error_ = got.error();
        return false;
    }
    end_ += *got;
    return true;
}

SegmentScan::Step SegmentScan::next(audit::Block& block) {
    if (!fill(audit::kBlockHeaderBytes)) return Step::failed;
    const std::size_t claimed = audit::claimed_block_bytes(window(), header_.mark);
    if (claimed > 0 && !fill(claimed)) return Step::failed;
    auto decoded = audit::decode_block(window(), header_.mark);
    if (decoded) {
        block = *decoded;
        begin_ += claimed;
        position_ += claimed;
        return Step::block;
    }
    const Bytes left = window();
    const Bytes head = left.first(std::min(left.size(), audit::kBlockHeaderBytes));
    const Step step = left.empty() ? Step::end : all_zero(head) ? Step::zeros : Step::broken;
    error_ = decoded.error();
    begin_ = end_ = 0;  // what is read again later may have changed
    return step;
}

Result<std::uint64_t> SegmentScan::bytes_left() {
    const auto bytes = bytes_->size();
    if (!bytes) return bytes;
    return *bytes > position_ ? *bytes - position_ : 0;
}

Result<Buffer> SegmentScan::rest(std::size_t bytes_max) {
    const auto left = bytes_left();
    if (!left) return left.error();
    Buffer bytes(std::min<std::uint64_t>(bytes_max, *left));
    const auto got = bytes_->read(position_, bytes);
    if (!got) return got.error();
    bytes.resize(*got);
    return bytes;
}

Result<std::uint64_t> SegmentScan::content_end() {
    const auto left = bytes_left();
    if (!left) return left;
    std::uint64_t end = position_;
    Buffer bytes(std::clamp<std::uint64_t>(*left, 1, kBufferBytes));
    for (std::uint64_t at = position_;; at += bytes.size()) {
        const auto got = bytes_->read(at, bytes);
        if (!got) return got.error();
        for (std::size_t i = *got; i-- > 0;) {
            if (bytes[i] == 0) continue;
            end = at + i + 1;
            break;
        }
        if (*got < bytes.size()) return end;
    }
}

}  // namespace sluice::auditlog
