// request.h: a request that waits for a human, as plain values.
//
// A *ticket* is such a request once enough people approved it: it lets the very request through
// that it was given for, once. Not a grant: it is bound to the digest of one request by one
// principal.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
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
    // Of everything the approval is bound to (digest.h): principal, cluster, API, body,
    // requirements.
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
inline constexpr std::size_t kStates = static_cast<std::size_t>(State::expired) + 1;
std::string_view name(State state) noexcept;
std::optional<State> state_of(std::string_view name) noexcept;
// Pending or approved: something may still become of it.
constexpr bool is_live(State state) {
    return state == State::pending || state == State::approved;
}

struct Vote {
    std::string human;
    std::string principal;  // as whom they voted
    bool approve = false;
    std::vector<std::uint32_t> meets;  // places in Ask::requirements, ascending; never empty
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

// What the one who asked is told: `waiting`, perhaps again under another id, and in the end one of
// the others.
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
    bool operator==(const Answer&) const = default;
};

// -- Ids

// "R-7F3KQ2AV" of 40 random bits.
std::string id_of(const std::array<std::uint8_t, 5>& random);
bool is_id(std::string_view text) noexcept;
// The id somebody means who typed `text`: in any case, with or without "R-", with O, I and L for 0,
// 1 and 1.
std::optional<std::string> typed_id(std::string_view text);

// -- People

// Do two names mean one human? Letters of ASCII count in any case: identity providers and files of
// people write an address differently.
bool same_human(std::string_view a, std::string_view b) noexcept;
// Did enough different humans, none of them the one who asked, approve and nobody deny?
bool is_satisfied(const Request& request);

}  // namespace sluice::approval
