// layout.h: what a message of one (API key, version) looks like on the wire, as data.
//
// The tables are generated at build time from userspace/kafka/schema/*.schema by schema/generate.py
// and deduplicated: two versions with the same wire form share their ops. A layout knows lengths,
// counts and the few fields somebody asks for (`Slot`); all other fields are only skipped. It is
// not a decoder into structs, and knows no meaning. See schema/README.md for the schema language.
// INVARIANT: no layout needs a deeper stack than limits::walk_depth_max (asserted where they are
// generated).
#pragma once

#include <cstdint>

#include "kafka/slots.h"  // generated: enum class Slot : std::uint8_t { none, acks, ... }

namespace sluice::kafka {

using ApiKey = std::int16_t;
using ApiVersion = std::int16_t;

enum class OpCode : std::uint8_t {
    end,    // of the message, or of an array element's or nullable struct's ops
    fixed,  // skip `arg` bytes nobody asked for (neighbouring ones are merged)
    int8,   // a number or bool somebody asked for
    int16,
    int32,
    int64,
    uuid,            // 16 bytes
    string,          // int16 length, -1 null
    compact_string,  // uvarint length + 1, 0 null
    bytes,           // int32 length, -1 null: skipped, never needed whole
    compact_bytes,
    records,  // int32 length, -1 null: handed out in pieces as they arrive
    compact_records,
    // int32 count, -1 null; the element's ops follow up to `end`; `arg`: where to go on after it
    array,
    compact_array,
    nullable_struct,  // int8 -1 null / 1; the struct's ops follow up to `end`; `arg` as for array
    tags,  // tag section; `arg`: index into Layout::tags of the known ones, kNoTags for none
};

struct Op {
    OpCode code;
    Slot slot;  // Slot::none where nobody asked
    std::uint16_t arg;
    std::uint16_t least;  // array: the fewest bytes an element takes
    bool nullable;        // a null is allowed here
};

inline constexpr std::uint16_t kNoTags = 0xffff;

// A known tagged field: its ops start at `start` and end with `end`. Sorted by `tag`; a group ends
// with an entry whose `start` is 0 (no ops of a tag start at 0). Unknown tags are skipped and stay
// as they are.
struct TagEntry {
    std::uint32_t tag;
    std::uint16_t start;
};

struct Layout {
    const Op* ops;
    const TagEntry* tags;
    bool flexible;  // KIP-482: the header carries a tag section too (but see
                    // response_header_flexible)
};

// nullptr where Sluice does not understand this (key, version).
const Layout* request_layout(ApiKey key, ApiVersion version) noexcept;
const Layout* response_layout(ApiKey key, ApiVersion version) noexcept;

}  // namespace sluice::kafka
