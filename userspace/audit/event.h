// event.h: what Sluice records, as values. One type for all events; unset fields stay at their
// defaults.
//
// No payload, record key, header value, token or password has a field here, and no name of a
// person: those are in the Subject that an id here stands for (subject.h). The wire form
// (audit/event.proto, audit/encode.h) is self-contained: an entry can be read without any other
// entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/subject.h"
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
    produce = 7,        // one per (request, topic-partition), from the response
    fetch = 8,          // one per (request, topic-partition) answered with records or an error
    empty_fetches = 9,  // `records`: partition answers without records since the last report
    request = 10,       // any other request, when answered
    refused = 11,       // a request Sluice answered itself, or closed over: `reason`
    capture = 12,       // set up, repaired, taken down: `reason`
    admin_intent = 13,  // before an admin change is forwarded
    // What rules would have done that are not in force: `reason`. Once for each operation on each
    // resource of a session.
    observed = 14,
    // A request that waits for a human, and what becomes of it: `reason` (approval/approvals.h),
    // `ticket`, and for a vote `actor` and `comment`.
    approval = 15,
    authenticated = 16,          // a token was accepted, at first or again
    authentication_failed = 17,  // `reason`: what was wrong with it
    policy = 18,                 // another set of rules took effect, or was refused: `reason`
    erased = 19,  // what was known of a person is gone: `records` names, `actor` by whom
    pruned = 20,  // `records`: the log's first entries, dropped by retention
    hold = 21,    // entries are kept from retention, or no longer: `reason`, `actor`
    gap = 22,     // the log begins again after entries that were signed and lost: `records` of them
    log_read = 23,  // somebody asked the log through the daemon: `operation`, `actor`, `resource`
    resumed = 24,   // the log could not be written and can be again: `records` refused meanwhile
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
    SubjectId subject;          // who asked; zero: the gateway itself, or nobody known
    std::string cluster;
    std::uint16_t client_port = 0;  // the address is the subject's
    Endpoint broker;                // what the client dialled
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
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    std::int16_t acks = 0;         // produce
    std::uint8_t codecs = 0;       // bit n: a batch had codec n (none, gzip, snappy, lz4, zstd)
    bool read_committed = false;   // fetch: isolation level 1
    bool truncated_tail = false;   // fetch: the last batch was cut short and counts nowhere
    std::int16_t error_code = 0;   // Kafka's
    std::int64_t latency_ns = 0;   // request's first byte to answer's last, as seen by Sluice
    std::string reason;            // a named reason, never free text of a client
    std::string operation;         // name(Operation): of a decision, or if the API leaves it open
    std::string rules;             // ids of the rules that made the decision, joined by ','
    std::uint64_t policy = 0;      // the set of rules it was decided by: of its SHA-256, 8 bytes
    std::string ticket;            // the request for approval that this is about
    SubjectId actor;               // the human who voted, revoked, erased, asked
    SubjectId comment;             // in the actor's words
    std::int32_t generation = -1;  // of a consumer group
    std::uint64_t masked_values = 0;     // fetch: values that left in another form
    std::uint64_t withheld_records = 0;  // fetch: records replaced whole, that could not be masked
    bool operator==(const Event&) const = default;
};

}  // namespace sluice::audit
