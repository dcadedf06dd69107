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

}  // namespace
}  // namespace sluice::session::test
