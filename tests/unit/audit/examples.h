// examples.h: events for the tests of audit and auditlog.
#pragma once

#include "audit/event.h"

namespace sluice::audit::examples {

// A consumer read records 4700..4799 of orders/3.
inline Event fetch() {
    Event event;
    event.type = EventType::fetch;
    event.outcome = Outcome::ok;
    event.wall_ns = 1'700'000'000'123'456'789;
    event.session = 0x1122334455667788;
    event.cluster = "main";
    event.principal = "net:10.91.1.2";
    event.evidence = "source address";
    event.client = {0x0a5b0102, 48312};
    event.broker = {0x0a5b0202, 9092};
    event.client_id = "consumer-1";
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
    event.human = "alice@example.org";
    event.operation = "topic.read";
    event.rules = "orders-readers,rewind";
    event.ticket = "R-7F3K9Q2M";
    event.actor = "carol@example.org";
    event.comment = "as agreed in the meeting";
    event.masked_values = 12;
    event.withheld_records = 1;
    return event;
}

}  // namespace sluice::audit::examples
