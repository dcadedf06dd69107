#include <gtest/gtest.h>

#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

using What = approval::Answer::What;
constexpr std::int32_t kOurs = 0x52000000;

constexpr const char* kRules = R"(
identities:
  - {principal: "net:team", human: "alice@example.org", from: {source: 10.0.0.0/8}}
grants:
  - {id: g, to: ["*"], allow: [topic.read, group.join, group.offset.reset], topics: ["*"],
     groups: ["*"]}
holds:
  - id: rewind
    to: ["*"]
    when: {operations: [group.offset.reset], records_over: 100}
    approvers: {groups: [owners]}
)";

struct Commit {
    int partition;
    std::int64_t offset;
};
// OffsetCommit version 2.
Buffer commit(const std::vector<Commit>& parts, int generation = -1, std::string_view member = "",
              int correlation = 1) {
    Wire body;
    body.text("g").i32(generation).text(member).i64(-1).i32(1).text("orders");
    body.i32(static_cast<std::int64_t>(parts.size()));
    for (const Commit& part : parts) body.i32(part.partition).i64(part.offset).null_text();
    return request(8, 2, correlation, body);
}
// Our own OffsetFetch version 5, and its answer.
Buffer question(const std::vector<int>& partitions) {
    Wire body;
    body.text("g").i32(1).text("orders").i32(static_cast<std::int64_t>(partitions.size()));
    for (const int partition : partitions) body.i32(partition);
    return request(9, 5, kOurs, body, false, "sluice");
}
Buffer committed(const std::vector<Commit>& parts, int error = 0) {
    Wire body;
    body.i32(0).i32(1).text("orders").i32(static_cast<std::int64_t>(parts.size()));
    for (const Commit& part : parts)
        body.i32(part.partition).i64(part.offset).i32(-1).null_text().i16(0);
    return response(kOurs, body.i16(error));
}

class RewindTest : public ::testing::Test {
  protected:
    RewindTest() { script.facts.policy(kRules); }
    Script script;
};

TEST_F(RewindTest, AsksWhatWasCommittedAndHoldsWhatGoesFarBack) {
    script.client(commit({{0, 10}, {1, 500}}));
    EXPECT_EQ(script.to_broker.bytes, question({0, 1}));
    EXPECT_TRUE(script.asks.empty());
    script.broker(committed({{0, 70}, {1, 541}}));
    ASSERT_EQ(script.asks.size(), 1u);
    EXPECT_EQ(script.asks[0].ask.operation, "group.offset.reset");
    EXPECT_EQ(script.asks[0].ask.details,
              "group g\n  orders partition 0: to offset 10, from 70\n"
              "  orders partition 1: to offset 500, from 541\n");
    script.to_broker = {};
    script.answer(1, What::waiting).answer(1, What::passed);
    EXPECT_EQ(script.to_broker.bytes, commit({{0, 10}, {1, 500}}));
}

TEST_F(RewindTest, WhatGoesBackALittleOrForwardGoes) {
    script.client(commit({{0, 10}, {1, 5000}}));
    script.to_broker = {};
    script.broker(committed({{0, 110}, {1, 20}}));
    EXPECT_EQ(script.to_broker.bytes, commit({{0, 10}, {1, 5000}}));
    EXPECT_TRUE(script.asks.empty());
}

TEST_F(RewindTest, WhereNothingWasCommittedNothingIsRewound) {
    script.client(commit({{0, 0}}));
    script.to_broker = {};
    script.broker(committed({{0, -1}}));
    EXPECT_EQ(script.to_broker.bytes, commit({{0, 0}}));
}

TEST_F(RewindTest, WhatIsNotKnownCountsAsFar) {
    script.client(commit({{0, 10}})).broker(committed({}, 30));
    EXPECT_EQ(script.asks.size(), 1u);
    Script silent;
    silent.facts.policy(kRules);
    silent.client(commit({{0, 10}}));
    silent.tick(nanoseconds(limits::fact_deadline) / 1'000'000'000 + 1);
    EXPECT_EQ(silent.asks.size(), 1u);
    silent.broker(committed({{0, 10}}));  // too late
    EXPECT_TRUE(silent.session.waits_for_human());
}

TEST_F(RewindTest, AMembersCommitIsNeverHeld) {
    script.client(commit({{0, 10}}, 4, "member-1"));
    EXPECT_EQ(script.to_broker.bytes, commit({{0, 10}}, 4, "member-1"));
    EXPECT_TRUE(script.asks.empty());
}

TEST_F(RewindTest, ANamedMemberOutsideOfAnyGenerationIsAReset) {
    script.client(commit({{0, 10}}, -1, "made-up")).broker(committed({{0, 10'000}}));
    EXPECT_EQ(script.asks.size(), 1u);
    Script below;
    below.facts.policy(kRules);
    below.client(commit({{0, 10}}, -2)).broker(committed({{0, 10'000}}));
    EXPECT_EQ(below.asks.size(), 1u);
}

TEST_F(RewindTest, ExpiresWithTheGroupsOwnCode) {
    script.client(commit({{0, 10}})).broker(committed({{0, 1000}}));
    script.answer(1, What::waiting).tick(8);
    EXPECT_EQ(script.to_client.bytes,
              response(1, Wire().i32(1).text("orders").i32(1).i32(0).i16(30)));
}

}  // namespace
}  // namespace sluice::session::test
