#include "session/hold.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

using What = approval::Answer::What;
constexpr std::int64_t kSecond = 1'000'000'000;

constexpr const char* kRules = R"(
identities:
  - {principal: "net:team", human: "alice@example.org", from: {source: 10.0.0.0/8}}
grants:
  - {id: some, to: ["*"], allow: [topic.create, group.join], topics: ["free*"], groups: ["*"]}
denials:
  - {id: never, to: ["*"], deny: [topic.create], topics: ["bad*"]}
holds:
  - id: lifecycle
    to: ["net:team"]
    applies: ungranted
    when: {operations: [topic.create, topic.delete], topics: ["orders*"]}
    approvers: {groups: [owners], count: 2}
    hold: 8s
    ticket: 30m
)";

// CreateTopics version 4 (with a message from version 1 on).
Buffer create(const std::vector<std::string>& topics, int correlation = 1, int timeout_ms = 30'000,
              int partitions = 3) {
    Wire body;
    body.i32(static_cast<std::int64_t>(topics.size()));
    for (const std::string& topic : topics) body.text(topic).i32(partitions).i16(1).i32(0).i32(0);
    return request(19, 4, correlation, body.i32(timeout_ms).i8(0));
}
struct Made {
    std::string topic;
    int error;
    std::string message;
};
Buffer created(int correlation, const std::vector<Made>& topics) {
    Wire body;
    body.i32(0).i32(static_cast<std::int64_t>(topics.size()));
    for (const Made& topic : topics) {
        body.text(topic.topic).i16(topic.error);
        topic.message.empty() ? body.null_text() : body.text(topic.message);
    }
    return response(correlation, body);
}

class HoldTest : public ::testing::Test {
  protected:
    HoldTest() { script.facts.policy(kRules); }
    Script script;
};

TEST_F(HoldTest, ARequestWaitsAndSaysWhatItIs) {
    script.client(create({"orders.new"}));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_TRUE(script.to_client.bytes.empty());
    EXPECT_TRUE(script.paused);
    EXPECT_TRUE(script.session.waits_for_human());
    ASSERT_EQ(script.asks.size(), 1u);
    const approval::Ask& ask = script.asks[0].ask;
    EXPECT_EQ(ask.principal, "net:team");
    EXPECT_EQ(ask.human, "alice@example.org");
    EXPECT_EQ(ask.operation, "topic.create");
    EXPECT_EQ(ask.resources, "orders.new");
    EXPECT_EQ(ask.details, "topic orders.new\n  partitions 3\n  replication factor 1\n");
    EXPECT_EQ(ask.requirements,
              (std::vector<approval::Requirement>{{"lifecycle", {"owners"}, {}, 2}}));
    EXPECT_EQ(ask.ticket_life, std::chrono::minutes(30));
    EXPECT_EQ(ask.client, "10.0.0.9:40000");
}

TEST_F(HoldTest, GoesOnceAHumanApproved) {
    const Buffer wish = create({"orders.new"});
    script.client(wish).answer(1, What::waiting).answer(1, What::passed);
    EXPECT_EQ(script.to_broker.bytes, wish);
    EXPECT_FALSE(script.session.waits_for_human());
    const auto intents = script.of(audit::EventType::admin_intent);
    ASSERT_EQ(intents.size(), 1u);
    EXPECT_EQ(intents[0].ticket, "R-1");
    EXPECT_EQ(intents[0].rules, "lifecycle");
    script.broker(created(1, {{"orders.new", 0, ""}}));
    EXPECT_EQ(script.to_client.bytes, created(1, {{"orders.new", 0, ""}}));
    EXPECT_EQ(script.of(audit::EventType::request).back().ticket, "R-1");
    EXPECT_TRUE(script.left.empty());
}

