#include <gtest/gtest.h>

#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

using What = approval::Answer::What;
constexpr std::int32_t kOurs = 0x53000000;

constexpr const char* kRules = R"(
identities:
  - {principal: "net:team", human: "alice@example.org", from: {source: 10.0.0.0/8}}
grants:
  - {id: g, to: ["*"], allow: [topic.read, group.join], topics: ["*"], groups: ["*"]}
holds:
  - id: replay
    to: ["*"]
    when: {operations: [topic.read], topics: ["orders"], lag_over: 100}
    approvers: {groups: [owners]}
)";

struct Mark {
    int partition;
    std::int64_t offset;
};
// Our own ListOffsets version 2, and its answer.
Buffer question(const std::vector<int>& partitions) {
    Wire body;
    body.i32(-1).i8(0).i32(1).text("orders").i32(static_cast<std::int64_t>(partitions.size()));
    for (const int partition : partitions) body.i32(partition).i64(-1);
    return request(2, 2, kOurs, body, false, "sluice");
}
Buffer marks(const std::vector<Mark>& parts) {
    Wire body;
    body.i32(0).i32(1).text("orders").i32(static_cast<std::int64_t>(parts.size()));
    for (const Mark& part : parts) body.i32(part.partition).i16(0).i64(-1).i64(part.offset);
    return response(kOurs, body);
}

class ParkTest : public ::testing::Test {
  protected:
    ParkTest() { script.facts.policy(kRules); }
    // Partition 0 is far behind, partition 1 is not.
    void begin() {
        script.client(fetch_v11(1, "orders", {{0, 0}, {1, 950}}, 0, -1));
        script.to_broker = {};
        script.broker(marks({{0, 1000}, {1, 1000}}));
    }
    Script script;
};

TEST_F(ParkTest, AsksForTheEndsOnceAndParksWhatIsFarBehind) {
    script.client(fetch_v11(1, "orders", {{0, 0}, {1, 950}}, 0, -1));
    EXPECT_EQ(script.to_broker.bytes, question({0, 1}));
    script.to_broker = {};
    script.broker(marks({{0, 1000}, {1, 1000}}));
    EXPECT_EQ(script.to_broker.bytes, fetch_v11(1, "orders", {{1, 950}}, 0, -1));
    ASSERT_EQ(script.asks.size(), 1u);
    EXPECT_EQ(script.asks[0].ask.unit, "partition 0");
    EXPECT_EQ(script.asks[0].ask.operation, "topic.read");
    EXPECT_EQ(script.asks[0].ask.details,
              "topic orders\n  partition 0: from offset 0, 1000 records behind\n");
    script.to_broker = {};
    script.client(fetch_v11(2, "orders", {{0, 0}, {1, 950}}, 0, -1));
    EXPECT_EQ(script.to_broker.bytes, fetch_v11(2, "orders", {{1, 950}}, 0, -1));
    EXPECT_EQ(script.asks.size(), 1u);
}

TEST_F(ParkTest, TheClientIsToldThatThereIsNothingYet) {
    begin();
    script.broker(fetched_v11(1, "orders", {{1, 0, {}}}));
    const Buffer& answer = script.to_client.bytes;
    const Buffer plain = fetched_v11(1, "orders", {{1, 0, {}}});
    ASSERT_GT(answer.size(), plain.size());
    EXPECT_EQ(load_be<std::int32_t>(answer.data()), static_cast<std::int32_t>(answer.size() - 4));
    // The parked one stands behind: its partition, no error, the end as it is known.
    const Buffer told = Wire().text("orders").i32(1).i32(0).i16(0).i64(1000).bytes();
    EXPECT_NE(std::search(answer.begin(), answer.end(), told.begin(), told.end()), answer.end());
}

TEST_F(ParkTest, WhereAllIsParkedTheClientWaitsAsLongAsItWantedTo) {
    script.client(fetch_v11(1, "orders", {{0, 0}}, 0, -1));
    script.to_broker = {};
    script.broker(marks({{0, 1000}}));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_TRUE(script.to_client.bytes.empty());
    script.tick(1);
    EXPECT_FALSE(script.to_client.bytes.empty());
    EXPECT_FALSE(script.closed);
}

