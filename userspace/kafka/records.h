// records.h: opens record batches of magic 2 and writes them anew with other values.
//
// Everything but the values stays: offsets and their deltas, timestamps, producer id, epoch and
// sequence, attributes, keys, headers, the count of records, the codec. Lengths and CRC are set
// right. Does not know why a value changes: a callback says what becomes of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "kafka/batch.h"
#include "kafka/compression.h"

namespace sluice::kafka {

// The header of a batch of magic 2. INVARIANT: `bytes` is the length of the whole batch.
struct BatchHeader {
    std::size_t bytes = 0;
    std::int64_t base_offset = 0;
    std::uint32_t crc = 0;
    std::uint16_t attributes = 0;
    std::int32_t last_offset_delta = 0;
    std::int64_t base_timestamp = 0;
    std::int64_t max_timestamp = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    std::int32_t records = 0;

    [[nodiscard]] bool control() const noexcept { return (attributes & 0x20) != 0; }
    [[nodiscard]] std::uint8_t codec_number() const noexcept { return attributes & 0x07; }
    bool operator==(const BatchHeader&) const = default;
};

// The first batch of `blob`, which need not end with it. Errors: truncated (the blob ends before
// the batch does), unsupported (magic 0 or 1), malformed, corrupt (the CRC is another).
Result<BatchHeader> read_batch_header(Bytes blob);

// Borrows from the opened batch. A null key or value is nullopt; an empty one is not.
struct RecordHeader {
    Bytes key;
    std::optional<Bytes> value;
};
struct Record {
    std::int64_t timestamp_delta = 0;
    std::int32_t offset_delta = 0;
    std::optional<Bytes> key;
    std::optional<Bytes> value;
    std::int32_t header_count = 0;
    Bytes head;     // from the attributes up to the value's length: copied as it is
    Bytes headers;  // the headers with their count: copied as they are
};
// The headers of a record that RecordReader returned.
std::vector<RecordHeader> read_headers(const Record& record);

// Reads the records of an opened batch one after the other.
class RecordReader {
  public:
    // `payload`: decompressed; `count`: the header's.
    RecordReader(Bytes payload, std::int32_t count) : rest_(payload), left_(count) {}
    // nullopt after the last record, when nothing is left over. Error: malformed.
    Result<std::optional<Record>> next();
    // Behind the record that next() returned last.
    [[nodiscard]] Bytes rest() const noexcept { return rest_; }

  private:
    Bytes rest_;
    std::int32_t left_;
};

// What becomes of a value. `replace`: the callback has put the new one into its buffer.
// `unmaskable`: the marker takes its place.
enum class ValueAction : std::uint8_t { keep, replace, unmaskable };
// Never called for a null value (a tombstone stays one). The buffer is empty at the call.
using ValueEdit = std::function<ValueAction(const Record&, Buffer& replacement)>;

// A records blob after rewriting: ranges of the old blob, and batches made anew, in order.
struct RewrittenRecords {
    struct Piece {
        bool fresh;  // of `fresh`, else of the old blob
        std::size_t offset;
        std::size_t length;
        bool operator==(const Piece&) const = default;
    };
    std::vector<Piece> pieces;
    Buffer fresh;
    std::size_t bytes = 0;  // of all pieces
    // Complete batches. Where it is 0 the blob is empty or held only the beginning of a batch, and
    // the answer must have no records at all: a client takes a blob without a whole batch for an
    // error.
    std::uint32_t batches = 0;
    std::uint32_t batches_rewritten = 0;
    std::uint64_t records = 0;  // of data batches
    std::uint64_t replaced = 0;
    std::uint64_t unmaskable = 0;
    std::size_t opened_bytes = 0;  // of all payloads after decompression
    // A last batch that the blob cuts short was left out, as clients do: it may hold clear values.
    bool dropped_tail = false;

    [[nodiscard]] Bytes view(const Piece& piece, Bytes blob) const {
        return (piece.fresh ? Bytes(fresh) : blob).subspan(piece.offset, piece.length);
    }
    // All pieces in one buffer.
    [[nodiscard]] Buffer joined(Bytes blob) const;
};

struct OpeningLimits {
    std::size_t batch_bytes_max = limits::opened_batch_bytes_max;    // of one decompressed batch
    std::size_t total_bytes_max = limits::opened_records_bytes_max;  // of all of a blob
};

// Rewrites records blobs. Keeps its working memory (up to limits::opening_kept_bytes_max) from one
// blob to the next. For one thread.
class RecordsRewriter {
  public:
    // A batch in which nothing changes, and every control batch, is passed on by reference. An
    // error means that the blob must not be passed on in any part: unsupported (magic 0 or 1, an
    // unknown codec), corrupt (CRC), too_large (a decompression bomb), malformed, truncated (the
    // compressed data ends early).
    Result<RewrittenRecords> rewrite(Bytes blob, const ValueEdit& edit, Bytes marker,
                                     const OpeningLimits& limits = {});

  private:
    struct Job;
    Status rewrite_all(Job& job);
    Status rewrite_batch(Job& job, Bytes batch, const BatchHeader& header);
    Status edit_records(Job& job, Bytes payload, const BatchHeader& header);
    void append_record(const Record& record, Bytes value);
    Status append_batch(Job& job, Bytes batch, const BatchHeader& header);
    void release_excess() noexcept;

    Compression compression_;
    Buffer opened_;       // a decompressed payload
    Buffer edited_;       // the same with other values; empty while none has changed
    Buffer replacement_;  // one value
};

}  // namespace sluice::kafka
