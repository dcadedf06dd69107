// What is recorded: session/events.cc.
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

TEST(Events, EveryEventSaysWhoFromWhereAndToWhichBroker) {
    Script script;
    script.client(produce_v7(1, "t", {{0, batch(0, 1)}})).broker(produced_v7(1, "t", {{0, 0, 0}}));
    script.end(CloseReason::client_closed);
    ASSERT_EQ(script.events.size(), 4u);  // session_open, write_lease, produce, session_close
    for (const audit::Event& event : script.events) {
        EXPECT_EQ(event.session, 7u);
        EXPECT_EQ(event.cluster, "lab");
        EXPECT_EQ(script.who(event).principal, "net:10.0.0.9");
        EXPECT_EQ(script.who(event).evidence, "source address");
        EXPECT_EQ(script.who(event).address, 0x0a000009);
        EXPECT_EQ(event.client_port, 40000);
        EXPECT_EQ(event.broker, (Endpoint{0x0a5b0202, 9092}));
        EXPECT_EQ(script.who(event).client_id, "tester");
        EXPECT_EQ(event.wall_ns, script.now.wall);
    }
}

TEST(Events, ALeaseIsRecordedAgainAfterItsSpan) {
    Script script;
    const auto produce = [&](int n) {
        script.client(produce_v7(n, "t", {{0, batch(0, 1)}}))
            .broker(produced_v7(n, "t", {{0, 0, n}}));
    };
    produce(1);
    script.tick(4);
    produce(2);
    EXPECT_EQ(script.of(audit::EventType::write_lease).size(), 1u);
    script.tick(2);
    produce(3);
    EXPECT_EQ(script.of(audit::EventType::write_lease).size(), 2u);
}

TEST(Events, AnAnswerCutOffInsideItsRecordsIsAReadOfUnknownOutcome) {
    Script script;
    script.client(fetch_v11(1, "t", {{0, 5}}));
    const Buffer answered = fetched_v11(1, "t", {{0, 0, batch(5, 10, 300'000)}});
    script.broker(Bytes(answered).first(200'000)).end(CloseReason::broker_reset);
    const auto events = script.of(audit::EventType::fetch);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].outcome, audit::Outcome::unknown);
    EXPECT_EQ(events[0].partition, 0);
    EXPECT_EQ(events[0].fetch_offset, 5);
}

TEST(Events, WhatAnOutageKeptFromTheLogIsCountedAfterwards) {
    Script script;
    script.client(heartbeat_v0(1)).broker(heartbeat_answer_v0(1));
    script.facts.failed = true;
    const std::size_t before = script.events.size();
    script.client(heartbeat_v0(2)).broker(heartbeat_answer_v0(2));
    script.client(produce_v7(3, "t", {{0, batch(0, 1)}}));
    EXPECT_EQ(script.events.size(), before);
    script.facts.failed = false;
    script.tick(61);
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].records, 2u);
    EXPECT_EQ(refused[0].reason, "audit_unavailable");
}

}  // namespace
}  // namespace sluice::session::test
