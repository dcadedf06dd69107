#include "session/session.h"

#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

TEST(Session, PassesAnUnwatchedRequestAndItsAnswerByteForByte) {
    const Buffer asked = heartbeat_v0(5), answered = heartbeat_answer_v0(5);
    for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
        Script script;
        script.client(asked, chunk).broker(answered, chunk);
        EXPECT_EQ(script.to_broker.bytes, asked);
        EXPECT_EQ(script.to_client.bytes, answered);
        EXPECT_EQ(script.to_client.after, std::vector<std::uint64_t>(answered.size(), 0));
        EXPECT_FALSE(script.closed);
    }
}

TEST(Session, KnowsWhetherItsFirstRequestHasCome) {
    Script script;
    EXPECT_TRUE(script.session.before_first_request());
    const Buffer asked = heartbeat_v0(5);
    script.client(Bytes(asked).first(10));
    EXPECT_TRUE(script.session.before_first_request());
    script.client(Bytes(asked).subspan(10));
    EXPECT_FALSE(script.session.before_first_request());
    EXPECT_EQ(script.session.in_flight(), 1u);
    script.broker(heartbeat_answer_v0(5));
    EXPECT_EQ(script.session.in_flight(), 0u);
}

TEST(Session, DrainsByFinishingWhatIsInFlightAndTakingNoNewFrame) {
    Script script;
    script.client(heartbeat_v0(1));
    script.session.drain();
    EXPECT_FALSE(script.session.drained());
    script.client(heartbeat_v0(2));
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(1));
    script.broker(heartbeat_answer_v0(1));
    EXPECT_EQ(script.to_client.bytes, heartbeat_answer_v0(1));
    EXPECT_TRUE(script.session.drained());
}

TEST(Session, AsksForTheWholeFrameWhereItHoldsOne) {
    Script script;
    const Buffer asked = produce_v7(1, "t", {{0, batch(0, 1, 100)}, {1, batch(0, 1, 100'000)}});
    script.client(Bytes(asked).first(60));
    EXPECT_EQ(script.session.client_wants(), asked.size());
    script.client(Bytes(asked).subspan(60));
    EXPECT_EQ(script.session.client_wants(), 0u);
    const Buffer answered = produced_v7(1, "t", {{0, 0, 5}, {1, 0, 6}});
    script.broker(Bytes(answered).first(9));
    EXPECT_EQ(script.session.broker_wants(), answered.size());
}

TEST(Session, ClosesItsBooksAtTheEnd) {
    Script script;
    script.client(produce_v7(1, "t", {{0, batch(0, 3)}})).end(CloseReason::client_reset);
    const auto unknown = script.of(audit::EventType::produce);
    ASSERT_EQ(unknown.size(), 1u);
    EXPECT_EQ(unknown[0].outcome, audit::Outcome::unknown);
    EXPECT_EQ(unknown[0].records, 3u);
    ASSERT_EQ(script.events.back().type, audit::EventType::session_close);
    EXPECT_EQ(script.events.back().reason, "client_reset");
}

TEST(Session, SaysNothingOfAConnectionThatNeverSpoke) {
    Script script;
    script.end(CloseReason::first_frame_deadline);
    EXPECT_TRUE(script.events.empty());
}

}  // namespace
}  // namespace sluice::session::test
