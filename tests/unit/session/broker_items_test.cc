// What the fields of an answer say: session/broker_items.cc.
#include <algorithm>

#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

TEST(BrokerItems, EveryPartitionWithRecordsOrAnErrorIsOneEvent) {
    Script script;
    script.client(fetch_v11(1, "t", {{0, 5}, {1, 6}, {2, 7}}));
    Buffer two = batch(4, 3);
    append(two, batch(7, 2));
    script.broker(fetched_v11(1, "t", {{0, 0, two}, {1, 0, {}}, {2, 29, {}}}));
    const auto events = script.of(audit::EventType::fetch);
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].fetch_offset, 5);
    EXPECT_EQ(events[0].offsets, (OffsetRange{4, 8}));
    EXPECT_EQ(events[0].records, 5u);
    EXPECT_EQ(events[0].bytes, two.size());
    EXPECT_EQ(events[0].high_watermark, 900);
    EXPECT_EQ(events[0].outcome, audit::Outcome::ok);
    EXPECT_EQ(events[1].error_code, 29);
    EXPECT_EQ(events[1].outcome, audit::Outcome::error);
}

TEST(BrokerItems, ATruncatedLastBatchCountsNowhere) {
    Script script;
    script.client(fetch_v11(1, "t", {{0, 5}}));
    Buffer records = batch(5, 3);
    Buffer cut = batch(8, 9);
    cut.resize(40);
    append(records, cut);
    script.broker(fetched_v11(1, "t", {{0, 0, records}}));
    const auto events = script.of(audit::EventType::fetch);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].offsets, (OffsetRange{5, 7}));
    EXPECT_TRUE(events[0].truncated_tail);
}

TEST(BrokerItems, RecordsOfAPartitionNobodyAskedForResetTheConnection) {
    Script script;
    script.client(fetch_v11(1, "t", {{0, 5}}));
    script.broker(fetched_v11(1, "t", {{4, 0, batch(0, 3, 50)}}));
    EXPECT_EQ(script.closed, CloseReason::fetch_unasked_partition);
    EXPECT_TRUE(closes_with_reset(*script.closed));
    const Buffer& sent = script.to_client.bytes;
    EXPECT_EQ(std::count(sent.begin(), sent.end(), 'x'), 0);
}

TEST(BrokerItems, AProduceAnswerForAnotherPartitionIsMalformed) {
    Script script;
    script.client(produce_v7(1, "t", {{0, batch(0, 3)}}));
    script.broker(produced_v7(1, "t", {{1, 0, 3}}));
    EXPECT_EQ(script.closed, CloseReason::response_malformed);
}

TEST(BrokerItems, ARefusedProduceIsRecordedWithoutOffsets) {
    Script script;
    script.client(produce_v7(1, "t", {{0, batch(0, 3)}}));
    script.broker(produced_v7(1, "t", {{0, 29, -1}}));
    const auto events = script.of(audit::EventType::produce);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].error_code, 29);
    EXPECT_EQ(events[0].offsets, OffsetRange{});
    EXPECT_EQ(script.session.counters().produced_records, 0u);
}

TEST(BrokerItems, AMirroredSessionKnowsWhatWasAskedBefore) {
    Script script;
    std::vector<Wanted> many;
    for (int n = 0; n < 40; ++n) many.push_back({n, n * 10});
    script.client(fetch_v11(1, "t", many));
    EXPECT_EQ(script.to_broker.bytes,
              fetch_v11(1, "t", many));  // untouched: this session is mirrored
    script.broker(fetched_v11(1, "t", {{3, 0, batch(30, 2)}}, 555));
    script.client(fetch_v11(2, "t", {{3, 32}}, 555, 1));
    script.broker(fetched_v11(2, "t", {{7, 0, batch(70, 2)}, {3, 0, batch(32, 1)}}, 555));
    const auto events = script.of(audit::EventType::fetch);
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[1].partition, 7);
    EXPECT_EQ(events[1].fetch_offset, 70);
    EXPECT_EQ(events[2].fetch_offset, 32);
    script.client(fetch_v11(3, "t", {}, 555, 2, {7}));
    script.broker(fetched_v11(3, "t", {{7, 0, batch(72, 2)}}, 555));
    EXPECT_EQ(script.closed, CloseReason::fetch_unasked_partition);
}

TEST(BrokerItems, MetadataTeachesNamesOfIds) {
    Script script;
    script.client(request(3, 10, 1, Wire().varint(0).i8(0).i8(0).i8(0).tags(), true));
    Wire body;
    body.i32(0).varint(1).varint(0).i32(-1);
    body.varint(2).i16(0).compact("orders").id(topic_id(9)).i8(0).varint(1).i32(0).tags();
    script.broker(response(1, body.i32(0).tags(), true));
    EXPECT_EQ(script.facts.topic_name(topic_id(9)), "orders");
    EXPECT_FALSE(script.closed);
}

}  // namespace
}  // namespace sluice::session::test