TEST_F(ParkTest, IsReadOnceAHumanApproved) {
    begin();
    script.answer(1, What::waiting).answer(1, What::passed);
    script.broker(fetched_v11(1, "orders", {{1, 0, {}}}));
    script.to_broker = {};
    const Buffer both = fetch_v11(2, "orders", {{0, 0}, {1, 950}}, 0, -1);
    script.client(both);
    EXPECT_EQ(script.to_broker.bytes, both);
    script.to_broker = {};
    const Buffer onward = fetch_v11(3, "orders", {{0, 300}, {1, 960}}, 0, -1);
    script.client(onward);
    EXPECT_EQ(script.to_broker.bytes, onward);
    EXPECT_EQ(script.asks.size(), 1u);
}

TEST_F(ParkTest, AJumpBackIsAnotherReplay) {
    begin();
    script.answer(1, What::passed).broker(fetched_v11(1, "orders", {{1, 0, {}}}));
    script.client(fetch_v11(2, "orders", {{0, 300}, {1, 950}}, 0, -1));
    script.to_broker = {};
    script.client(fetch_v11(3, "orders", {{0, 10}, {1, 950}}, 0, -1));
    EXPECT_EQ(script.to_broker.bytes, fetch_v11(3, "orders", {{1, 950}}, 0, -1));
    EXPECT_EQ(script.asks.size(), 2u);
    EXPECT_EQ(script.asks[0].ask.digest, script.asks[1].ask.digest);
}

TEST_F(ParkTest, ADeniedReplayIsRefusedByItsTopicsCode) {
    begin();
    script.answer(1, What::denied).broker(fetched_v11(1, "orders", {{1, 0, {}}}));
    script.to_client = {};
    script.client(fetch_v11(2, "orders", {{0, 0}, {1, 950}}, 0, -1));
    script.broker(fetched_v11(2, "orders", {{1, 0, {}}}));
    const Buffer told = Wire().text("orders").i32(1).i32(0).i16(29).i64(-1).bytes();
    const Buffer& answer = script.to_client.bytes;
    EXPECT_NE(std::search(answer.begin(), answer.end(), told.begin(), told.end()), answer.end());
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].reason, "approval_denied");
}

TEST_F(ParkTest, TopicsNoHoldBearsOnAreNotAskedAbout) {
    const Buffer other = fetch_v11(1, "free", {{0, 0}}, 0, -1);
    script.client(other);
    EXPECT_EQ(script.to_broker.bytes, other);
}

TEST_F(ParkTest, WhatIsNotKnownCountsAsFar) {
    script.client(fetch_v11(1, "orders", {{0, 0}}, 0, -1));
    script.tick(nanoseconds(limits::fact_deadline) / 1'000'000'000 + 1);
    EXPECT_EQ(script.asks.size(), 1u);
}

TEST_F(ParkTest, AFetchSessionIsEndedBeforeAPartitionOfItIsParked) {
    script.client(fetch_v11(1, "orders", {{0, 0}}, 77, 3));
    script.broker(marks({{0, 1000}}));
    EXPECT_EQ(load_be<std::int16_t>(script.to_client.bytes.data() + 12), 70);
    script.to_client = {};
    script.client(fetch_v11(2, "orders", {{0, 0}}, 0, 0)).tick(1);
    EXPECT_FALSE(script.to_client.bytes.empty());
    EXPECT_FALSE(script.closed);
}

TEST_F(ParkTest, TheOffsetsOfAReaderAreNotHeld) {
    Wire body;
    body.text("g").i32(4).text("m").i64(-1).i32(1).text("orders").i32(1).i32(0).i64(5).null_text();
    const Buffer commit = request(8, 2, 1, body);
    script.client(commit);
    EXPECT_EQ(script.to_broker.bytes, commit);
    EXPECT_TRUE(script.asks.empty());
}

TEST_F(ParkTest, TheWishEndsWithTheClient) {
    begin();
    script.answer(1, What::waiting).end(CloseReason::client_closed);
    ASSERT_EQ(script.left.size(), 1u);
    EXPECT_TRUE(script.left[0].gone);
}

}  // namespace
}  // namespace sluice::session::test
