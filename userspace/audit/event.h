// event.h: what Sluice records, as values. One type for all events; unset fields stay at their
// defaults.
//
// No payload, record key, header value, token or password has a field here. The wire form
// (audit/event.proto, audit/encode.h) is self-contained: an entry can be read without any other
// entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/types.h"

namespace sluice::audit {

// Numbers are on disk: never reuse one.
enum class EventType : std::uint8_t {
    gateway_start = 1,
    gateway_stop = 2,
    session_open = 3,
    session_close = 4,  // `reason`: the close reason's name; the session's counts in records, bytes
    // From now on, up to lease_bytes_max or lease_span_max, this session may read (or write) this
    // partition: from `fetch_offset` on where it reads.
    read_lease = 5,
    write_lease = 6,
    produce = 7,         // one per (request, topic-partition), from the response
    fetch = 8,           // one per (request, topic-partition) answered with records or an error
    empty_fetches = 9,   // `records`: partition answers without records since the last report
    request = 10,        // any other request, when answered
    refused = 11,        // a request Sluice answered itself, or closed over: `reason`
    capture = 12,        // set up, repaired, taken down: `reason`
    admin_intent = 13,   // before an admin change is forwarded
    // What rules would have done that are not in force: `reason`. Once for each operation on each
    // resource of a session.
    observed = 14,
    // A request that waits for a human, and what becomes of it: `reason` (approval/approvals.h),
    // `ticket`, and for a vote `actor` and `comment`.
    approval = 15,
    authenticated = 16,          // a token was accepted, at first or again
    authentication_failed = 17,  // `reason`: what was wrong with it
    policy = 18,                 // another set of rules took effect, or was refused: `reason`
};
std::string_view name(EventType type) noexcept;

// Did it happen? `unknown`: forwarded, and the connection ended before the answer was complete.
enum class Outcome : std::uint8_t { unset = 0, ok = 1, error = 2, refused = 3, unknown = 4 };
std::string_view name(Outcome outcome) noexcept;

struct Event {
    EventType type = EventType::request;
    Outcome outcome = Outcome::unset;
    std::int64_t wall_ns = 0;   // Unix epoch, UTC
    std::uint64_t session = 0;  // unique in the log: see session.h
    std::string cluster;
    std::string principal;  // Principal::name
    std::string evidence;
    Endpoint client;
    Endpoint broker;        // what the client dialled
    std::string client_id;  // as claimed; never a basis for a decision
    std::int16_t api_key = -1;
    std::int16_t api_version = -1;
    std::int32_t correlation_id = 0;
    std::string topic;  // empty where only the id is known
    TopicId topic_id;
    std::int32_t partition = -1;
    std::string resource;            // group, transactional id, config resource, ... for `request`
    std::int64_t fetch_offset = -1;  // asked for
    OffsetRange offsets;             // delivered or stored
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // on the wire
    std::int64_t high_watermark = -1;
    std::int64_t producer_id = -1;
    std::int16_t acks = 0;        // produce
    bool truncated_tail = false;  // fetch: the last batch was cut short and counts nowhere
    std::int16_t error_code = 0;  // Kafka's
    std::int64_t latency_ns = 0;  // request's first byte to answer's last, as seen by Sluice
    std::string reason;           // a named reason, never free text of a client
    std::string human;            // Principal::human: who answers for the principal
    std::string operation;        // name(Operation): of a decision, or if the API leaves it open
    std::string rules;            // ids of the rules that made the decision, joined by ','
    std::string ticket;           // the request for approval that this is about
    std::string actor;            // the human who voted or revoked
    std::string comment;          // in the actor's words
    std::uint64_t masked_values = 0;     // fetch: values that left in another form
    std::uint64_t withheld_records = 0;  // fetch: records replaced whole, that could not be masked
    bool operator==(const Event&) const = default;
};

}  // namespace sluice::audit
