// encode.h: an Event as canonical bytes and back.
//
// Canonical: the same Event gives the same bytes on every machine and in every build (protobuf wire
// format, fields in number order, defaults left out; audit/event.proto is the schema and the tests
// read our bytes with the protobuf library).
#pragma once

#include <string_view>

#include "audit/event.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::audit {

// Appends the entry to `out` and returns its length. Strings are cut (at a UTF-8 boundary) so that
// an entry never exceeds limits::audit_entry_bytes_max; bytes in them that are no UTF-8 become '?'.
// On the hot path: no allocation beyond `out`.
std::size_t encode(const Event& event, Buffer& out);
// Errors: malformed (not such an entry, or not the canonical one). Unknown fields are passed over:
// a later version may add some. Without unknown fields, encode(*decode(entry)) gives `entry` back.
Result<Event> decode(Bytes entry);

// What a question about offsets or people looks at first: the fields that stand at the front of an
// entry. Borrows from it.
struct Head {
    EventType type = EventType::request;
    std::int64_t wall_ns = 0;
    std::uint64_t session = 0;
    std::string_view topic;
    TopicId topic_id;
    std::int32_t partition = -1;
    std::int64_t fetch_offset = -1;
    OffsetRange offsets;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    Outcome outcome = Outcome::unset;
    SubjectId subject;
};
// False where decode() would fail within these fields; what follows them is not looked at.
bool read_head(Bytes entry, Head& head) noexcept;

}  // namespace sluice::audit
