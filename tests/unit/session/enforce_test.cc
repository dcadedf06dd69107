// Requests that are held whole: session/enforce.cc.
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

const std::string kReader =
    "grants:\n"
    "  - {id: readers, to: ['net:*'], allow: [topic.read, group.join], topics: ['open*'],\n"
    "     groups: ['g*']}\n";

// A session whose client may read the topics `open*` and join the groups `g*`.
struct Restricted : Script {
    explicit Restricted(const std::string& policy = kReader, bool observe = false)
        : Script(Durability::async, observe) {
        facts.policy(policy);
    }
};

TEST(Enforce, NamedTopicsThatAreRefusedStandBehindTheBrokersAnswer) {
    Restricted script;
    script.client(metadata_v4(1, {"secret", "open", "closed"}));
    EXPECT_EQ(script.to_broker.bytes, metadata_v4(1, {"open"}));
    script.broker(described_v4(1, {{"open", 0}}));
    EXPECT_EQ(script.to_client.bytes,
              described_v4(1, {{"open", 0}, {"secret", 29}, {"closed", 29}}));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].resource, "secret,closed");
    EXPECT_EQ(refused[0].records, 2u);
    EXPECT_EQ(refused[0].operation, "topic.describe");
    EXPECT_EQ(refused[0].error_code, 29);
    EXPECT_EQ(script.who(refused[0]).principal, "net:10.0.0.9");
}

TEST(Enforce, MetadataOfRefusedTopicsStillSaysWhereTheBrokersAre) {
    Restricted script;
    script.client(metadata_v4(1, {"secret"}));
    EXPECT_EQ(script.to_broker.bytes, metadata_v4(1, {}));
    script.broker(described_v4(1, {}));
    EXPECT_EQ(script.to_client.bytes, described_v4(1, {{"secret", 29}}));
}

TEST(Enforce, InVersion0NoTopicMeansAllAndOnlyThoseThatMayBeSeenComeBack) {
    const auto metadata_v0 = [](const std::vector<std::string>& topics) {
        Wire body;
        body.i32(static_cast<std::int64_t>(topics.size()));
        for (const std::string& topic : topics) body.text(topic);
        return request(3, 0, 1, body);
    };
    Restricted script;
    script.client(metadata_v0({"secret"}));
    EXPECT_EQ(script.to_broker.bytes, metadata_v0({}));
    script.broker(
        response(1, Wire().i32(0).i32(2).i16(0).text("other").i32(0).i16(0).text("open").i32(0)));
    EXPECT_EQ(script.to_client.bytes, response(1, Wire().i32(0).i32(1).i16(0).text("open").i32(0)));
}

TEST(Enforce, AnAnswerIsTheSameHoweverItArrives) {
    for (const std::size_t chunk : {1u, 3u, 7u}) {
        Restricted script;
        script.client(metadata_v4(1, {"secret", "open"}), chunk);
        script.broker(described_v4(1, {{"open", 0}}), chunk);
        EXPECT_EQ(script.to_client.bytes, described_v4(1, {{"open", 0}, {"secret", 29}}));
    }
}

TEST(Enforce, ARequestOfWhichNothingIsLeftIsAnsweredInItsTurn) {
    Restricted script;
    script.client(heartbeat_v0(1));
    script.client(request(19, 0, 2, Wire().i32(1).text("new").i32(1).i16(1).i32(0).i32(0).i32(9)));
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(1));
    EXPECT_TRUE(script.to_client.bytes.empty());
    script.broker(heartbeat_answer_v0(1));
    Buffer expected = heartbeat_answer_v0(1);
    append(expected, response(2, Wire().i32(1).text("new").i16(29)));
    EXPECT_EQ(script.to_client.bytes, expected);
}

TEST(Enforce, AllTopicsAreThoseThatMayBeDescribed) {
    Restricted script;
    script.client(all_metadata_v4(1));
    EXPECT_EQ(script.to_broker.bytes, all_metadata_v4(1));
    script.broker(described_v4(1, {{"a", 0}, {"open1", 0}, {"b", 0}, {"open2", 0}}));
    EXPECT_EQ(script.to_client.bytes, described_v4(1, {{"open1", 0}, {"open2", 0}}));
    EXPECT_EQ(script.session.counters().filtered, 2u);
}

