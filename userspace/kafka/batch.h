// batch.h: reads the headers of the record batches in a records blob, as its bytes arrive.
//
// Only the headers: offsets, counts, codec, producer. Payload is passed over, never looked at or
// decompressed, and CRCs are not checked (nothing is masked here). Message sets of magic 0 and 1
// are counted by their outer entries: a compressed wrapper is one record, whose offset is that of
// its last inner message. A last batch that the blob cuts short (the broker sends such tails,
// clients ignore them) is reported as `truncated_tail` and counts nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace sluice::kafka {

// RecordBatch v2.
inline constexpr std::size_t kBatchHeaderBytes = 61;
// baseOffset and batchLength itself, which batchLength does not count.
inline constexpr std::size_t kBatchLogOverhead = 12;

enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

// What a whole records blob holds.
struct BatchSummary {
    std::int64_t first_offset = -1;  // base offset of the first complete batch
    std::int64_t last_offset = -1;   // base offset + last offset delta of the last complete batch
    std::uint64_t records = 0;       // of data batches
    std::uint64_t control_records = 0;  // of control batches (commit and abort markers)
    std::uint32_t batches = 0;
    std::uint8_t codecs = 0;  // bit n: codec n was seen
    std::uint8_t magic = 2;   // the lowest seen
    bool truncated_tail = false;
    bool malformed = false;         // a header that cannot be: nothing after it was read
    std::int64_t producer_id = -1;  // of the first batch
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    bool operator==(const BatchSummary&) const = default;
};

class BatchScanner {
  public:
    // Any number of bytes at a time.
    void feed(Bytes piece) noexcept;
    // Once, after the last piece.
    void finish() noexcept;
    [[nodiscard]] const BatchSummary& summary() const noexcept { return summary_; }

  private:
    // Up to attributes in the old formats: what more is needed depends on the magic.
    static constexpr std::size_t kPrefixBytes = 18;

    // Judges the header bytes collected so far; sets need_, skip_ or malformed.
    void read_header() noexcept;
    void read_prefix() noexcept;
    // The last byte of the batch in header_ has passed.
    void count_batch() noexcept;
    [[nodiscard]] bool plausible_v2() const noexcept;

    BatchSummary summary_{};
    Byte header_[kBatchHeaderBytes]{};
    std::size_t have_ = 0;             // header bytes collected
    std::size_t need_ = kPrefixBytes;  // header bytes wanted
    std::uint64_t skip_ = 0;           // bytes of the current batch still to pass over
};

}  // namespace sluice::kafka
