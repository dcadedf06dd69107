#include "auditlog/frame_table.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/crc32c.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// zstd's skippable frame: a magic number and a length, little-endian, and then whatever one likes.
constexpr Byte kSkippable[] = {0x5e, 0x2a, 0x4d, 0x18};
constexpr std::size_t kHeadBytes = sizeof kSkippable + 4;
constexpr std::size_t kFrameBytes = 8;
constexpr std::string_view kMagic = "SLUICEFT";

std::uint64_t frames_of(std::uint64_t segment_bytes, std::uint32_t frame_bytes) {
    return segment_bytes / frame_bytes + (segment_bytes % frame_bytes != 0 ? 1 : 0);
}

Error no_table() {
    return {Errc::malformed, "no frame table at the end of a compressed segment"};
}

}  // namespace

FrameTable::FrameTable(std::uint64_t segment_bytes, std::uint32_t frame_bytes)
    : segment_bytes_(segment_bytes), frame_bytes_(frame_bytes) {}

void FrameTable::add(Bytes compressed) {
    const std::uint64_t before = std::uint64_t{frame_bytes_} * frames_.size();
    Frame frame;
    frame.file_offset = file_offset_;
    frame.file_bytes = static_cast<std::uint32_t>(compressed.size());
    frame.crc = crc32c(compressed);
    frame.bytes =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(frame_bytes_, segment_bytes_ - before));
    file_offset_ += frame.file_bytes;
    frames_.push_back(frame);
}

Buffer FrameTable::encode() const {
    Buffer out;
    append(out, kSkippable);
    const auto length = static_cast<std::uint32_t>(frames_.size() * kFrameBytes + kEndBytes);
    append_be(out, __builtin_bswap32(length));
    for (const Frame& frame : frames_) {
        append_be(out, frame.file_bytes);
        append_be(out, frame.crc);
    }
    append_be(out, segment_bytes_);
    append_be(out, frame_bytes_);
    append_be(out, static_cast<std::uint32_t>(frames_.size()));
    append_be(out, crc32c(Bytes(out).subspan(kHeadBytes)));
    append(out, as_bytes(kMagic));
    return out;
}

Result<std::size_t> FrameTable::encoded_bytes(Bytes end) {
    if (end.size() != kEndBytes || as_text(end.last(kMagic.size())) != kMagic) return no_table();
    const auto frames = load_be<std::uint32_t>(end.data() + 12);
    if (frames > limits::audit_frames_max)
        return Error{Errc::too_large,
                     "a compressed segment of " + std::to_string(frames) + " frames"};
    return kHeadBytes + frames * kFrameBytes + kEndBytes;
}

Result<FrameTable> FrameTable::decode(Bytes encoded, std::uint64_t file_bytes) {
    if (encoded.size() < kHeadBytes + kEndBytes || encoded.size() > file_bytes) return no_table();
    const Bytes end = encoded.last(kEndBytes);
    const auto expected = encoded_bytes(end);
    if (!expected) return expected.error();
    const std::uint32_t length = __builtin_bswap32(load_be<std::uint32_t>(encoded.data() + 4));
    if (*expected != encoded.size() || length != encoded.size() - kHeadBytes ||
        !std::ranges::equal(encoded.first(sizeof kSkippable), kSkippable))
        return no_table();
    const std::size_t checked = encoded.size() - kHeadBytes - 12;
    if (crc32c(encoded.subspan(kHeadBytes, checked)) != load_be<std::uint32_t>(end.data() + 16))
        return Error{Errc::corrupt, "the frame table's checksum does not match"};

    FrameTable table(load_be<std::uint64_t>(end.data()), load_be<std::uint32_t>(end.data() + 8));
    const std::size_t frames = (encoded.size() - kHeadBytes - kEndBytes) / kFrameBytes;
    if (table.frame_bytes_ == 0 || table.frame_bytes_ > limits::audit_frame_bytes)
        return Error{Errc::too_large,
                     "a frame of " + std::to_string(table.frame_bytes_) + " bytes of a segment"};
    if (frames_of(table.segment_bytes_, table.frame_bytes_) != frames)
        return Error{Errc::malformed, "a frame table with another number of frames than it needs"};
    std::uint64_t left = table.segment_bytes_;
    for (std::size_t i = 0; i < frames; ++i) {
        const Byte* at = encoded.data() + kHeadBytes + i * kFrameBytes;
        const auto bytes =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(left, table.frame_bytes_));
        table.frames_.push_back({table.file_offset_, load_be<std::uint32_t>(at),
                                 load_be<std::uint32_t>(at + 4), bytes});
        table.file_offset_ += table.frames_.back().file_bytes;
        left -= bytes;
    }
    if (table.file_offset_ != file_bytes - encoded.size())
        return Error{Errc::malformed, "a frame table of a file of another size"};
    return table;
}

}  // namespace sluice::auditlog