TEST_F(HoldTest, IsAnsweredInTimeWithItsTicket) {
    script.client(create({"orders.new"})).answer(1, What::waiting, "R-7F3K");
    script.tick(7);
    EXPECT_TRUE(script.to_client.bytes.empty());
    script.tick(1);
    EXPECT_EQ(script.to_client.bytes,
              created(1, {{"orders.new", 44,
                           "R-7F3K waits for approval; try again once it is approved"}}));
    ASSERT_EQ(script.left.size(), 1u);
    EXPECT_FALSE(script.left[0].gone);
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].reason, "approval_pending");
    EXPECT_EQ(refused[0].ticket, "R-7F3K");
    EXPECT_EQ(refused[0].error_code, 44);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    script.client(heartbeat_v0(2));  // what stood behind it goes on
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(2));
}

TEST_F(HoldTest, ADenialIsToldInAHumansWords) {
    script.client(create({"orders.new"})).answer(1, What::waiting);
    script.answer(1, What::denied, "R-1", "R-1 was denied by carol: not now");
    EXPECT_EQ(script.to_client.bytes,
              created(1, {{"orders.new", 44, "R-1 was denied by carol: not now"}}));
    EXPECT_EQ(script.of(audit::EventType::refused).back().reason, "approval_denied");
}

TEST_F(HoldTest, IsRefusedWhereNobodyCanBeAsked) {
    script.client(create({"orders.new"})).answer(1, What::unavailable, "", "not available");
    EXPECT_EQ(script.to_client.bytes, created(1, {{"orders.new", 44, "not available"}}));
    script.client(create({"orders.new"}, 2));
    script.tick(5);
    EXPECT_EQ(script.of(audit::EventType::refused).back().reason, "approvals_unavailable");
    EXPECT_TRUE(script.to_broker.bytes.empty());
}

