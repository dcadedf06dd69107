// split.h: taking elements out of an array of a message, and putting another answer's elements in.
//
// How a request is refused in part: the elements that may not go are cut out of it, the broker
// answers for the rest, and the refused elements of an AnswerBuilder's answer join that answer.
// Kafka's clients match the elements of an answer by key, never by position, so they stand at the
// array's end (CreateAcls and DeleteAcls would be the exceptions; Sluice does not split them).
#pragma once

#include <cstddef>
#include <cstdint>

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/answer.h"
#include "kafka/layout.h"

namespace sluice::kafka {

// The length prefix of an array of `count` elements: int32, or uvarint(count + 1) where `compact`.
Buffer count_prefix(bool compact, std::uint32_t count);

struct Elements {
    Buffer bytes;  // one after another, without a count
    std::uint32_t count = 0;
};
// The elements of the first array with this slot in a whole response frame, size prefix included.
// Errors: what the walk of it says; unsupported where the response has no such array.
Result<Elements> elements_of(Bytes frame, ApiKey key, ApiVersion version, Slot array);

// A whole answer with these elements behind those of its first array with the slot.
// INVARIANT: the answer is one of ours, and has that array.
Buffer joined(Bytes frame, ApiKey key, ApiVersion version, Slot array, const Elements& elements);

// A whole request: its frame, size prefix included, and where the body begins in it.
struct WholeRequest {
    ApiKey key = 0;
    ApiVersion version = 0;
    std::int32_t correlation_id = 0;
    Bytes frame;
    std::size_t body_at = 0;
};

// Which elements of the request's first array with a slot: those whose entry is true. Entries that
// are missing are false.
using Which = std::vector<bool>;

// The answer that refuses these elements, and repeats no other. Slot::none: the request as a whole.
// Errors: as of AnswerBuilder::finish().
Result<Buffer> refusal_of(const WholeRequest& request, Slot array, const Which& refused,
                          ErrorCode code, std::string_view message);
// The request without these elements.
// INVARIANT: the request was walked before without an error.
Buffer without(const WholeRequest& request, Slot array, const Which& refused);

}  // namespace sluice::kafka
