// edit.h: changes to a frame that is held whole.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/layout.h"

namespace sluice::kafka {

// Replace `length` body bytes at `offset` by `replacement`. Edits are sorted and do not overlap.
struct Edit {
    std::size_t offset;
    std::size_t length;
    Buffer replacement;
};

// The new frame, with its size prefix set right. `frame` is whole, size prefix included; offsets of
// edits count from the body, which starts at `body_at` in the frame.
Buffer apply_edits(Bytes frame, std::size_t body_at, std::span<const Edit> edits);

// The response a client may see: versions lowered to what we understand, APIs we do not understand
// left out, everything else (features, unknown tagged fields, throttle time) byte for byte.
// `version`: of the request; a response with error 35 is read as version 0. Errors: what the walk
// of it says; the caller closes.
struct ApiVersionsEdits {
    Buffer frame;
    std::uint32_t lowered = 0;  // entries whose maximum was lowered
    std::uint32_t hidden = 0;   // entries left out
};
Result<ApiVersionsEdits> clamp_api_versions(Bytes frame, ApiVersion version);

}  // namespace sluice::kafka
