// The broker's direction: session/broker_side.cc.
#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

TEST(BrokerSide, AProduceAcknowledgementWaitsForItsOutcome) {
    Script script;
    script.client(produce_v7(1, "t", {{0, batch(0, 3)}}));
    const Buffer answered = produced_v7(1, "t", {{0, 0, 40}});
    script.broker(answered, 5);
    EXPECT_EQ(script.to_client.bytes, answered);
    const std::uint64_t outcome = script.number_of(audit::EventType::produce);
    EXPECT_EQ(script.to_client.after, std::vector<std::uint64_t>(answered.size(), outcome));
    EXPECT_EQ(script.events[outcome - 1].offsets, (OffsetRange{40, 42}));
}

TEST(BrokerSide, WithAsyncOnlyTheLeaseIsWaitedFor) {
    Script script(Durability::async);
    script.client(produce_v7(1, "t", {{0, batch(0, 3)}}));
    EXPECT_NE(script.to_broker.after.front(), 0u);
    const Buffer answered = produced_v7(1, "t", {{0, 0, 40}});
    script.broker(answered);
    EXPECT_EQ(script.to_client.after, std::vector<std::uint64_t>(answered.size(), 0));
}

TEST(BrokerSide, TheTailOfAFetchAnswerWaitsForItsOutcomeTheRestForTheLease) {
    Script script;
    script.client(fetch_v11(1, "t", {{0, 5}}));
    const std::uint64_t lease = script.number_of(audit::EventType::read_lease);
    const Buffer answered = fetched_v11(1, "t", {{0, 0, batch(5, 10, 300'000)}});
    script.broker(answered, 10'000);
    EXPECT_EQ(script.to_client.bytes, answered);
    const std::uint64_t outcome = script.number_of(audit::EventType::fetch);
    const auto& after = script.to_client.after;
    EXPECT_EQ(after.front(), 0u);
    EXPECT_EQ(after[1000], lease);
    EXPECT_EQ(after[after.size() - limits::held_tail_bytes_max - 1], lease);
    EXPECT_EQ(after[after.size() - limits::held_tail_bytes_max], outcome);
    EXPECT_EQ(after.back(), outcome);
}

TEST(BrokerSide, StrictSendsNothingOfAFetchAnswerBeforeItsOutcome) {
    Script script(Durability::strict);
    script.client(fetch_v11(1, "t", {{0, 5}}));
    const Buffer answered = fetched_v11(1, "t", {{0, 0, batch(5, 10, 300'000)}});
    script.broker(answered, 10'000);
    EXPECT_EQ(script.to_client.bytes, answered);
    EXPECT_EQ(
        script.to_client.after,
        std::vector<std::uint64_t>(answered.size(), script.number_of(audit::EventType::fetch)));
}

TEST(BrokerSide, AnEmptyFetchWaitsForNothingAndIsCounted) {
    Script script;
    for (int n = 0; n < 3; ++n)
        script.client(fetch_v11(n, "t", {{0, 5}})).broker(fetched_v11(n, "t", {{0, 0, {}}}));
    EXPECT_EQ(script.to_client.after, std::vector<std::uint64_t>(script.to_client.bytes.size(), 0));
    EXPECT_TRUE(script.of(audit::EventType::fetch).empty());
    script.tick(61);
    const auto reports = script.of(audit::EventType::empty_fetches);
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].records, 3u);
}

TEST(BrokerSide, AnswersNobodyAskedForEndTheConnection) {
    Script script;
    script.client(heartbeat_v0(1)).broker(heartbeat_answer_v0(1)).broker(heartbeat_answer_v0(1));
    EXPECT_EQ(script.closed, CloseReason::response_unexpected);
    Script other;
    other.client(heartbeat_v0(1)).broker(heartbeat_answer_v0(2));
    EXPECT_EQ(other.closed, CloseReason::response_correlation);
    Script third;
    third.client(heartbeat_v0(1)).broker(response(1, Wire().i16(0).i8(0)));
    EXPECT_EQ(third.closed, CloseReason::response_malformed);
    Script fourth;
    fourth.client(heartbeat_v0(1)).broker(Wire().i32(-3).bytes());
    EXPECT_EQ(fourth.closed, CloseReason::response_malformed);
}

TEST(BrokerSide, HidesWhatItDoesNotUnderstandInApiVersions) {
    Script script;
    script.client(request(18, 0, 1, Wire()));
    Wire body;
    body.i16(0).i32(3).i16(0).i16(0).i16(99).i16(18).i16(0).i16(3).i16(9999).i16(0).i16(1);
    script.broker(response(1, body), 3);
    const Buffer& got = script.to_client.bytes;
    ASSERT_EQ(got.size(), 4u + 4 + 2 + 4 + 2 * 6);
    EXPECT_EQ(load_be<std::int32_t>(got.data() + 10), 2);
    EXPECT_LT(load_be<std::int16_t>(got.data() + 18), 99);
    EXPECT_EQ(script.session.counters().hidden_apis, 1u);
}

TEST(BrokerSide, AnyChunkingOfBothSidesGivesTheSame) {
    Script whole;
    const auto play = [](Script& script, std::size_t chunk) {
        script.client(fetch_v11(1, "t", {{0, 5}, {1, 6}}), chunk);
        script.client(produce_v7(2, "t", {{0, batch(0, 3)}}), chunk);
        script.client(heartbeat_v0(3), chunk);
        script.broker(fetched_v11(1, "t", {{0, 0, batch(5, 4)}, {1, 3, {}}}), chunk);
        script.broker(produced_v7(2, "t", {{0, 0, 40}}), chunk);
        script.broker(heartbeat_answer_v0(3), chunk);
    };
    play(whole, 0);
    for (std::size_t chunk = 1; chunk < 90; ++chunk) {
        Script script;
        play(script, chunk);
        EXPECT_EQ(script.to_client.bytes, whole.to_client.bytes);
        EXPECT_EQ(script.to_broker, whole.to_broker);
        EXPECT_EQ(script.events, whole.events);
    }
}

}  // namespace
}  // namespace sluice::session::test
