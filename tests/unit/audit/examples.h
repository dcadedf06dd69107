// examples.h: events for the tests of audit and auditlog.
#pragma once

#include "audit/event.h"

namespace sluice::audit::examples {

inline SubjectId consumer() {
    SubjectId id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i)
        id.bytes[i] = static_cast<std::uint8_t>(0xf0 + i);
    return id;
}

// A consumer read records 4700..4799 of orders/3.
inline Event fetch() {
    Event event;
    event.type = EventType::fetch;
    event.outcome = Outcome::ok;
    event.wall_ns = 1'700'000'000'123'456'789;
    event.session = 0x1122334455667788;
    event.cluster = "main";
    event.subject = consumer();
    event.client_port = 48312;
    event.broker = {0x0a5b0202, 9092};
    event.api_key = 1;
    event.api_version = 13;
    event.correlation_id = 77;
    event.topic = "orders";
    for (std::size_t i = 0; i < event.topic_id.bytes.size(); ++i)
        event.topic_id.bytes[i] = static_cast<std::uint8_t>(i + 1);
    event.partition = 3;
    event.fetch_offset = 4711;
    event.offsets = {4700, 4799};
    event.records = 100;
    event.bytes = 12'345;
    event.high_watermark = 4800;
    event.latency_ns = 1'234'567;
    return event;
}

// Every field set, and none to its default.
inline Event everything() {
    Event event = fetch();
    event.resource = "group orders-readers";
    event.producer_id = 4000;
    event.acks = -1;
    event.truncated_tail = true;
    event.error_code = -1;
    event.reason = "broker_closed";
    event.operation = "topic.read";
    event.rules = "orders-readers,rewind";
    event.ticket = "R-7F3K9Q2M";
    event.actor = {{0xca, 0x01}};
    event.comment = {{0xc0, 0x02}};
    event.policy = 0x8877665544332211;
    event.codecs = 0x11;
    event.read_committed = true;
    event.producer_epoch = 3;
    event.base_sequence = 1000;
    event.generation = 5;
    event.masked_values = 12;
    event.withheld_records = 1;
    return event;
}

}  // namespace sluice::audit::examples
