// request.h: a request that waits for a human, as plain values.
//
// A *ticket* is such a request once enough people approved it: it lets the very request through
// that it was given for, once. Not a grant: it is bound to the digest of one request by one
// principal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace sluice::approval {

// One hold's rule, as it stood when the request was made: `count` different humans, each in one of
// `groups` or one of `principals`. A vote counts for each requirement its voter meets.
struct Requirement {
    std::string rule;  // the hold's id
    std::vector<std::string> groups;
    std::vector<std::string> principals;
    std::uint32_t count = 1;
    bool operator==(const Requirement&) const = default;
};

// What somebody wants to do.
struct Ask {
    // Of everything the approval is bound to: principal, cluster, API, body, requirements.
    Digest digest;
    // Empty: the ticket passes one request. Else (a bulk replay) it passes one request for each
    // unit, such as "partition 3".
    std::string unit;
    std::uint64_t session = 0;
    std::string cluster;
    std::string principal;
    std::string human;   // empty where nobody answers for the principal: cannot be approved
    std::string client;  // address, as text
    std::string client_id;
    std::string operation;  // name(Operation)
    std::string resources;  // names, joined by ','
    std::string details;    // what an approver must see, one line each: "partitions 3"
    std::vector<Requirement> requirements;   // all must be met; never empty
    std::chrono::nanoseconds ticket_life{};  // of the pending request, and from its approval on
    bool operator==(const Ask&) const = default;
};

enum class State : std::uint8_t {
    pending,
    approved,
    used,
    denied,
    cancelled,  // the client left while its request waited
    revoked,    // taken back after it was approved
    expired,
};
std::string_view name(State state) noexcept;

struct Vote {
    std::string human;
    bool approve = false;
    std::string comment;
    std::int64_t wall_ns = 0;
    bool operator==(const Vote&) const = default;
};

struct Request {
    std::string id;  // "R-" and eight characters of Crockford's base 32: for people to type
    State state = State::pending;
    Ask ask;
    std::vector<Vote> votes;
    std::vector<std::string> used_units;  // where Ask::unit is not empty
    std::int64_t created_ns = 0;          // Unix epoch
    std::int64_t expires_ns = 0;
    std::int64_t ended_ns = 0;  // 0: pending or approved
    bool operator==(const Request&) const = default;
};

// What the one who asked is told. `waiting` comes at once and is followed by one of the others.
struct Answer {
    enum class What : std::uint8_t {
        waiting,
        passed,       // a ticket was used up for this: go, once
        denied,       // by a human, or revoked, expired, cancelled meanwhile
        unavailable,  // too many wait already, or the store fails
    };
    What what = What::unavailable;
    std::string id;       // of the request; empty with `unavailable`
    std::string message;  // one sentence for people
};

}  // namespace sluice::approval
