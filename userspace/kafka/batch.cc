#include "kafka/batch.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace sluice::kafka {
namespace {

// Where the fields stand. The first 17 bytes mean the same in all three formats.
constexpr std::size_t kOffsetAt = 0;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kLegacyAttributesAt = 17;
constexpr std::size_t kAttributesAt = 21;
constexpr std::size_t kLastOffsetDeltaAt = 23;
constexpr std::size_t kProducerIdAt = 43;
constexpr std::size_t kProducerEpochAt = 51;
constexpr std::size_t kBaseSequenceAt = 53;
constexpr std::size_t kRecordCountAt = 57;

constexpr std::int32_t kBatchLengthMin = kBatchHeaderBytes - kBatchLogOverhead;
// crc, magic, attributes, (timestamp,) key length, value length.
constexpr std::int32_t kLegacyLengthMin[] = {14, 22};
// A record of null key, null value and no header: seven fields of one byte each.
constexpr std::int64_t kRecordBytesMin = 7;

constexpr unsigned kCodecMask = 0x07;
constexpr unsigned kControlFlag = 0x20;

template <class T>
T field(const Byte* header, std::size_t at) noexcept {
    return load_be<T>(header + at);
}

}  // namespace

void BatchScanner::feed(Bytes piece) noexcept {
    while (!piece.empty() && !summary_.malformed) {
        if (skip_ > 0) {
            const auto passed = std::min<std::uint64_t>(skip_, piece.size());
            skip_ -= passed;
            piece = piece.subspan(static_cast<std::size_t>(passed));
            if (skip_ == 0) count_batch();
            continue;
        }
        const auto taken = std::min(need_ - have_, piece.size());
        std::memcpy(header_ + have_, piece.data(), taken);
        have_ += taken;
        piece = piece.subspan(taken);
        if (have_ == need_) read_header();
    }
}

void BatchScanner::finish() noexcept {
    if (have_ > 0 && !summary_.malformed) summary_.truncated_tail = true;
}

void BatchScanner::read_header() noexcept {
    if (need_ == kPrefixBytes) {
        read_prefix();
        // A new-format header goes on; an old entry is known as far as anybody asks.
        if (summary_.malformed || need_ != kPrefixBytes) return;
    } else if (!plausible_v2()) {
        summary_.malformed = true;
        return;
    }
    const auto length = field<std::int32_t>(header_, kLengthAt);
    skip_ = kBatchLogOverhead + static_cast<std::uint64_t>(length) - have_;
    if (skip_ == 0) count_batch();  // a batch that compaction emptied is a header alone
}

void BatchScanner::read_prefix() noexcept {
    const auto length = field<std::int32_t>(header_, kLengthAt);
    const Byte magic = header_[kMagicAt];
    const bool possible = field<std::int64_t>(header_, kOffsetAt) >= 0 && magic <= 2 &&
                          length >= (magic == 2 ? kBatchLengthMin : kLegacyLengthMin[magic]);
    summary_.malformed = !possible;
    if (possible && magic == 2) need_ = kBatchHeaderBytes;
}

// What a broker's log cannot hold would make offsets and counts of the whole blob worthless. Old
// entries are not held to the order: their producers leave every offset at 0 and let the broker
// count.
bool BatchScanner::plausible_v2() const noexcept {
    const auto base = field<std::int64_t>(header_, kOffsetAt);
    const auto delta = field<std::int32_t>(header_, kLastOffsetDeltaAt);
    const auto count = field<std::int32_t>(header_, kRecordCountAt);
    if (delta < 0 || count < 0) return false;
    if (base > std::numeric_limits<std::int64_t>::max() - delta) return false;
    if (summary_.batches > 0 && base <= summary_.last_offset) return false;
    if (count > std::int64_t{delta} + 1) return false;
    const auto codec = field<std::uint16_t>(header_, kAttributesAt) & kCodecMask;
    const auto payload = field<std::int32_t>(header_, kLengthAt) - kBatchLengthMin;
    return codec != 0 || count * kRecordBytesMin <= payload;
}

void BatchScanner::count_batch() noexcept {
    const Byte magic = header_[kMagicAt];
    const bool first = summary_.batches == 0;
    const auto base = field<std::int64_t>(header_, kOffsetAt);
    unsigned attributes = 0;
    if (magic == 2) {
        attributes = field<std::uint16_t>(header_, kAttributesAt);
        const auto count = static_cast<std::uint64_t>(field<std::int32_t>(header_, kRecordCountAt));
        ((attributes & kControlFlag) != 0 ? summary_.control_records : summary_.records) += count;
        summary_.last_offset = base + field<std::int32_t>(header_, kLastOffsetDeltaAt);
        if (first) {
            summary_.producer_id = field<std::int64_t>(header_, kProducerIdAt);
            summary_.producer_epoch = field<std::int16_t>(header_, kProducerEpochAt);
            summary_.base_sequence = field<std::int32_t>(header_, kBaseSequenceAt);
        }
    } else {
        attributes = header_[kLegacyAttributesAt];
        summary_.records += 1;
        summary_.last_offset = base;
    }
    if (first) summary_.first_offset = base;
    summary_.codecs = static_cast<std::uint8_t>(summary_.codecs | 1u << (attributes & kCodecMask));
    summary_.magic = std::min(summary_.magic, magic);
    ++summary_.batches;
    have_ = 0;
    need_ = kPrefixBytes;
}

}  // namespace sluice::kafka