TEST(Enforce, AMetadataRequestCreatesNoTopic) {
    Restricted script;
    script.client(metadata_v4(1, {"open"}, true));
    EXPECT_EQ(script.to_broker.bytes, metadata_v4(1, {"open"}, false));
    script.client(metadata_v4(2, {"secret", "open", "closed"}, true));
    Buffer expected = metadata_v4(1, {"open"}, false);
    append(expected, metadata_v4(2, {"open"}, false));
    EXPECT_EQ(script.to_broker.bytes, expected);
}

TEST(Enforce, AGroupThatMayNotBeJoinedIsRefusedAsAWhole) {
    Restricted script;
    script.client(request(12, 0, 1, Wire().text("other").i32(1).text("m")));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_EQ(script.to_client.bytes, heartbeat_answer_v0(1, 30));
    EXPECT_EQ(script.session.counters().refused, 1u);
}

TEST(Enforce, ACommitFromOutsideAGroupIsAReset) {
    const auto commit = [](int generation, std::string_view member) {
        return request(8, 2, 1,
                       Wire()
                           .text("g1")
                           .i32(generation)
                           .text(member)
                           .i64(-1)
                           .i32(1)
                           .text("open")
                           .i32(1)
                           .i32(0)
                           .i64(5)
                           .text(""));
    };
    Restricted script;
    script.client(commit(3, "m"));
    EXPECT_EQ(script.to_broker.bytes, commit(3, "m"));
    script.client(commit(-1, ""));
    EXPECT_EQ(script.to_broker.bytes, commit(3, "m"));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].operation, "group.offset.reset");
}

TEST(Enforce, FoundCoordinatorsOfTransactionsNeedAnotherRight) {
    Restricted script;
    script.client(request(10, 1, 1, Wire().text("g1").i8(0)));
    script.client(request(10, 1, 2, Wire().text("g1").i8(1)));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].operation, "txn.describe");
    EXPECT_EQ(refused[0].error_code, 53);
}

TEST(Enforce, ListedGroupsAreThoseThatMayBeDescribed) {
    Restricted script;
    script.client(request(16, 0, 1, Wire()));
    script.broker(
        response(1, Wire().i16(0).i32(2).text("x").text("consumer").text("g1").text("consumer")));
    EXPECT_EQ(script.to_client.bytes,
              response(1, Wire().i16(0).i32(1).text("g1").text("consumer")));
}

TEST(Enforce, WhoMayListGroupsSeesAll) {
    Restricted script("grants:\n  - {id: l, to: ['*'], allow: [group.list]}\n");
    script.client(request(16, 0, 1, Wire()));
    const Buffer all = response(1, Wire().i16(0).i32(1).text("x").text("consumer"));
    script.broker(all);
    EXPECT_EQ(script.to_client.bytes, all);
}

TEST(Enforce, AFetchAsksOnlyForWhatMayBeRead) {
    Restricted script;
    Wire asked;
    asked.i32(-1).i32(500).i32(1).i32(1 << 20).i8(0).i32(0).i32(0).i32(2);
    for (const char* topic : {"open", "secret"})
        asked.text(topic).i32(1).i32(0).i32(-1).i64(5).i64(-1).i32(1 << 20);
    script.client(request(1, 11, 1, asked.i32(0).text("")));
    EXPECT_EQ(script.to_broker.bytes, fetch_v11(1, "open", {{0, 5}}, 0, -1));
    script.broker(fetched_v11(1, "open", {{0, 0, batch(5, 2)}}));
    Wire answer;
    answer.i32(0).i16(0).i32(0).i32(2);
    const Buffer records = batch(5, 2);
    answer.text("open").i32(1).i32(0).i16(0).i64(900).i64(900).i64(0).i32(-1).i32(-1);
    answer.i32(static_cast<std::int64_t>(records.size())).raw(records);
    answer.text("secret").i32(1).i32(0).i16(29).i64(-1).i64(-1).i64(-1).i32(0).i32(-1).i32(0);
    EXPECT_EQ(script.to_client.bytes, response(1, answer));
    EXPECT_EQ(script.of(audit::EventType::read_lease).size(), 1u);
}

