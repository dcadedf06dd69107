// Produce, which streams: session/enforce_produce.cc.
#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

const std::string kWriter =
    "grants:\n  - {id: w, to: ['*'], allow: [topic.write], topics: ['open*']}\n";
constexpr std::int64_t kNeutral = 0x7fffffff;

struct Restricted : Script {
    Restricted() : Script(Durability::async) { facts.policy(kWriter); }
};

struct Written {
    std::string topic;
    std::int64_t partition;
    Buffer records;
};
Buffer produce(const std::vector<Written>& parts, int acks = -1, std::string_view txn = "") {
    Wire body;
    if (txn.empty())
        body.null_text();
    else
        body.text(txn);
    body.i16(acks).i32(30000).i32(static_cast<std::int64_t>(parts.size()));
    for (const Written& part : parts)
        body.text(part.topic)
            .i32(1)
            .i32(part.partition)
            .i32(static_cast<std::int64_t>(part.records.size()))
            .raw(part.records);
    return request(0, 7, 1, body);
}
struct Answered {
    std::string topic;
    std::int64_t partition;
    int error;
    std::int64_t offset;
};
Buffer produced(const std::vector<Answered>& parts, std::int64_t log_start = -1) {
    Wire body;
    body.i32(static_cast<std::int64_t>(parts.size()));
    for (const Answered& part : parts)
        body.text(part.topic)
            .i32(1)
            .i32(part.partition)
            .i16(part.error)
            .i64(part.offset)
            .i64(-1)
            .i64(log_start);
    return response(1, body.i32(0));
}

TEST(EnforceProduce, WhatMayNotBeWrittenIsAnsweredHere) {
    Restricted script;
    script.client(produce({{"secret", 2, batch(0, 1)}}));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_EQ(script.to_client.bytes, produced({{"secret", 2, 29, -1}}));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].operation, "topic.write");
    EXPECT_EQ(refused[0].resource, "secret");
    EXPECT_TRUE(script.of(audit::EventType::write_lease).empty());
}

TEST(EnforceProduce, SeveralRefusedTopicsShareOneAnswer) {
    Restricted script;
    script.client(produce({{"secret", 2, batch(0, 1)}, {"closed", 0, batch(0, 1)}}), 5);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_EQ(script.to_client.bytes, produced({{"secret", 2, 29, -1}, {"closed", 0, 29, -1}}));
}

TEST(EnforceProduce, InPartTheBrokerIsAskedForAPartitionThatCannotExist) {
    for (const std::size_t chunk : {0u, 1u, 11u}) {
        Restricted script;
        script.client(produce({{"secret", 2, batch(0, 1)}, {"open", 2, batch(0, 3)}}), chunk);
        EXPECT_EQ(script.to_broker.bytes,
                  produce({{"secret", kNeutral, batch(0, 1)}, {"open", 2, batch(0, 3)}}));
        script.broker(produced({{"secret", kNeutral, 3, -1}, {"open", 2, 0, 70}}), chunk);
        EXPECT_EQ(script.to_client.bytes, produced({{"secret", 2, 29, -1}, {"open", 2, 0, 70}}));
        const auto events = script.of(audit::EventType::produce);
        ASSERT_EQ(events.size(), 1u);
        EXPECT_EQ(events[0].topic, "open");
        EXPECT_EQ(events[0].offsets, (OffsetRange{70, 72}));
        EXPECT_EQ(script.of(audit::EventType::write_lease).size(), 1u);
    }
}

TEST(EnforceProduce, AboveWhatIsHeldLaterPartitionsAreDecidedAsTheyCome) {
    for (const std::size_t chunk : {0u, 70000u}) {
        const std::size_t big = limits::held_request_bytes_max + 1000;
        Restricted script;
        script.client(produce({{"open", 0, batch(0, 1, big)},
                               {"secret", 5, batch(0, 1)},
                               {"open2", 0, batch(0, 2)}}),
                      chunk);
        EXPECT_EQ(script.to_broker.bytes, produce({{"open", 0, batch(0, 1, big)},
                                                   {"secret", kNeutral - 1, batch(0, 1)},
                                                   {"open2", 0, batch(0, 2)}}));
        script.broker(
            produced({{"open", 0, 0, 1}, {"secret", kNeutral - 1, 3, -1}, {"open2", 0, 0, 9}}));
        EXPECT_EQ(script.to_client.bytes,
                  produced({{"open", 0, 0, 1}, {"secret", 5, 29, -1}, {"open2", 0, 0, 9}}));
        EXPECT_EQ(script.of(audit::EventType::produce).size(), 2u);
        EXPECT_EQ(script.of(audit::EventType::write_lease).size(), 2u);
    }
}

// Wherever the bytes stop when the first of them go: in a topic's name, behind it, behind the index
// of its partition.
TEST(EnforceProduce, WhatIsHalfReadWhenTheRequestIsBegunIsDecidedToo) {
    const std::size_t big = limits::held_request_bytes_max + 1000;
    const std::vector<Written> asked{
        {"open", 0, batch(0, 1, big)}, {"secret", 5, batch(0, 1)}, {"secret", 6, batch(0, 1)}};
    const Buffer frame = produce(asked);
    const Buffer expected = produce({{"open", 0, batch(0, 1, big)},
                                     {"secret", kNeutral - 1, batch(0, 1)},
                                     {"secret", kNeutral - 2, batch(0, 1)}});
    const std::size_t second =
        frame.size() - produce({{"secret", 5, batch(0, 1)}, {"secret", 6, batch(0, 1)}}).size();
    for (std::size_t cut = second; cut < second + 120; ++cut) {
        Restricted script;
        script.client(Bytes(frame).first(cut)).client(Bytes(frame).subspan(cut));
        ASSERT_EQ(script.to_broker.bytes, expected) << cut - second;
        ASSERT_EQ(script.closed, std::nullopt);
    }
}

TEST(EnforceProduce, ATransactionThatMayNotBeUsedRefusesAllPartitions) {
    Restricted script;
    script.client(produce({{"open", 0, batch(0, 1)}}, -1, "tx"));
    EXPECT_EQ(script.to_client.bytes, produced({{"open", 0, 53, -1}}));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].operation, "txn.write");
}

TEST(EnforceProduce, ATransactionalIdIsDecidedHoweverLongItIs) {
    Restricted script;
    script.client(produce({{"open", 0, batch(0, 1)}}, -1, std::string(5000, 'x')));
    EXPECT_EQ(script.to_client.bytes, produced({{"open", 0, 53, -1}}));
}

TEST(EnforceProduce, WithoutAnAnswerToRefuseInTheConnectionEnds) {
    Restricted script;
    script.client(produce({{"secret", 0, batch(0, 1)}}, 0));
    EXPECT_EQ(script.closed, CloseReason::not_allowed);
    EXPECT_TRUE(script.to_broker.bytes.empty());
}

TEST(EnforceProduce, WithoutAnAnswerNothingRefusedCountsAsWritten) {
    Restricted script;
    script.client(produce({{"secret", 0, batch(0, 1)}, {"open", 0, batch(0, 3)}}, 0));
    EXPECT_EQ(script.session.counters().produced_records, 3u);
    const auto events = script.of(audit::EventType::produce);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].topic, "open");
}

}  // namespace
}  // namespace sluice::session::test