TEST_F(HoldTest, ARetryIsTheSameWishWhateverItsTimeoutAndNumber) {
    script.client(create({"orders.new"}, 1, 30'000)).answer(1, What::waiting).tick(8);
    script.client(create({"orders.new"}, 2, 20'000));
    script.client_window.clear();
    ASSERT_EQ(script.asks.size(), 2u);
    EXPECT_EQ(script.asks[0].ask.digest, script.asks[1].ask.digest);
    Script other;
    other.facts.policy(kRules);
    other.client(create({"orders.new"}, 1, 30'000, 4));
    ASSERT_EQ(other.asks.size(), 1u);
    EXPECT_NE(other.asks[0].ask.digest, script.asks[0].ask.digest);
}

TEST_F(HoldTest, NothingOfARequestThatWaitsIsDone) {
    script.client(create({"free1", "orders.new", "bad1"})).answer(1, What::waiting);
    script.tick(8);
    const std::string message = "R-1 waits for approval; try again once it is approved";
    const Buffer& bytes = script.to_client.bytes;
    EXPECT_TRUE(script.to_broker.bytes.empty());
    const std::string_view text = as_text(bytes);
    EXPECT_NE(text.find(message), std::string_view::npos);
    EXPECT_NE(text.find(message), text.rfind(message));  // of both
    EXPECT_EQ(script.asks.size(), 1u);
}

TEST_F(HoldTest, WhatIsDeniedStaysDeniedWhenTheRestIsApproved) {
    script.client(create({"free1", "orders.new", "bad1"}));
    script.answer(1, What::waiting).answer(1, What::passed);
    EXPECT_EQ(script.to_broker.bytes, create({"free1", "orders.new"}));
}

TEST_F(HoldTest, IsDecidedAnewByTheRulesOfTheMoment) {
    script.client(create({"orders.new"})).answer(1, What::waiting);
    script.facts.policy("denials:\n  - {id: all, to: [\"*\"], deny: [\"*\"]}\n");
    script.answer(1, What::passed);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_EQ(script.of(audit::EventType::refused).back().rules, "all");
    EXPECT_EQ(script.of(audit::EventType::refused).back().ticket, "");
}

TEST_F(HoldTest, IsAskedForAnewWhereMoreHumansMustApproveMeanwhile) {
    script.client(create({"orders.new"})).answer(1, What::waiting);
    std::string stricter = kRules;
    stricter.replace(stricter.find("count: 2"), 8, "count: 3");
    script.facts.policy(stricter);
    script.answer(1, What::passed);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    ASSERT_EQ(script.asks.size(), 2u);
    EXPECT_EQ(script.asks[1].ask.requirements[0].count, 3u);
}

TEST_F(HoldTest, AWishEndsWithItsClient) {
    script.client(create({"orders.new"})).answer(1, What::waiting).end(CloseReason::client_closed);
    ASSERT_EQ(script.left.size(), 1u);
    EXPECT_TRUE(script.left[0].gone);
    EXPECT_TRUE(script.to_broker.bytes.empty());
}

TEST_F(HoldTest, WaitsLessThanItsClientDoes) {
    script.client(create({"orders.new"}, 1, 5'000)).answer(1, What::waiting).tick(3);
    EXPECT_FALSE(script.to_client.bytes.empty());
}

TEST_F(HoldTest, AMemberOfAGroupIsNotKeptFromItsHeartbeats) {
    script.client(heartbeat_v0(1)).broker(heartbeat_answer_v0(1));
    script.to_client = {};
    script.client(create({"orders.new"}, 2)).answer(1, What::waiting);
    EXPECT_FALSE(script.to_client.bytes.empty());
    EXPECT_FALSE(script.left.at(0).gone);
}

TEST_F(HoldTest, AnAnswerTooLateChangesNothing) {
    script.client(create({"orders.new"})).answer(1, What::waiting).tick(8);
    script.to_client = {};
    script.answer(1, What::passed);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_TRUE(script.to_client.bytes.empty());
}

TEST_F(HoldTest, WhatCannotWaitIsRefused) {
    script.facts.policy(R"(
grants:
  - {id: g, to: ["*"], allow: [group.join], groups: ["*"]}
holds:
  - {id: h, to: ["*"], when: {operations: [group.join]}, approvers: {groups: [owners]}}
)");
    script.client(heartbeat_v0(1));
    EXPECT_EQ(script.to_client.bytes, heartbeat_answer_v0(1, 30));
    EXPECT_TRUE(script.asks.empty());
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].reason, "not_allowed");
    EXPECT_EQ(refused[0].rules, "h,g");
}

TEST_F(HoldTest, ATicketIsGoodForWhatWasAskedAlone) {
    script.facts.policy(R"(
identities:
  - {principal: "net:team", human: "alice@example.org", from: {source: 10.0.0.0/8}}
holds:
  - id: offsets
    to: ["net:team"]
    applies: ungranted
    when: {operations: [group.offset.delete]}
    approvers: {groups: [owners]}
  - id: reading
    to: ["net:team"]
    applies: ungranted
    when: {operations: [topic.read], topics: ["secret"]}
    approvers: {groups: [others]}
)");
    const Buffer wish = request(47, 0, 1, Wire().text("g").i32(1).text("secret").i32(1).i32(0));
    script.client(wish).answer(1, What::waiting).answer(1, What::passed);
    ASSERT_EQ(script.asks.size(), 1u);
    EXPECT_EQ(script.asks[0].ask.requirements,
              (std::vector<approval::Requirement>{{"offsets", {"owners"}, {}, 1}}));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].operation, "topic.read");
    EXPECT_EQ(refused[0].error_code, 29);
}

TEST_F(HoldTest, ObservedRequestsGoAndAreRecorded) {
    Script observer(Durability::durable, true);
    observer.facts.policy(kRules);
    observer.client(create({"orders.new"}));
    EXPECT_EQ(observer.to_broker.bytes, create({"orders.new"}));
    EXPECT_EQ(observer.of(audit::EventType::observed).front().reason, "would_hold");
    EXPECT_TRUE(observer.asks.empty());
}

}  // namespace
}  // namespace sluice::session::test