TEST(Enforce, ARightThatIsTakenAwayEndsAFetchSession) {
    Script script(Durability::async);
    std::vector<Wanted> many;
    for (int n = 0; n < 40; ++n) many.push_back({n, 0});
    script.client(fetch_v11(1, "open", many, 0, 0)).broker(fetched_v11(1, "open", {}, 77));
    script.client(fetch_v11(2, "open", {}, 77, 1)).broker(fetched_v11(2, "open", {}, 77));
    const std::size_t before = script.to_client.bytes.size();
    script.facts.policy("grants:\n  - {id: r, to: ['*'], allow: [topic.read], topics: [other]}\n");
    script.client(fetch_v11(3, "open", {}, 77, 2));
    ASSERT_EQ(script.to_client.bytes.size(), before + 22);
    EXPECT_EQ(load_be<std::int16_t>(script.to_client.bytes.data() + before + 12), 70);
    script.client(fetch_v11(4, "open", many, 0, 0));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].resource, "open");
}

TEST(Enforce, ARightThatIsGivenCountsFromTheNextRequestOn) {
    Restricted script;
    script.client(metadata_v4(1, {"secret"}));
    EXPECT_EQ(script.to_broker.bytes, metadata_v4(1, {}));
    script.facts.policy(
        "grants:\n  - {id: r, to: ['*'], allow: [topic.describe], topics: [secret]}\n");
    script.client(metadata_v4(2, {"secret"}));
    Buffer expected = metadata_v4(1, {});
    append(expected, metadata_v4(2, {"secret"}));
    EXPECT_EQ(script.to_broker.bytes, expected);
}

TEST(Enforce, ATopicIdNobodyKnowsIsAnswered100) {
    Restricted script;
    script.client(fetch_v13(1, topic_id(4), {{0, 5}}));
    script.tick(6);  // the lookup is not answered
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].error_code, 100);
    EXPECT_EQ(refused[0].reason, "unknown_topic_id");
}

TEST(Enforce, AClientThatSaysItIsABrokerIsClosed) {
    Restricted script;
    Wire body;
    body.i32(3).i32(500).i32(1).i32(1 << 20).i8(0).i32(0).i32(-1).i32(0).i32(0).text("");
    script.client(request(1, 11, 1, body));
    EXPECT_EQ(script.closed, CloseReason::replica_claimed);
}

TEST(Enforce, ADenialCarriesItsReasonAndItsRule) {
    Restricted script(
        "grants:\n  - {id: all, to: ['*'], allow: ['*'], topics: ['*']}\n"
        "denials:\n  - {id: frozen, to: ['*'], deny: [topic.create], topics: ['*'],\n"
        "     reason: the cluster is frozen}\n");
    Wire body;  // CreateTopics v1 has a message
    body.i32(1).text("new").i32(1).i16(1).i32(0).i32(0).i32(9).i8(0);
    script.client(request(19, 1, 1, body));
    EXPECT_EQ(script.to_client.bytes,
              response(1, Wire().i32(1).text("new").i16(29).text("the cluster is frozen")));
    const auto refused = script.of(audit::EventType::refused);
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].rules, "frozen");
}

TEST(Observe, RefusesNothingAndRecordsEachDecisionOnce) {
    Restricted script(kReader, true);
    for (int n = 1; n <= 3; ++n) script.client(metadata_v4(n, {"secret"}));
    script.client(all_metadata_v4(4));
    Buffer expected;
    for (int n = 1; n <= 3; ++n) append(expected, metadata_v4(n, {"secret"}));
    append(expected, all_metadata_v4(4));
    EXPECT_EQ(script.to_broker.bytes, expected);
    EXPECT_TRUE(script.of(audit::EventType::refused).empty());
    const auto observed = script.of(audit::EventType::observed);
    ASSERT_EQ(observed.size(), 1u);
    EXPECT_EQ(observed[0].topic, "secret");
    EXPECT_EQ(observed[0].operation, "topic.describe");
    EXPECT_EQ(observed[0].reason, "would_deny");
}

}  // namespace
}  // namespace sluice::session::test
