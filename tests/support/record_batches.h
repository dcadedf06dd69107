// record_batches.h: whole record batches for tests, with real records and a right CRC.
//
// Writes records the plain way, a field after the other, without anything of what is under test but
// the codecs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "kafka/compression.h"

namespace sluice::tests {

using Text = std::optional<std::string>;  // nullopt: null

struct TestRecord {
    Text key;
    Text value;
    std::vector<std::pair<std::string, Text>> headers = {};
    std::int32_t offset_delta = 0;
    std::int64_t timestamp_delta = 0;
};

inline void append_zigzag(Buffer& out, std::int64_t value) {
    auto rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
    for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<Byte>(rest | 0x80));
    out.push_back(static_cast<Byte>(rest));
}

inline void append_nullable(Buffer& out, const Text& text) {
    append_zigzag(out, text ? static_cast<std::int64_t>(text->size()) : -1);
    if (text) append(out, as_bytes(*text));
}

inline Buffer make_record(const TestRecord& record) {
    Buffer body{0};
    append_zigzag(body, record.timestamp_delta);
    append_zigzag(body, record.offset_delta);
    append_nullable(body, record.key);
    append_nullable(body, record.value);
    append_zigzag(body, static_cast<std::int64_t>(record.headers.size()));
    for (const auto& [key, value] : record.headers) {
        append_nullable(body, key);
        append_nullable(body, value);
    }
    Buffer out;
    append_zigzag(out, static_cast<std::int64_t>(body.size()));
    append(out, body);
    return out;
}

struct RecordBatchFields {
    std::int64_t base_offset = 100;
    kafka::Codec codec = kafka::Codec::none;
    kafka::SnappyFraming framing = kafka::SnappyFraming::raw;
    std::uint16_t attributes = 0;         // without the codec
    std::int32_t last_offset_delta = -1;  // -1: one less than there are records
    std::int32_t count = -1;              // -1: as many as there are
};

inline void set_crc(Buffer& batch) {
    store_be(batch.data() + 17, crc32c(Bytes(batch).subspan(21)));
}

inline Buffer make_payload_batch(const RecordBatchFields& fields, Bytes compressed,
                                 std::int32_t count) {
    Buffer out;
    append_be(out, fields.base_offset);
    append_be(out, static_cast<std::int32_t>(49 + compressed.size()));
    append_be(out, std::int32_t{7});  // partition leader epoch
    out.push_back(2);
    append_be(out, std::int32_t{0});  // crc
    append_be(out,
              static_cast<std::uint16_t>(fields.attributes | static_cast<unsigned>(fields.codec)));
    append_be(out, fields.last_offset_delta < 0 ? count - 1 : fields.last_offset_delta);
    append_be(out, std::int64_t{1'700'000'000'000});
    append_be(out, std::int64_t{1'700'000'000'009});
    append_be(out, std::int64_t{4711});
    append_be(out, std::int16_t{3});
    append_be(out, std::int32_t{20});
    append_be(out, fields.count < 0 ? count : fields.count);
    append(out, compressed);
    set_crc(out);
    return out;
}

inline Buffer make_record_batch(const RecordBatchFields& fields,
                                std::initializer_list<TestRecord> records) {
    Buffer payload;
    std::int32_t delta = 0;
    for (TestRecord record : records) {
        if (record.offset_delta == 0) record.offset_delta = delta;
        ++delta;
        append(payload, make_record(record));
    }
    Buffer compressed;
    kafka::Compression compression;
    const auto done = compression.compress(fields.codec, fields.framing, payload, compressed);
    SLUICE_CHECK(done.has_value());
    return make_payload_batch(fields, compressed, delta);
}

}  // namespace sluice::tests
