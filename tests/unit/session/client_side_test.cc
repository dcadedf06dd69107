// The client's direction: session/client_side.cc.
#include <algorithm>

#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

CloseReason closed_over(Bytes bytes) {
    Script script;
    script.client(bytes);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    return script.closed.value_or(CloseReason::count_);
}

TEST(ClientSide, NamesWhatIsWrongWithAFrame) {
    EXPECT_EQ(closed_over(Wire().i8(0x16).i8(3).i8(1).bytes()), CloseReason::tls_not_supported);
    EXPECT_EQ(closed_over(Wire().i32(-1).bytes()), CloseReason::frame_negative_size);
    EXPECT_EQ(closed_over(Wire().i32(limits::frame_bytes_max + 1).bytes()),
              CloseReason::frame_too_large);
    EXPECT_EQ(closed_over(Wire().i32(7).bytes()), CloseReason::frame_too_small);
    EXPECT_EQ(closed_over(request(12, 0, 1, Wire().text("g").i32(1).text("m").i8(0))),
              CloseReason::body_trailing_bytes);
    EXPECT_EQ(closed_over(request(12, 0, 1, Wire().i16(-5))), CloseReason::body_negative_length);
    EXPECT_EQ(closed_over(request(3, 1, 1, Wire().i32(1'000'000))),
              CloseReason::body_count_too_large);
    EXPECT_EQ(closed_over(request(12, 0, 1, Wire().i16(50).i32(1))), CloseReason::body_past_end);
    EXPECT_EQ(closed_over(request(9999, 0, 1, Wire())), CloseReason::api_unknown);
    EXPECT_EQ(closed_over(request(12, 77, 1, Wire())), CloseReason::api_not_advertised);
}

TEST(ClientSide, HoldsNoFrameThatIsLargerThanAnyRequest) {
    Wire header;  // Metadata version 1
    header.i32(static_cast<std::int64_t>(limits::held_frame_bytes_max))
        .i16(3)
        .i16(1)
        .i32(1)
        .text("me");
    EXPECT_EQ(closed_over(header.bytes()), CloseReason::frame_too_large);
}

TEST(ClientSide, NeverLetsPartOfASmallBadFrameThrough) {
    const Buffer bad = request(12, 0, 1, Wire().text("g").i32(1).text("m").i8(0));
    for (std::size_t cut = 1; cut < bad.size(); ++cut) {
        Script script;
        script.client(bad, cut);
        EXPECT_EQ(script.closed, CloseReason::body_trailing_bytes);
        EXPECT_TRUE(script.to_broker.bytes.empty());
    }
}

TEST(ClientSide, AnswersAnApiVersionsAboveOursItself) {
    Script script;
    script.client(request(18, 99, 42, Wire().raw(Buffer(20, 9)), true));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    ASSERT_GE(script.to_client.bytes.size(), 10u);
    EXPECT_EQ(load_be<std::int32_t>(script.to_client.bytes.data() + 4), 42);
    EXPECT_EQ(load_be<std::int16_t>(script.to_client.bytes.data() + 8), 35);
    EXPECT_FALSE(script.closed);
}

TEST(ClientSide, KeepsALocalAnswerInItsTurn) {
    Script script;
    script.client(heartbeat_v0(1)).client(request(18, 99, 2, Wire(), true));
    EXPECT_TRUE(script.to_client.bytes.empty());
    script.broker(heartbeat_answer_v0(1));
    const Buffer first = heartbeat_answer_v0(1);
    ASSERT_GT(script.to_client.bytes.size(), first.size() + 8);
    EXPECT_TRUE(std::equal(first.begin(), first.end(), script.to_client.bytes.begin()));
    EXPECT_EQ(load_be<std::int32_t>(script.to_client.bytes.data() + first.size() + 4), 2);
}

TEST(ClientSide, StopsReadingWhenTooManyRequestsAreInFlight) {
    Script script;
    for (std::size_t n = 0; n < limits::in_flight_max; ++n)
        script.client(heartbeat_v0(static_cast<int>(n)));
    script.client(heartbeat_v0(5000));
    EXPECT_TRUE(script.paused);
    EXPECT_FALSE(script.client_window.empty());
    script.broker(heartbeat_answer_v0(0));
    EXPECT_TRUE(script.client_window.empty());
    EXPECT_FALSE(script.closed);
}

}  // namespace
}  // namespace sluice::session::test
