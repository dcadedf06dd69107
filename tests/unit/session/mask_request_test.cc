// Masks on the way to the broker: session/mask_request.cc.
#include "base/limits.h"
#include "unit/session/fetch_frames.h"

namespace sluice::session::test {
namespace {

const std::string kGrant =
    "grants: [{id: g, to: ['*'], allow: [topic.read], topics: [m, plain]}]\n";
const std::string kMask =
    "masks: [{id: mask, topics: [m], fields: [{path: $.email, action: redact}]}]\n";

FetchAsk ask_of(int version, const std::vector<std::string>& topics) {
    FetchAsk ask{.version = version, .topics = {}};
    for (const std::string& name : topics)
        ask.topics.push_back({name, topic_id(static_cast<int>(name.size())), {{0, 5}, {1, 6}}});
    return ask;
}

void lower(FetchAsk& ask) {
    ask.max_bytes = limits::masked_fetch_bytes_max;
    ask.partition_max_bytes = limits::masked_partition_bytes_max;
}

TEST(MaskRequest, AsksForLessWhereTheAnswerMayBeEdited) {
    for (const int version : {4, 7, 11, 12, 13, 16, 17}) {
        Script script;
        script.facts.policy(kGrant + kMask);
        script.facts.names[topic_id(1)] = "m";
        script.facts.names[topic_id(5)] = "plain";
        FetchAsk ask = ask_of(version, {"plain", "m"});
        script.client(fetch_request(ask), 7);
        lower(ask);
        EXPECT_EQ(script.to_broker.bytes, fetch_request(ask)) << version;
        EXPECT_EQ(script.session.counters().edits_fetch_bytes, 1u);
    }
}

TEST(MaskRequest, LeavesAloneWhatAsksForLittleOrNothingMasked) {
    Script little;
    little.facts.policy(kGrant + kMask);
    FetchAsk ask = ask_of(11, {"m"});
    ask.max_bytes = ask.partition_max_bytes = 1000;
    little.client(fetch_request(ask));
    EXPECT_EQ(little.to_broker.bytes, fetch_request(ask));
    EXPECT_EQ(little.session.counters().edits_fetch_bytes, 0u);
    Script plain;
    plain.facts.policy(kGrant + kMask);
    plain.client(fetch_request(ask_of(11, {"plain"})));
    EXPECT_EQ(plain.to_broker.bytes, fetch_request(ask_of(11, {"plain"})));
    Script excepted;
    excepted.facts.policy(
        kGrant +
        "masks: [{id: mask, topics: [m], unless: ['net:*'], fields: [{path: $.email, action: "
        "redact}]}]\n");
    excepted.client(fetch_request(ask_of(11, {"m"})));
    EXPECT_EQ(excepted.to_broker.bytes, fetch_request(ask_of(11, {"m"})));
}

TEST(MaskRequest, OfARequestThatIsCutTheRestAsksForLess) {
    Script script;
    script.facts.policy(kGrant + kMask);
    script.client(fetch_request(ask_of(11, {"secret", "m", "secret2"})));
    FetchAsk rest = ask_of(11, {"m"});
    lower(rest);
    EXPECT_EQ(script.to_broker.bytes, fetch_request(rest));
}

TEST(MaskRequest, TheSessionIsStillTakenOutOfIt) {
    Script script;
    script.facts.policy(kGrant + kMask);
    FetchAsk ask = ask_of(12, {"m"});
    ask.epoch = 0;
    script.client(fetch_request(ask));
    ask.epoch = -1;
    lower(ask);
    EXPECT_EQ(script.to_broker.bytes, fetch_request(ask));
}

TEST(MaskRequest, AShadowChangesNothingAndIsRecordedOnce) {
    Script script;
    script.facts.policy(kGrant +
                        "masks: [{id: s, topics: [m], shadow: true, fields: [{path: $.email, "
                        "action: redact}]}]\n");
    for (int n = 0; n < 3; ++n) {
        script.client(fetch_request(ask_of(11, {"plain", "m"})));
        script.broker(fetch_answer({11, 1, {}, 0}));
    }
    EXPECT_EQ(script.to_broker.bytes.size(), 3 * fetch_request(ask_of(11, {"plain", "m"})).size());
    EXPECT_EQ(script.session.counters().edits_fetch_bytes, 0u);
    const auto observed = script.of(audit::EventType::observed);
    ASSERT_EQ(observed.size(), 1u);
    EXPECT_EQ(observed[0].topic, "m");
    EXPECT_EQ(observed[0].operation, "topic.read");
    EXPECT_EQ(observed[0].reason, "would_mask");
    EXPECT_EQ(observed[0].rules, "s");
}

TEST(MaskRequest, AGatewayInTheShadowMasksNothingAndRecordsIt) {
    Script script(Durability::durable, true);
    script.facts.policy(
        kGrant +
        "masks:\n  - {id: a, topics: [m], fields: [{path: $.email, action: redact}]}\n"
        "  - {id: b, topics: [m], shadow: true, fields: [{path: $.email, action: redact}]}\n");
    script.client(fetch_request(ask_of(11, {"m"})));
    EXPECT_EQ(script.to_broker.bytes, fetch_request(ask_of(11, {"m"})));
    const auto observed = script.of(audit::EventType::observed);
    ASSERT_EQ(observed.size(), 1u);
    EXPECT_EQ(observed[0].rules, "a,b");
}

}  // namespace
}  // namespace sluice::session::test
