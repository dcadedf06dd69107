// The broker's direction: what the fields of an answer say.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "kafka/api.h"
#include "session/state.h"

namespace sluice::session {

void Session::State::broker_item(const kafka::Item& item, Instant now, Output& out) {
    using Kind = kafka::Item::Kind;
    const bool code =
        item.slot == kafka::Slot::error_code || item.slot == kafka::Slot::top_error_code;
    if (item.kind == Kind::number && code && answer_error == 0 &&
        (item.slot == kafka::Slot::top_error_code || slots.front().key != kafka::api::fetch))
        answer_error = static_cast<std::int16_t>(item.number);
    if (slots.front().joins.count > 0) join_item(item);
    if (filter.wanted())
        filter.on(item, [&](std::string_view name, const TopicId& id) {
            return may_see(name.empty() ? facts.topic_name(id) : name);
        });
    if (slots.front().lookup != 0 && slots.front().key != kafka::api::metadata) {
        // Too late: the request it was for went on without.
        if (slots.front().lookup != lookups || !looking_up) return;
        return slots.front().key == kafka::api::offset_fetch ? committed_item(item)
                                                             : watermark_item(item);
    }
    switch (slots.front().key) {
        case kafka::api::produce:
            produce_answer_item(item, now, out);
            break;
        case kafka::api::fetch:
            fetch_answer_item(item, now, out);
            break;
        case kafka::api::sasl_authenticate:
            if (item.slot == kafka::Slot::session_lifetime_ms) upstream.lifetime_ms = item.number;
            break;
        default:
            learn_item(item, out);
            break;
    }
}

bool Session::State::may_see(std::string_view seen) {
    const Filter& wanted = slots.front().filter;
    if (seen.empty()) return false;
    if (ruling(wanted.operation, wanted.kind, seen).effect == Effect::allow) return true;
    // Who may list groups sees all names, as with Kafka's DESCRIBE on the cluster.
    return wanted.operation == Operation::group_describe &&
           ruling(Operation::group_list, ResourceKind::cluster, {}).effect == Effect::allow;
}

// Metadata, CreateTopics, DescribeTopicPartitions: an element that has both a name and an id
// teaches the pair.
void Session::State::learn_item(const kafka::Item& item, Output& out) {
    using Kind = kafka::Item::Kind;
    if (item.slot == kafka::Slot::topics) {
        if (item.kind == Kind::element) answer_place.begin_topic();
        return;
    }
    if (item.slot == kafka::Slot::topic_name && item.kind == Kind::text) {
        answer_place.topic.name.assign(item.number == -1 ? std::string_view{}
                                                         : as_text(item.bytes));
    } else if (item.slot == kafka::Slot::topic_id && item.kind == Kind::uuid) {
        std::copy(item.bytes.begin(), item.bytes.end(), answer_place.topic.id.bytes.begin());
    } else {
        return;
    }
    const TopicRef& topic = answer_place.topic;
    if (!topic.name.empty() && !topic.id.is_zero() && facts.topic_name(topic.id).empty())
        out.learned.emplace_back(topic.id, topic.name);
}

TopicRef Session::State::named(const TopicRef& topic) const {
    if (!topic.name.empty() || topic.id.is_zero()) return topic;
    return {std::string(facts.topic_name(topic.id)), topic.id};
}

const PartitionAsk* Session::State::find_ask(const Request& request) {
    const TopicRef& topic = answer_place.topic;
    // Brokers answer in the order asked: look where the last one stood, then everywhere.
    for (std::size_t step = 0; step < request.parts.size(); ++step) {
        const std::size_t at = (part_cursor + step) % request.parts.size();
        const PartitionAsk& part = request.parts[at];
        if (part.sent_as != answer_place.partition) continue;
        const TopicRef& wanted = request.topics[part.topic];
        if (topic.id.is_zero() ? wanted.name != topic.name : wanted.id != topic.id) continue;
        part_cursor = at + 1;
        return &part;
    }
    return nullptr;
}

void Session::State::produce_answer_item(const kafka::Item& item, Instant now, Output& out) {
    Request& request = slots.front();
    answer_place.on(item);
    switch (item.slot) {
        case kafka::Slot::partition:
            restore_neutralised(item);
            return;
        case kafka::Slot::error_code:
            part_error = static_cast<std::int16_t>(item.number);
            restore_neutralised(item);
            return;
        case kafka::Slot::base_offset:
            break;  // the last field that matters
        default:
            return;
    }
    const PartitionAsk* ask = find_ask(request);
    if (ask == nullptr) {
        close(CloseReason::response_malformed, out);
        return;
    }
    ++answer_events;
    if (ask->refusal != 0) return;  // recorded when it was refused
    answer_waits = true;
    const bool stored = part_error == 0;
    if (stored) {
        counters.produced_records += ask->records;
        counters.produced_bytes += ask->bytes;
    }
    if (request.unrecorded) {
        ++unrecorded;
        return;
    }
    audit::Event event = event_of(audit::EventType::produce, request, now);
    set_produce(event, request, *ask);
    event.error_code = part_error;
    event.outcome = stored ? audit::Outcome::ok : audit::Outcome::error;
    if (stored && item.number >= 0 && ask->records > 0)
        event.offsets = {item.number, item.number + static_cast<std::int64_t>(ask->records) - 1};
    event.latency_ns = now.mono - request.begun.mono;
    record(std::move(event), out);
}

void Session::State::fetch_answer_item(const kafka::Item& item, Instant now, Output& out) {
    using Kind = kafka::Item::Kind;
    switch (item.kind) {
        case Kind::records_begin:
            begin_records(item, now, out);
            if (masked.active() && !closing) begin_masked_records(item);
            return;
        case Kind::records_piece:
            answer_scanner.feed(item.bytes);
            return;
        case Kind::records_end:
            if (masked.active()) end_masked_records(item);
            end_records(now, out);
            return;
        default:
            break;
    }
    answer_place.on(item);
    switch (item.slot) {
        case kafka::Slot::session_id:
            answer_session = static_cast<std::int32_t>(item.number);
            break;
        case kafka::Slot::partition:
            part_high_watermark = -1;
            break;
        case kafka::Slot::error_code:
            part_error = static_cast<std::int16_t>(item.number);
            if (masked.active()) mark_error_code(item);
            break;
        case kafka::Slot::high_watermark:
            part_high_watermark = item.number;
            break;
        default:
            break;
    }
}

void Session::State::begin_records(const kafka::Item& item, Instant now, Output& out) {
    const Request& request = slots.front();
    answer_scanner = {};
    part_bytes = item.number > 0 ? static_cast<std::uint64_t>(item.number) : 0;
    part_fetch_offset = -1;
    in_records = part_bytes > 0;
    const PartitionAsk* ask = find_ask(request);
    std::optional<std::int64_t> offset;
    if (ask != nullptr)
        offset = ask->fetch_offset;
    else if (request.fetch_kind == FetchKind::incremental)
        offset =
            fetch_sessions.asked(request.fetch_session, answer_place.topic, answer_place.partition);
    if (!offset && part_bytes > 0) {
        close(CloseReason::fetch_unasked_partition, out);
        return;
    }
    part_fetch_offset = offset.value_or(-1);
    answer_place.topic = ask != nullptr ? request.topics[ask->topic] : named(answer_place.topic);
    if (part_bytes == 0) return;
    const LeaseView view{&answer_place.topic, answer_place.partition, Access::read};
    std::uint64_t number = leases.covering(view, part_bytes, now);
    if (number == 0) number = lease(view, request, part_fetch_offset, part_bytes, now, out);
    if (number <= broker.gate) return;
    // What comes before the records needs no lease; the records need this one.
    if (!answer_held_whole) emit_patched(broker, out.to_client, broker.body_at + item.offset, out);
    broker.gate = number;
}

void Session::State::end_records(Instant now, Output& out) {
    answer_scanner.finish();
    in_records = false;
    const Request& request = slots.front();
    const kafka::BatchSummary& batches = answer_scanner.summary();
    if (part_bytes == 0 && part_error == 0) {
        ++empty_fetches;
        return;
    }
    ++answer_events;
    if (part_bytes > 0) answer_waits = true;
    if (!masked.part.denied()) {
        counters.fetched_records += batches.records;
        counters.fetched_bytes += part_bytes;
    }
    if (request.unrecorded) {
        ++unrecorded;
        return;
    }
    audit::Event event = event_of(audit::EventType::fetch, request, now);
    event.topic = answer_place.topic.name;
    event.topic_id = answer_place.topic.id;
    event.partition = answer_place.partition;
    event.fetch_offset = part_fetch_offset;
    event.offsets = {batches.first_offset, batches.last_offset};
    event.records = batches.records;
    event.bytes = part_bytes;
    event.high_watermark = part_high_watermark;
    event.truncated_tail = batches.truncated_tail;
    event.codecs = batches.codecs;
    event.read_committed = request.read_committed;
    set_rules(event, read_rules);
    event.error_code = part_error;
    event.outcome = part_error == 0 ? audit::Outcome::ok : audit::Outcome::error;
    if (batches.malformed) event.reason = "batch_malformed";
    if (masked.active()) note_masks(event);
    event.latency_ns = now.mono - request.begun.mono;
    record(std::move(event), out);
}

}  // namespace sluice::session
