// What a session records, and when: every event of it is made here or filled in from here.
#include <utility>

#include "base/limits.h"
#include "kafka/api.h"
#include "session/state.h"

namespace sluice::session {

void Session::State::take_client_id(std::string_view claimed) {
    claimed = claimed.substr(0, limits::client_id_bytes_max);
    // Each is a name to keep: whoever claims a new one with every request is known by the last of
    // the first few.
    if (claimed == client_id || client_ids == limits::client_ids_per_session_max) return;
    client_id.assign(claimed);
    ++client_ids;
    subject_epoch = 0;
}

const audit::SubjectId& Session::State::current_subject() {
    const std::uint64_t epoch = facts.subject_epoch();
    if (subject_epoch == epoch) return subject;
    subject_epoch = epoch;
    std::string groups;
    for (const std::string& group : caller.principal.groups) add_name(groups, group);
    subject = facts.subject({caller.principal.name,
                             caller.principal.human,
                             std::move(groups),
                             caller.principal.evidence,
                             options.client.address,
                             client_id,
                             {}});
    return subject;
}

audit::Event Session::State::event(audit::EventType type, Instant now) {
    audit::Event event;
    event.type = type;
    event.wall_ns = now.wall;
    event.session = options.id;
    event.cluster = options.cluster;
    event.subject = current_subject();
    event.client_port = options.client.port;
    event.broker = options.broker;
    event.policy = caller.policy;
    return event;
}

audit::Event Session::State::event_of(audit::EventType type, const Request& request, Instant now) {
    audit::Event event = this->event(type, now);
    if (!request.subject.is_zero()) event.subject = request.subject;
    event.policy = request.policy;
    event.api_key = request.key;
    event.api_version = request.version;
    event.correlation_id = request.correlation_id;
    event.resource = request.resource;
    if (request.operation != Operation::count_) event.operation = name(request.operation);
    event.ticket = request.ticket;
    event.rules = request.ticket_rules.empty() ? request.rules : request.ticket_rules;
    event.generation = request.generation;
    const bool per_partition = type == audit::EventType::produce || type == audit::EventType::fetch;
    if (!per_partition && request.topics.size() == 1) {
        event.topic = request.topics.front().name;
        event.topic_id = request.topics.front().id;
    }
    return event;
}

// What is known of a partition before its answer comes.
void Session::State::set_produce(audit::Event& event, const Request& request,
                                 const PartitionAsk& part) const {
    event.topic = request.topics[part.topic].name;
    event.topic_id = request.topics[part.topic].id;
    event.partition = part.partition;
    event.records = part.records;
    event.bytes = part.bytes;
    event.producer_id = part.producer_id;
    event.producer_epoch = part.producer_epoch;
    event.base_sequence = part.base_sequence;
    event.codecs = part.codecs;
    event.acks = request.acks;
    set_rules(event, write_rules);
}

// A ticket's come before.
void Session::State::set_rules(audit::Event& event, const RulesByTopic& by_topic) {
    const auto noted = by_topic.find(event.topic);
    if (event.ticket.empty() && noted != by_topic.end()) event.rules = noted->second;
}

std::uint64_t Session::State::record(audit::Event event, Output& out) {
    out.events.push_back(std::move(event));
    return ++events_total;
}

std::uint64_t Session::State::lease(const LeaseView& view, const Request& request,
                                    std::int64_t fetch_offset, std::uint64_t bytes, Instant now,
                                    Output& out) {
    const bool read = view.access == Access::read;
    audit::Event event =
        event_of(read ? audit::EventType::read_lease : audit::EventType::write_lease, request, now);
    event.topic = view.topic->name;
    event.topic_id = view.topic->id;
    event.partition = view.partition;
    event.fetch_offset = fetch_offset;
    set_rules(event, read ? read_rules : write_rules);
    const std::uint64_t number = record(std::move(event), out);
    leases.grant(view, number, bytes, now);
    return number;
}

// acks=0: the broker never answers, so nobody learns the offsets. Recorded when the request has
// gone.
void Session::State::record_silent_produce(Instant now, Output& out) {
    for (const PartitionAsk& part : reading.parts) {
        if (part.refusal != 0) continue;  // the broker closes over it, as Kafka does
        counters.produced_records += part.records;
        counters.produced_bytes += part.bytes;
        audit::Event event = event_of(audit::EventType::produce, reading, now);
        set_produce(event, reading, part);
        event.outcome = audit::Outcome::unknown;
        event.reason = "acks_0";
        record(std::move(event), out);
    }
}

// The connection ends with requests unanswered: what they did, nobody here knows.
void Session::State::record_unanswered(Instant now, Output& out) {
    bool first = true;
    for (const Request& request : slots) {
        const bool partly = first && broker.begun;
        first = false;
        if (request.mode != SlotMode::forwarded || request.unrecorded) continue;
        if (request.key == kafka::api::produce) {
            for (const PartitionAsk& part : request.parts) {
                if (part.refusal != 0) continue;
                audit::Event event = event_of(audit::EventType::produce, request, now);
                set_produce(event, request, part);
                event.outcome = audit::Outcome::unknown;
                record(std::move(event), out);
            }
            continue;
        }
        // Of an answer that is edited nothing leaves before its end.
        const bool reads = request.key == kafka::api::fetch && request.masks == nullptr;
        audit::Event event = event_of(
            reads && partly && in_records ? audit::EventType::fetch : audit::EventType::request,
            request, now);
        event.outcome = audit::Outcome::unknown;
        if (event.type == audit::EventType::fetch) {  // cut off inside this partition's records
            const kafka::BatchSummary& batches = answer_scanner.summary();
            event.topic = answer_place.topic.name;
            event.topic_id = answer_place.topic.id;
            event.partition = answer_place.partition;
            event.fetch_offset = part_fetch_offset;
            event.offsets = {batches.first_offset, batches.last_offset};
            event.records = batches.records;
            event.read_committed = request.read_committed;
            set_rules(event, read_rules);
        }
        record(std::move(event), out);
    }
}

void Session::State::report_due(Instant now, bool last, Output& out) {
    if (!last && now.mono - last_report < nanoseconds(limits::empty_fetch_report_interval)) return;
    last_report = now.mono;
    if (empty_fetches > 0) {
        audit::Event event = this->event(audit::EventType::empty_fetches, now);
        event.records = std::exchange(empty_fetches, 0);
        record(std::move(event), out);
    }
    if (unrecorded > 0 && !facts.audit_failed()) {
        audit::Event event = this->event(audit::EventType::refused, now);
        event.records = std::exchange(unrecorded, 0);
        event.reason = "audit_unavailable";
        record(std::move(event), out);
    }
}

}  // namespace sluice::session
