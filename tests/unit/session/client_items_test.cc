// What the fields of a request say: session/client_items.cc.
#include <algorithm>

#include "base/limits.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

TEST(ClientItems, AProduceGoesOnlyAfterTheLeasesOfAllItsPartitions) {
    Script script;
    const Buffer asked = produce_v7(1, "orders", {{0, batch(0, 2)}, {3, batch(0, 5)}});
    script.client(asked, 7);
    EXPECT_EQ(script.to_broker.bytes, asked);
    const auto leases = script.of(audit::EventType::write_lease);
    ASSERT_EQ(leases.size(), 2u);
    EXPECT_EQ(leases[0].topic, "orders");
    EXPECT_EQ(leases[0].partition, 0);
    EXPECT_EQ(leases[1].partition, 3);
    EXPECT_EQ(
        script.to_broker.after,
        std::vector<std::uint64_t>(asked.size(), script.number_of(audit::EventType::write_lease)));
}

TEST(ClientItems, ALargeProduceGoesPartitionByPartitionEachAfterItsLease) {
    Script script;
    const Buffer asked = produce_v7(1, "t",
                                    {{0, batch(0, 1, 2 * limits::held_request_bytes_max)},
                                     {1, batch(0, 1, 1000)},
                                     {2, batch(0, 1, 1000)}});
    script.client(asked, 64 * 1024);
    EXPECT_EQ(script.to_broker.bytes, asked);
    const auto& after = script.to_broker.after;
    const std::uint64_t last = script.number_of(audit::EventType::write_lease);
    EXPECT_EQ(after.front(), last - 2);
    EXPECT_EQ(after.back(), last);
    EXPECT_TRUE(std::is_sorted(after.begin(), after.end()));
}

TEST(ClientItems, AProduceWithoutAcksHasNoSlotAndIsRecordedWhenItWent) {
    Script script;
    script.client(produce_v7(1, "t", {{0, batch(0, 4)}}, 0));
    EXPECT_EQ(script.session.in_flight(), 0u);
    const auto produced = script.of(audit::EventType::produce);
    ASSERT_EQ(produced.size(), 1u);
    EXPECT_EQ(produced[0].outcome, audit::Outcome::unknown);
    EXPECT_EQ(produced[0].records, 4u);
    EXPECT_EQ(produced[0].offsets, OffsetRange{});
    script.client(heartbeat_v0(2)).broker(heartbeat_answer_v0(2));
    EXPECT_FALSE(script.closed);
}

TEST(ClientItems, NamesTheGroupAndTheTopicOfOtherRequests) {
    Script script;
    Wire body;  // OffsetCommit v2
    body.text("billing")
        .i32(3)
        .text("member")
        .i64(-1)
        .i32(1)
        .text("orders")
        .i32(1)
        .i32(0)
        .i64(17)
        .null_text();
    script.client(request(8, 2, 9, body));
    script.broker(response(9, Wire().i32(1).text("orders").i32(1).i32(0).i16(0)));
    const auto done = script.of(audit::EventType::request);
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].resource, "billing,orders");
    EXPECT_EQ(done[0].topic, "orders");
    EXPECT_EQ(done[0].outcome, audit::Outcome::ok);
}

TEST(ClientItems, NamesTheGroupsOfRequestsAboutSeveral) {
    Script script;
    script.client(request(42, 0, 9, Wire().i32(2).text("g1").text("g2")));  // DeleteGroups
    const auto intent = script.of(audit::EventType::admin_intent);
    ASSERT_EQ(intent.size(), 1u);
    EXPECT_EQ(intent[0].resource, "g1,g2");
    EXPECT_EQ(intent[0].topic, "");
}

TEST(ClientItems, NamesTheTopicWhoseSettingsAreAskedAndNoOtherResourceAsOne) {
    constexpr int topic = 2, broker = 4;
    const auto asked = [](int type, std::string_view name) {
        Script script;
        script.facts.policy(
            "grants:\n  - {id: t, to: [\"*\"], allow: [config.describe], topics: [orders]}\n"
            "  - {id: c, to: [\"*\"], allow: [config.describe]}\n");
        script.client(request(32, 0, 9, Wire().i32(1).i8(type).text(name).i32(-1)));
        script.broker(response(9, Wire().i32(0).i32(0)));
        const auto done = script.of(audit::EventType::request);
        EXPECT_EQ(done.size(), 1u);
        return done.empty() ? std::string() : done[0].resource + " " + done[0].topic;
    };
    EXPECT_EQ(asked(topic, "orders"), "orders orders");
    EXPECT_EQ(asked(broker, "1"), "1 ");
}

}  // namespace
}  // namespace sluice::session::test
