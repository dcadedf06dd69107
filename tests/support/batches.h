// batches.h: record batches and old messages for tests, with every header field under the test's
// control.
//
// Not a producer: payloads are filler and CRCs are zero, since nothing under test reads them.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice::tests {

struct BatchFields {
    std::int64_t base_offset = 0;
    std::int32_t last_offset_delta = 0;
    std::int32_t records = 1;
    std::uint16_t attributes = 0;  // bits 0-2: codec, bit 4: transactional, bit 5: control
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    std::size_t payload_bytes = 100;
    Byte magic = 2;
};

inline Buffer make_batch(const BatchFields& fields) {
    Buffer out;
    append_be(out, fields.base_offset);
    append_be(out, static_cast<std::int32_t>(49 + fields.payload_bytes));
    append_be(out, std::int32_t{7});  // partition leader epoch
    out.push_back(fields.magic);
    append_be(out, std::int32_t{0});  // crc
    append_be(out, fields.attributes);
    append_be(out, fields.last_offset_delta);
    append_be(out, std::int64_t{1'700'000'000'000});
    append_be(out, std::int64_t{1'700'000'000'001});
    append_be(out, fields.producer_id);
    append_be(out, fields.producer_epoch);
    append_be(out, fields.base_sequence);
    append_be(out, fields.records);
    out.insert(out.end(), fields.payload_bytes, Byte{0x5a});
    return out;
}

// An entry of a message set of magic 0 or 1: null key, and a value of `value_bytes`.
inline Buffer make_message(Byte magic, std::int64_t offset, std::size_t value_bytes,
                           Byte codec = 0) {
    Buffer out;
    const std::size_t fixed = magic == 0 ? 14 : 22;
    append_be(out, offset);
    append_be(out, static_cast<std::int32_t>(fixed + value_bytes));
    append_be(out, std::int32_t{0});  // crc
    out.push_back(magic);
    out.push_back(codec);
    if (magic == 1) append_be(out, std::int64_t{1'700'000'000'000});
    append_be(out, std::int32_t{-1});
    append_be(out, static_cast<std::int32_t>(value_bytes));
    out.insert(out.end(), value_bytes, Byte{0x5a});
    return out;
}

inline Buffer join(std::initializer_list<Buffer> parts) {
    Buffer out;
    for (const Buffer& part : parts) append(out, part);
    return out;
}

}  // namespace sluice::tests
