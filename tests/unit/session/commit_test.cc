// Before a request may go: session/commit.cc.
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

Buffer metadata_v12_answer(const TopicId& id, std::string_view name, std::int32_t correlation) {
    Wire body;
    body.i32(0).varint(1).varint(0).i32(-1);  // throttle, brokers, cluster id, controller
    body.varint(2).i16(0).compact(name).id(id).i8(0).varint(1).i32(0).tags();
    return response(correlation, body.tags(), true);
}

TEST(Commit, ASmallFetchIsMadeSessionlessInPlace) {
    Script script;
    const Buffer asked = fetch_v11(1, "t", {{0, 5}}, 0, 0);
    script.client(asked);
    EXPECT_EQ(script.to_broker.bytes, fetch_v11(1, "t", {{0, 5}}, 0, -1));
    EXPECT_EQ(script.session.counters().edits_fetch_session, 1u);
}

TEST(Commit, AFetchSessionNobodyOpenedHereIsAnswered70) {
    Script script;
    script.client(fetch_v11(3, "t", {}, 77, 4));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    ASSERT_GE(script.to_client.bytes.size(), 14u);
    EXPECT_EQ(load_be<std::int16_t>(script.to_client.bytes.data() + 12), 70);
}

TEST(Commit, AReadLeaseIsRecordedWhileTheBrokerWorks) {
    Script script;
    script.client(fetch_v11(1, "t", {{0, 5}, {1, 9}}));
    const auto leases = script.of(audit::EventType::read_lease);
    ASSERT_EQ(leases.size(), 2u);
    EXPECT_EQ(leases[1].fetch_offset, 9);
    EXPECT_EQ(script.to_broker.after.back(), 0u);  // the request itself waits for nothing
}

TEST(Commit, StrictWantsTheIntentOfEveryProduce) {
    Script durable, strict(Durability::strict);
    for (Script* script : {&durable, &strict})
        for (int n = 0; n < 3; ++n)
            script->client(produce_v7(n, "t", {{0, batch(0, 1)}}))
                .broker(produced_v7(n, "t", {{0, 0, n}}));
    EXPECT_EQ(durable.of(audit::EventType::write_lease).size(), 1u);
    EXPECT_EQ(strict.of(audit::EventType::write_lease).size(), 3u);
}

TEST(Commit, AnUnknownTopicIdIsLookedUpOnTheSameConnectionFirst) {
    Script script;
    const TopicId id = topic_id(4);
    const Buffer asked = fetch_v13(1, id, {{0, 5}});
    script.client(asked);
    EXPECT_TRUE(script.paused);
    const Buffer question = script.to_broker.bytes;
    ASSERT_GT(question.size(), 12u);
    EXPECT_EQ(load_be<std::int16_t>(question.data() + 4), 3);  // Metadata
    script.broker(metadata_v12_answer(id, "orders", load_be<std::int32_t>(question.data() + 8)));
    EXPECT_TRUE(script.to_client.bytes.empty());  // nobody but us asked
    EXPECT_EQ(Buffer(script.to_broker.bytes.begin() + static_cast<std::ptrdiff_t>(question.size()),
                     script.to_broker.bytes.end()),
              asked);
    script.broker(fetched_v13(1, id, {{0, 0, batch(5, 2)}}));
    const auto fetched = script.of(audit::EventType::fetch);
    ASSERT_EQ(fetched.size(), 1u);
    EXPECT_EQ(fetched[0].topic, "orders");
    EXPECT_EQ(fetched[0].topic_id, id);
    EXPECT_EQ(fetched[0].offsets, (OffsetRange{5, 6}));
}

TEST(Commit, ALookupNobodyAnswersHoldsARequestOnlySoLong) {
    Script script;
    script.client(fetch_v13(1, topic_id(4), {{0, 5}}));
    const std::size_t question = script.to_broker.bytes.size();
    script.tick(3);
    EXPECT_EQ(script.to_broker.bytes.size(), question);
    script.tick(
        3);  // nobody knows what may be read then: UNKNOWN_TOPIC_ID, and the client asks again
    EXPECT_EQ(script.to_broker.bytes.size(), question);
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].error_code, 100);
}

TEST(Commit, AnAdminChangeGoesAfterItsIntentAndItsSuccessAfterItsOutcome) {
    Script script;
    Wire body;  // CreateTopics v0
    body.i32(1).text("new").i32(1).i16(1).i32(0).i32(0).i32(1000);
    script.client(request(19, 0, 1, body));
    const std::uint64_t intent = script.number_of(audit::EventType::admin_intent);
    ASSERT_NE(intent, 0u);
    EXPECT_EQ(script.to_broker.after.front(), intent);
    EXPECT_EQ(script.events[intent - 1].topic, "new");
    script.broker(response(1, Wire().i32(1).text("new").i16(0)));
    EXPECT_EQ(script.to_client.after.front(), script.number_of(audit::EventType::request));
}

}  // namespace
}  // namespace sluice::session::test
