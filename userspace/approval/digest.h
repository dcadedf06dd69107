// digest.h: what an approval is bound to, as one number.
//
// Two requests with the same digest are the same wish; a change in any field voids what was
// approved. Not a signature and no secret.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "approval/request.h"
#include "base/bytes.h"

namespace sluice::approval {

struct Binding {
    std::string_view principal;
    std::string_view human;
    std::string_view cluster;
    std::int16_t api_key = -1;
    std::int16_t api_version = -1;
    // Without what differs between a request and its retry: correlation id, timeout; and without
    // the unit.
    Bytes body;
    std::span<const Requirement> requirements;
};

// SHA-256 over the fields, each with its length in front. The order of requirements, and of the
// groups and principals in one, does not count: it says nothing about who must approve.
Digest digest_of(const Binding& binding);

}  // namespace sluice::approval
