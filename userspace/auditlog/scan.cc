#include "auditlog/scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// One read; holds the largest block with room to spare, so that most blocks need no read of their
// own.
constexpr std::size_t kBufferBytes = 4 * limits::audit_commit_bytes_max;
constexpr std::size_t kFirstReadBytes = 64 * 1024;

// As many bytes as there are, up to `bytes`.
Result<std::size_t> read_at(int fd, Byte* to, std::size_t bytes, std::uint64_t offset) {
    std::size_t got = 0;
    while (got < bytes) {
        const ssize_t n = ::pread(fd, to + got, bytes - got, static_cast<off_t>(offset + got));
        if (n == 0) break;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error("read", errno);
        got += static_cast<std::size_t>(n);
    }
    return got;
}

bool all_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](Byte byte) { return byte == 0; });
}

}  // namespace

SegmentScan::SegmentScan(Fd fd, audit::SegmentHeader header)
    : fd_(std::move(fd)), header_(std::move(header)) {}

Result<SegmentScan> SegmentScan::open(const SegmentFile& file) {
    Fd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return errno_error("open " + file.path.string(), errno);
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);  // only a hint
    Buffer bytes(audit::kSegmentHeaderBytes);
    const auto got = read_at(fd.get(), bytes.data(), bytes.size(), 0);
    if (!got) return Error(got.error()).in(file.path.string());
    auto header = audit::decode_segment_header(Bytes(bytes).first(*got));
    if (!header) return std::move(header).error().in(file.path.string());
    return SegmentScan(std::move(fd), *std::move(header));
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
    // Small at first: a newest segment that is asked again and again mostly has little to tell.
    const std::size_t wanted = buffer_.empty() ? kFirstReadBytes : kBufferBytes;
    if (buffer_.size() < std::max(bytes, wanted)) buffer_.resize(std::max(bytes, wanted));
    const auto got =
        read_at(fd_.get(), buffer_.data() + end_, buffer_.size() - end_, position_ + end_);
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

std::uint64_t SegmentScan::bytes_left() const {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return 0;
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    return bytes > position_ ? bytes - position_ : 0;
}

Result<Buffer> SegmentScan::rest(std::size_t bytes_max) {
    Buffer bytes(std::min<std::uint64_t>(bytes_max, bytes_left()));
    const auto got = read_at(fd_.get(), bytes.data(), bytes.size(), position_);
    if (!got) return got.error();
    bytes.resize(*got);
    return bytes;
}

Result<std::uint64_t> SegmentScan::content_end() {
    std::uint64_t end = position_;
    Buffer bytes(std::clamp<std::uint64_t>(bytes_left(), 1, kBufferBytes));
    for (std::uint64_t at = position_;; at += bytes.size()) {
        const auto got = read_at(fd_.get(), bytes.data(), bytes.size(), at);
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
