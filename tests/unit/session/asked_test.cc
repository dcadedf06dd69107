#include <gtest/gtest.h>

#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

// The operation of the refusal that a request gets where nothing is granted.
std::string refused(const Buffer& request_frame) {
    Script script;
    script.facts.policy(
        "grants:\n  - {id: g, to: [\"nobody\"], allow: [topic.read], topics: [x]}\n");
    script.client(request_frame);
    const auto events = script.of(audit::EventType::refused);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    return events.empty() ? "" : events.front().operation;
}

TEST(Asked, AnOffsetCommitWithoutGenerationsIsAReset) {
    const Wire part = Wire().i32(1).text("orders").i32(1).i32(0).i64(5).null_text();
    EXPECT_EQ(refused(request(8, 0, 1, Wire().text("g").raw(part.bytes()))), "group.offset.reset");
    Wire member = Wire().text("g").i32(3).text("m").i64(-1);
    EXPECT_EQ(refused(request(8, 2, 1, member.raw(part.bytes()))), "group.offset.commit");
}

TEST(Asked, EndTxnCommitsOrAborts) {
    const auto end = [](int commit) {
        return request(26, 0, 1, Wire().text("t").i64(1).i16(0).i8(commit));
    };
    EXPECT_EQ(refused(end(1)), "txn.commit");
    EXPECT_EQ(refused(end(0)), "txn.abort");
}

TEST(Asked, AProducerIdWithoutATransactionIsTheClustersToGive) {
    EXPECT_EQ(refused(request(22, 0, 1, Wire().null_text().i32(1000))), "producer.idempotent");
    EXPECT_EQ(refused(request(22, 0, 1, Wire().text("t").i32(1000))), "txn.init");
}

TEST(Asked, ACoordinatorIsThatOfAGroupOrATransaction) {
    EXPECT_EQ(refused(request(10, 1, 1, Wire().text("g").i8(0))), "group.describe");
    EXPECT_EQ(refused(request(10, 1, 1, Wire().text("t").i8(1))), "txn.describe");
}

// Of a request that goes on, what the log says it does.
std::string told(const Buffer& request_frame, const Buffer& answer) {
    Script script;
    script.client(request_frame).broker(answer);
    const auto events = script.of(audit::EventType::request);
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? "" : events.front().operation;
}

TEST(Asked, TheLogSaysWhatIsDoneWhereTheApiDoesNot) {
    const auto commit = [](int generation) {
        return request(8, 2, 1, Wire().text("g").i32(generation).text("").i64(-1).i32(0));
    };
    const Buffer committed = response(1, Wire().i32(0));
    EXPECT_EQ(told(commit(3), committed), "group.offset.commit");
    EXPECT_EQ(told(commit(-1), committed), "group.offset.reset");
    const auto end = [](int commits) {
        return request(26, 0, 1, Wire().text("t").i64(1).i16(0).i8(commits));
    };
    const Buffer ended = response(1, Wire().i32(0).i16(0));
    EXPECT_EQ(told(end(1), ended), "txn.commit");
    EXPECT_EQ(told(end(0), ended), "txn.abort");
    const auto coordinator = [](int type) { return request(10, 1, 1, Wire().text("x").i8(type)); };
    const Buffer found = response(1, Wire().i32(0).i16(0).null_text().i32(1).text("b").i32(9092));
    EXPECT_EQ(told(coordinator(0), found), "group.describe");
    EXPECT_EQ(told(coordinator(1), found), "txn.describe");
    const Buffer producer = response(1, Wire().i32(0).i16(0).i64(7).i16(0));
    EXPECT_EQ(told(request(22, 0, 1, Wire().null_text().i32(1000)), producer),
              "producer.idempotent");
}

TEST(Asked, TheLogSaysNothingMoreWhereTheApiSaysAll) {
    EXPECT_EQ(told(heartbeat_v0(1), heartbeat_answer_v0(1)), "");
}

}  // namespace
}  // namespace sluice::session::test
