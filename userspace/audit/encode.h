// encode.h: an Event as canonical bytes and back, and the hash chain over entries.
//
// Canonical: the same Event gives the same bytes on every machine and in every build (protobuf wire format, fields in
// number order, defaults left out; audit/event.proto is the schema and the tests read our bytes with the protobuf library).
#pragma once

#include "audit/event.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::audit {

// Appends the entry to `out` and returns its length. Strings are cut (at a UTF-8 boundary) so that an entry never
// exceeds limits::audit_entry_bytes_max.
std::size_t encode(const Event& event, Buffer& out);
// Errors: malformed (not such an entry). Unknown fields are passed over: a later version may add some.
Result<Event> decode(Bytes entry);

// SHA-256(0x00 || previous || entry): links an entry to all before it. (Order 3 puts an RFC 6962 tree here.)
Digest chain(const Digest& previous, Bytes entry);

}  // namespace sluice::audit
