#include "kafka/records.h"

#include <algorithm>
#include <utility>

#include "base/crc32c.h"
#include "kafka/wire.h"

namespace sluice::kafka {
namespace {

// Where the fields of a header stand.
constexpr std::size_t kOffsetAt = 0;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;  // the first byte the CRC covers
constexpr std::size_t kLastOffsetDeltaAt = 23;
constexpr std::size_t kBaseTimestampAt = 27;
constexpr std::size_t kMaxTimestampAt = 35;
constexpr std::size_t kProducerIdAt = 43;
constexpr std::size_t kProducerEpochAt = 51;
constexpr std::size_t kBaseSequenceAt = 53;
constexpr std::size_t kRecordCountAt = 57;

constexpr std::int32_t kLengthMin = kBatchHeaderBytes - kBatchLogOverhead;
constexpr std::size_t kVarlongBytesMax = 10;
constexpr std::uint8_t kLastCodec = 4;

Error malformed(const char* what) {
    return {Errc::malformed, what};
}

template <class T>
T field(Bytes batch, std::size_t at) noexcept {
    return load_be<T>(batch.data() + at);
}

// Takes numbers and bytes off the front; once something is not there, nothing is.
class Cursor {
  public:
    explicit Cursor(Bytes bytes) : rest_(bytes) {}
    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] Bytes rest() const noexcept { return rest_; }

