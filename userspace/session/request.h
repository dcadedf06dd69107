// request.h: what a session remembers of one request until its answer has passed.
//
// Kafka answers in request order on a connection and an answer names neither its API nor its
// version: it can be read only with what is kept here. Not a decoded request: only keys, sizes and
// offsets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/subject.h"
#include "base/bytes.h"
#include "base/time.h"
#include "base/types.h"
#include "kafka/layout.h"
#include "kafka/split.h"
#include "session/checks.h"

namespace sluice::session {

class ReaderMasks;  // masks.h

// Request::key of a raw SASL token, which has no Kafka header (SaslHandshake version 0).
inline constexpr kafka::ApiKey kRawSaslToken = -1;

struct TopicRef {
    std::string name;  // empty where the request carries ids and nobody knows the name
    TopicId id;        // zero where the request carries names
    bool operator==(const TopicRef&) const = default;
};

// One topic-partition of a Produce or Fetch.
struct PartitionAsk {
    std::uint32_t topic = 0;  // index into Request::topics
    std::int32_t partition = 0;
    std::int64_t fetch_offset = -1;  // fetch
    std::int64_t producer_id = -1;   // produce, from the first batch; so the next three
    std::int32_t base_sequence = -1;
    std::int16_t producer_epoch = -1;
    std::uint8_t codecs = 0;
    std::uint64_t records = 0;  // produce
    std::uint64_t bytes = 0;    // produce: of the records blob
    // Produce, where part of a request is refused: the broker is asked for a partition that cannot
    // exist, and `refusal` stands in for its error.
    std::int16_t refusal = 0;
    std::int32_t sent_as = 0;   // the index the broker sees: `partition` where nothing is refused
    std::size_t index_at = 0;   // where it stands in the body
    std::uint32_t ordinal = 0;  // among all partitions of the request
};

enum class SlotMode : std::uint8_t {
    forwarded,      // the broker's answer goes to the client
    local,          // `answer` goes to the client when its turn comes
    gateway_owned,  // our own question; the answer is read and goes nowhere
};

// What an incremental or full fetch means for the mirrors: see fetch_sessions.h.
enum class FetchKind : std::uint8_t { sessionless, creates_session, incremental };

struct Request {
    SlotMode mode = SlotMode::forwarded;
    kafka::ApiKey key = 0;
    kafka::ApiVersion version = 0;
    std::int32_t correlation_id = 0;
    audit::SubjectId subject;  // who asked
    std::uint64_t policy = 0;  // audit::Event::policy
    Instant begun;             // first byte of the request
    std::int16_t acks = -1;
    FetchKind fetch_kind = FetchKind::sessionless;
    std::int32_t fetch_session = 0;
    std::vector<TopicRef> topics;
    std::vector<PartitionAsk> parts;
    std::string resource;  // groups, topics, ... of the other APIs, joined by ','
    // Where the API alone does not say what is done: a commit or a reset of offsets, for one.
    Operation operation = Operation::count_;
    std::uint64_t bytes = 0;  // of the frame
    bool unrecorded = false;  // the audit had failed when it was forwarded: counted, not recorded
    Buffer answer;
    // Local: no answer leaves before this moment (monotonic).
    std::int64_t not_before = 0;
    bool read_committed = false;
    std::int32_t generation = -1;
    std::string ticket;        // of a human's approval that let it go
    std::string ticket_rules;  // the holds it answers
    std::string rules;         // ids of those that allowed it, joined by ','; of topics: state.h
    std::uint32_t lookup = 0;  // gateway_owned: which of our questions
    bool last = false;         // behind `answer` the connection ends: a login that failed
    // Elements that were refused, for this array of the broker's answer.
    kafka::Elements joins;
    kafka::Slot joins_array = kafka::Slot::none;
    Filter filter;  // what is taken out of the answer
    // Fetch: some topic of the answer may be edited; null: none may.
    std::shared_ptr<ReaderMasks> masks;

    void clear();
};

}  // namespace sluice::session
