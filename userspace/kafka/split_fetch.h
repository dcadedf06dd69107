// split_fetch.h: taking single partitions out of a Fetch request, and answering for them.
//
// split.h cuts whole elements of a request's first array; here it is the array inside of those.
// Partitions are counted through the whole request, topic after topic; forgotten ones do not count.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/split.h"

namespace sluice::kafka {

// The request without these topics and these partitions; a topic that has none left goes with them.
// INVARIANT: the request is a Fetch, and was walked before without an error.
Buffer fetch_without(const WholeRequest& request, const Which& topics, const Which& partitions);

// The topics of an answer that has no records for these partitions, and this code: with these high
// watermarks, one for each of them in order; -1 where none is given. Errors: of AnswerBuilder.
Result<Elements> nothing_fetched(const WholeRequest& request, const Which& partitions,
                                 ErrorCode code, std::span<const std::int64_t> high_watermarks);

}  // namespace sluice::kafka