    std::int32_t varint() noexcept {
        std::uint32_t value = 0;
        std::size_t bytes = 0;
        if (read_uvarint(rest_.data(), rest_.size(), value, bytes) != VarintStatus::ok) {
            fail();
            return 0;
        }
        rest_ = rest_.subspan(bytes);
        return static_cast<std::int32_t>(value >> 1 ^ (0u - (value & 1)));
    }
    std::int64_t varlong() noexcept {
        std::uint64_t value = 0;
        for (std::size_t n = 0; n < kVarlongBytesMax && n < rest_.size(); ++n) {
            value |= static_cast<std::uint64_t>(rest_[n] & 0x7f) << (7 * n);
            if (rest_[n] >= 0x80) continue;
            rest_ = rest_.subspan(n + 1);
            return static_cast<std::int64_t>(value >> 1 ^ (0ull - (value & 1)));
        }
        fail();
        return 0;
    }
    Bytes take(std::int64_t bytes) noexcept {
        if (bytes < 0 || static_cast<std::uint64_t>(bytes) > rest_.size()) {
            fail();
            return {};
        }
        const Bytes taken = rest_.first(static_cast<std::size_t>(bytes));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    // A varint length, -1 for null, and so many bytes.
    std::optional<Bytes> nullable() noexcept {
        const std::int32_t length = varint();
        if (length == -1) return std::nullopt;
        return take(length);
    }

  private:
    void fail() noexcept {
        good_ = false;
        rest_ = {};
    }
    Bytes rest_;
    bool good_ = true;
};

RecordHeader read_header(Cursor& cursor) noexcept {
    RecordHeader header;
    header.key = cursor.take(cursor.varint());
    header.value = cursor.nullable();
    return header;
}

std::uint32_t zigzag(std::size_t value) noexcept {
    return static_cast<std::uint32_t>(value) << 1;
}
std::size_t varint_bytes(std::uint32_t value) noexcept {
    std::size_t bytes = 1;
    for (; value >= 0x80; value >>= 7) ++bytes;
    return bytes;
}

// Ranges of the old blob that follow each other become one piece.
void pass_on(RewrittenRecords& out, std::size_t offset, std::size_t length) {
    out.bytes += length;
    if (!out.pieces.empty()) {
        auto& last = out.pieces.back();
        if (!last.fresh && last.offset + last.length == offset) {
            last.length += length;
            return;
        }
    }
    out.pieces.push_back({false, offset, length});
}

}  // namespace

Result<BatchHeader> read_batch_header(Bytes blob) {
    if (blob.size() <= kMagicAt) return Error{Errc::truncated, "the head of a batch is cut short"};
    if (blob[kMagicAt] < 2) return Error{Errc::unsupported, "a message set of magic 0 or 1"};
    if (blob[kMagicAt] > 2) return malformed("a batch of unknown magic");
    const auto length = field<std::int32_t>(blob, kLengthAt);
    if (length < kLengthMin) return malformed("a batch says that it is shorter than its head");
    const std::size_t bytes = kBatchLogOverhead + static_cast<std::size_t>(length);
    if (blob.size() < bytes) return Error{Errc::truncated, "a batch is cut short"};
    const Bytes batch = blob.first(bytes);
    const BatchHeader header{.bytes = bytes,
                             .base_offset = field<std::int64_t>(batch, kOffsetAt),
                             .crc = field<std::uint32_t>(batch, kCrcAt),
                             .attributes = field<std::uint16_t>(batch, kAttributesAt),
                             .last_offset_delta = field<std::int32_t>(batch, kLastOffsetDeltaAt),
                             .base_timestamp = field<std::int64_t>(batch, kBaseTimestampAt),
                             .max_timestamp = field<std::int64_t>(batch, kMaxTimestampAt),
                             .producer_id = field<std::int64_t>(batch, kProducerIdAt),
                             .producer_epoch = field<std::int16_t>(batch, kProducerEpochAt),
                             .base_sequence = field<std::int32_t>(batch, kBaseSequenceAt),
                             .records = field<std::int32_t>(batch, kRecordCountAt)};
    if (crc32c(batch.subspan(kAttributesAt)) != header.crc)
        return Error{Errc::corrupt, "the checksum of a batch does not fit"};
    if (header.base_offset < 0 || header.last_offset_delta < 0 || header.records < 0 ||
        header.records > std::int64_t{header.last_offset_delta} + 1)
        return malformed("offsets or count of a batch cannot be");
    return header;
}

Result<std::optional<Record>> RecordReader::next() {
    if (left_ == 0) {
        if (!rest_.empty()) return malformed("something follows the last record of a batch");
        return std::optional<Record>();
    }
    --left_;
    Cursor outer(rest_);
    const Bytes body = outer.take(outer.varint());
    if (!outer.good()) return malformed("a record does not fit into its batch");
    Cursor inner(body);
    Record record;
    inner.take(1);  // attributes: none is in use
    record.timestamp_delta = inner.varlong();
    record.offset_delta = inner.varint();
    record.key = inner.nullable();
    record.head = body.first(body.size() - inner.rest().size());
    record.value = inner.nullable();
    record.headers = inner.rest();
    record.header_count = inner.varint();
    if (record.header_count < 0) return malformed("a record has a negative number of headers");
    for (std::int32_t n = 0; n < record.header_count && inner.good(); ++n) read_header(inner);
    if (!inner.good()) return malformed("a field does not fit into its record");
    if (!inner.rest().empty()) return malformed("something follows the last field of a record");
    rest_ = outer.rest();
    return std::optional<Record>(record);
}

std::vector<RecordHeader> read_headers(const Record& record) {
    Cursor cursor(record.headers);
    std::vector<RecordHeader> headers;
    const std::int32_t count = cursor.varint();
    for (std::int32_t n = 0; n < count && cursor.good(); ++n)
        headers.push_back(read_header(cursor));
    SLUICE_CHECK(cursor.good());
    return headers;
}

Buffer RewrittenRecords::joined(Bytes blob) const {
    Buffer out;
    out.reserve(bytes);
    for (const Piece& piece : pieces) append(out, view(piece, blob));
    return out;
}

struct RecordsRewriter::Job {
    Bytes blob;
    const ValueEdit& edit;
    Bytes marker;
    const OpeningLimits& limits;
    RewrittenRecords out;
};

Result<RewrittenRecords> RecordsRewriter::rewrite(Bytes blob, const ValueEdit& edit, Bytes marker,
                                                  const OpeningLimits& limits) {
    Job job{blob, edit, marker, limits, {}};
    const Status done = rewrite_all(job);
    release_excess();
    if (!done) return done.error();
    return std::move(job.out);
}

Status RecordsRewriter::rewrite_all(Job& job) {
    std::size_t at = 0;
    while (at < job.blob.size()) {
        const auto header = read_batch_header(job.blob.subspan(at));
        if (!header) {
            if (header.error().code != Errc::truncated) return header.error();
            job.out.dropped_tail = true;
            break;
        }
        ++job.out.batches;
        const Bytes batch = job.blob.subspan(at, header->bytes);
        edited_.clear();
        // Control batches are the broker's own: their CRC is right, and clients need every byte.
        if (!header->control())
            if (auto done = rewrite_batch(job, batch, *header); !done) return done;
        if (edited_.empty()) pass_on(job.out, at, header->bytes);
        at += header->bytes;
    }
    return ok();
}

// Leaves edited_ empty where the batch stays as it is.
Status RecordsRewriter::rewrite_batch(Job& job, Bytes batch, const BatchHeader& header) {
    if (header.codec_number() > kLastCodec)
        return Error{Errc::unsupported, "a codec that Kafka does not have"};
    const Bytes payload = batch.subspan(kBatchHeaderBytes);
    // What compaction leaves of an emptied batch: no payload, whatever the codec.
    if (payload.empty() && header.records == 0) return ok();
    const std::size_t bytes_max =
        std::min(job.limits.batch_bytes_max, job.limits.total_bytes_max - job.out.opened_bytes);
    auto opened =
        compression_.decompress(Codec{header.codec_number()}, payload, bytes_max, opened_);
    if (!opened) return std::move(opened).error();
    job.out.opened_bytes += opened->size();
    job.out.records += static_cast<std::uint64_t>(header.records);
    if (auto done = edit_records(job, *opened, header); !done) return done;
    if (edited_.empty()) return ok();
    return append_batch(job, batch, header);
}

Status RecordsRewriter::edit_records(Job& job, Bytes payload, const BatchHeader& header) {
    RecordReader reader(payload, header.records);
    std::size_t kept_from = 0;  // up to here edited_ is complete
    while (true) {
        const std::size_t begin = payload.size() - reader.rest().size();
        const auto record = reader.next();
        if (!record) return record.error();
        if (!record->has_value()) break;
        if (!(*record)->value) continue;
        replacement_.clear();
        const ValueAction action = job.edit(**record, replacement_);
        if (action == ValueAction::keep) continue;
        append(edited_, payload.subspan(kept_from, begin - kept_from));
        append_record(**record, action == ValueAction::replace ? Bytes(replacement_) : job.marker);
        ++(action == ValueAction::replace ? job.out.replaced : job.out.unmaskable);
        kept_from = payload.size() - reader.rest().size();
        // Twice what a batch may hold: values grow when they are masked, but not without end.
        if (edited_.size() / 2 > job.limits.batch_bytes_max)
            return Error{Errc::too_large, "a batch has become too large by masking"};
    }
    if (!edited_.empty()) append(edited_, payload.subspan(kept_from));
    return ok();
}

void RecordsRewriter::append_record(const Record& record, Bytes value) {
    const std::size_t bytes = record.head.size() + varint_bytes(zigzag(value.size())) +
                              value.size() + record.headers.size();
    append_uvarint(edited_, zigzag(bytes));
    append(edited_, record.head);
    append_uvarint(edited_, zigzag(value.size()));
    append(edited_, value);
    append(edited_, record.headers);
}

Status RecordsRewriter::append_batch(Job& job, Bytes batch, const BatchHeader& header) {
    RewrittenRecords& out = job.out;
    const std::size_t at = out.fresh.size();
    append(out.fresh, batch.first(kBatchHeaderBytes));
    const SnappyFraming framing = snappy_framing(batch.subspan(kBatchHeaderBytes));
    const auto done =
        compression_.compress(Codec{header.codec_number()}, framing, edited_, out.fresh);
    if (!done) return done.error();
    const std::size_t bytes = out.fresh.size() - at;
    if (out.fresh.size() / 2 > job.limits.total_bytes_max)
        return Error{Errc::too_large, "records have become too large by masking"};
    Byte* fresh = out.fresh.data() + at;
    store_be(fresh + kLengthAt, static_cast<std::int32_t>(bytes - kBatchLogOverhead));
    store_be(fresh + kCrcAt, crc32c(Bytes(out.fresh).subspan(at + kAttributesAt)));
    out.pieces.push_back({true, at, bytes});
    out.bytes += bytes;
    ++out.batches_rewritten;
    return ok();
}

void RecordsRewriter::release_excess() noexcept {
    for (Buffer* buffer : {&opened_, &edited_, &replacement_})
        if (buffer->capacity() > limits::opening_kept_bytes_max) Buffer().swap(*buffer);
}

}  // namespace sluice::kafka
