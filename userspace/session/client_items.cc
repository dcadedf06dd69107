// The client's direction: what the fields of a request say.
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "kafka/api.h"
#include "session/state.h"

namespace sluice::session {

void Session::State::client_item(const kafka::Item& item, Instant now, Output& out) {
    if (refusing) refusing->on(item);
    if (hold_whole) check_item(item);
    if (reading.key == kafka::api::produce)
        produce_item(item, now, out);
    else if (reading.key == kafka::api::fetch)
        fetch_item(item);
    else
        other_item(item);
}

void Session::State::add_partition() {
    if (!place.topic_listed) {
        reading.topics.push_back(committed ? named(place.topic) : place.topic);
        place.topic_listed = true;
    }
    PartitionAsk part;
    part.topic = static_cast<std::uint32_t>(reading.topics.size() - 1);
    part.partition = part.sent_as = place.partition;
    part.index_at = place.partition_at;
    part.ordinal = static_cast<std::uint32_t>(reading.parts.size());
    place.index_pending = false;
    reading.parts.push_back(part);
}

void Session::State::produce_item(const kafka::Item& item, Instant now, Output& out) {
    using Kind = kafka::Item::Kind;
    place.on(item);
    switch (item.kind) {
        case Kind::array_begin:
            if (item.slot == kafka::Slot::topics) topics_left = item.number;
            if (item.slot == kafka::Slot::partitions) partitions_left = item.number;
            break;
        case Kind::element:
            if (item.slot == kafka::Slot::topics) --topics_left;
            if (item.slot == kafka::Slot::partitions) --partitions_left;
            break;
        case Kind::number:
            if (item.slot == kafka::Slot::acks)
                reading.acks = static_cast<std::int16_t>(item.number);
            if (item.slot == kafka::Slot::partition && committed &&
                reading.mode == SlotMode::forwarded)
                decide_late_partition(item, now, out);
            break;
        case Kind::text:
            if (item.slot == kafka::Slot::transactional_id)
                reading.resource.assign(as_text(item.bytes));
            break;
        case Kind::records_begin:
            if (reading.parts.size() >= limits::request_partitions_max) {
                close(CloseReason::body_count_too_large, out);
                return;
            }
            add_partition();
            reading.parts.back().bytes =
                item.number > 0 ? static_cast<std::uint64_t>(item.number) : 0;
            request_scanner = {};
            if (topics_left <= 0 && partitions_left <= 0) headers_seen = true;
            if (committed && reading.mode == SlotMode::forwarded) late_partition(item, now, out);
            break;
        case Kind::records_piece:
            request_scanner.feed(item.bytes);
            break;
        case Kind::records_end: {
            request_scanner.finish();
            PartitionAsk& part = reading.parts.back();
            part.records = request_scanner.summary().records;
            part.producer_id = request_scanner.summary().producer_id;
            part.producer_epoch = request_scanner.summary().producer_epoch;
            part.base_sequence = request_scanner.summary().base_sequence;
            part.codecs = request_scanner.summary().codecs;
            break;
        }
        default:
            break;
    }
}

// Above held_request_bytes_max: the partition before has gone; this one waits for its own lease.
void Session::State::late_partition(const kafka::Item& item, Instant now, Output& out) {
    PartitionAsk& part = reading.parts.back();
    SLUICE_CHECK(place.refusal.has_value());  // decided at its index, which has gone
    if (*place.refusal != 0) {
        part.refusal = *place.refusal;
        return neutralised(part, reading.parts.size() - 1);
    }
    emit_patched(client, out.to_broker, client.body_at + item.offset, out);
    const std::uint64_t number = write_lease(part, now, out);
    if (number > client.gate) client.gate = number;
}

void Session::State::fetch_item(const kafka::Item& item) {
    using Kind = kafka::Item::Kind;
    if (item.slot == kafka::Slot::forgotten_topics) {
        in_forgotten = item.kind != Kind::array_end;
        if (item.kind == Kind::element) place.begin_topic();
        return;
    }
    place.on(item);
    switch (item.slot) {
        case kafka::Slot::session_id:
            fetch_ask.has_session = true;
            fetch_ask.session = static_cast<std::int32_t>(item.number);
            session_at = item.offset;
            break;
        case kafka::Slot::session_epoch:
            fetch_ask.epoch = static_cast<std::int32_t>(item.number);
            epoch_at = item.offset;
            break;
        case kafka::Slot::partition:
            if (item.kind != Kind::number) break;
            if (in_forgotten)
                forgotten.push_back({place.topic, place.partition});
            else
                add_partition();
            break;
        case kafka::Slot::isolation_level:
            reading.read_committed = item.number == 1;
            break;
        case kafka::Slot::fetch_offset:
            if (!reading.parts.empty()) reading.parts.back().fetch_offset = item.number;
            break;
        default:
            break;
    }
}

void Session::State::other_item(const kafka::Item& item) {
    using Kind = kafka::Item::Kind;
    place.on(item);
    if (item.kind == Kind::uuid && item.slot == kafka::Slot::topic_id && place.topic.name.empty() &&
        !place.topic.id.is_zero() && reading.topics.size() < 8)
        reading.topics.push_back(place.topic);
    if (item.kind != Kind::text || item.number == -1) return;
    switch (item.slot) {
        case kafka::Slot::topic_name:
            // A few as they are, for the event's own field; all that fit as text.
            if (reading.topics.size() < 8) reading.topics.push_back({place.topic.name, {}});
            add_name(reading.resource, as_text(item.bytes));
            break;
        case kafka::Slot::resource_name:
            if (!asked.elements.empty() && reading.topics.size() < 8 &&
                kind_of_config(asked.elements.back().type) == ResourceKind::topic)
                reading.topics.push_back({std::string(as_text(item.bytes)), {}});
            add_name(reading.resource, as_text(item.bytes));
            break;
        case kafka::Slot::group:
        case kafka::Slot::group_id:
        case kafka::Slot::transactional_id:
        case kafka::Slot::coordinator_key:
        case kafka::Slot::sasl_mechanism:
            add_name(reading.resource, as_text(item.bytes));
            break;
        default:
            break;
    }
}

}  // namespace sluice::session
