#include "app/event_uses.h"

#include <gtest/gtest.h>

#include <vector>

#include "kafka/answer.h"
#include "kafka/api.h"

namespace sluice::app {
namespace {

using audit::Event;
using audit::EventType;
namespace api = kafka::api;

const TopicId kId{{1, 2, 3}};
constexpr audit::SubjectId kOther{{1}}, kNobody{{2}};

Event event(EventType type) {
    Event event;
    event.type = type;
    event.wall_ns = 7;
    return event;
}
Event partition(EventType type, const std::string& topic) {
    Event made = event(type);
    made.topic = topic;
    return made;
}
// As a session records a request: the names in the order of the wire, and a topic that is the only
// one also by itself.
Event request(kafka::ApiKey key, kafka::ApiVersion version, const std::string& resource,
              const std::string& topic = "") {
    Event made = event(EventType::request);
    made.api_key = key;
    made.api_version = version;
    made.resource = resource;
    made.topic = topic;
    return made;
}
Event does(Event event, const char* operation) {
    event.operation = operation;
    return event;
}
Event observed(const char* operation, const std::string& topic, const std::string& resource,
               const char* reason = "would_deny", const char* rules = "") {
    Event made = does(request(api::metadata, 9, resource, topic), operation);
    made.type = EventType::observed;
    made.reason = reason;
    made.rules = rules;
    return made;
}
Event refused(const char* operation, const std::string& resource, std::uint64_t count) {
    Event made = does(request(api::metadata, 9, resource), operation);
    made.type = EventType::refused;
    made.outcome = audit::Outcome::refused;
    made.records = count;
    return made;
}

// "topic.read topic orders; ", by How; and what is unclear.
std::string told(const std::vector<Event>& events) {
    policy::Usage usage;
    EventUses uses(usage);
    for (const Event& one : events) {
        const auto& who = one.subject;
        uses.add(one, who == kNobody ? "" : who == kOther ? "net:z" : "net:a");
    }
    uses.finish();
    std::string text;
    const char* marks[] = {"", "refused ", "withheld "};
    for (const auto& [principal, of_principal] : usage.principals())
        for (std::size_t how = 0; how < 3; ++how)
            for (const auto& [resource, done] : of_principal.deeds[how])
                for (const auto& [operation, seen] : done) {
                    text += marks[how] + std::string(name(operation)) + " " +
                            std::string(name(resource.kind)) +
                            (resource.name.empty() ? "" : " " + resource.name) +
                            (seen.events == 1 ? "" : " x" + std::to_string(seen.events)) + "; ";
                }
    if (uses.unclear() > 0) text += "unclear " + std::to_string(uses.unclear());
    return text;
}

TEST(EventUses, ReadsAndWritesAreThatOfTheirTopic) {
    EXPECT_EQ(told({partition(EventType::read_lease, "t"), partition(EventType::fetch, "t")}),
              "topic.read topic t x2; ");
    Event produce = partition(EventType::produce, "t");
    EXPECT_EQ(told({partition(EventType::write_lease, "t"), produce}), "topic.write topic t x2; ");
    produce.producer_id = 4;
    produce.resource = "tx";
    EXPECT_EQ(told({produce}),
              "producer.idempotent cluster; topic.write topic t; txn.write transactional_id tx; ");
}

TEST(EventUses, RequestsAskForWhatEnforcementAsksFor) {
    EXPECT_EQ(told({request(api::metadata, 9, "a,b")}),
              "topic.describe topic a; topic.describe topic b; ");
    EXPECT_EQ(told({request(api::list_offsets, 5, "a", "a")}), "topic.describe topic a; ");
    EXPECT_EQ(told({request(api::join_group, 5, "g")}), "group.join group g; ");
    EXPECT_EQ(told({request(api::describe_groups, 5, "g,h")}),
              "group.describe group g; group.describe group h; ");
    EXPECT_EQ(told({request(api::create_topics, 5, "a,b")}),
              "topic.create topic a; topic.create topic b; ");
    EXPECT_EQ(told({request(api::describe_cluster, 0, "")}), "cluster.describe cluster; ");
    EXPECT_EQ(told({request(api::api_versions, 3, ""), request(api::metadata, 9, "")}), "");
    Event intent = request(api::delete_topics, 5, "a", "a");
    intent.type = EventType::admin_intent;
    EXPECT_EQ(told({intent}), "topic.delete topic a; ");
}

TEST(EventUses, NamesOfSeveralKindsAreToldApart) {
    const auto commit = [](const char* names, const char* topic) {
        return does(request(api::offset_commit, 7, names, topic), "group.offset.commit");
    };
    EXPECT_EQ(told({commit("g,a", "a")}), "topic.read topic a; group.offset.commit group g; ");
    // A group may have a comma in its name.
    EXPECT_EQ(told({commit("g,h,a", "a")}), "topic.read topic a; group.offset.commit group g,h; ");
    EXPECT_EQ(told({commit("g,a,b", "")}),
              "topic.read topic a; topic.read topic b; group.offset.commit group g; ");
    EXPECT_EQ(told({request(api::join_group, 5, "g,h")}), "group.join group g,h; ");
    EXPECT_EQ(told({request(api::txn_offset_commit, 3, "tx,g,a", "a")}),
              "topic.read topic a; group.offset.commit group g; txn.write transactional_id tx; ");
    EXPECT_EQ(told({request(api::add_offsets_to_txn, 3, "tx,g")}),
              "group.offset.commit group g; txn.write transactional_id tx; ");
    EXPECT_EQ(told({request(api::add_partitions_to_txn, 3, "tx,a,b")}),
              "topic.write topic a; topic.write topic b; txn.write transactional_id tx; ");
    // Which of the names behind the first are groups, nobody can tell.
    EXPECT_EQ(told({request(api::offset_fetch, 8, "g,a,b")}), "group.offset.read group g; ");
    EXPECT_EQ(told({request(api::offset_fetch, 7, "g,a", "a")}),
              "topic.describe topic a; group.offset.read group g; ");
}

TEST(EventUses, WhatTheApiLeavesOpenTheEventSays) {
    EXPECT_EQ(told({does(request(api::offset_commit, 7, "g,a", "a"), "group.offset.reset")}),
              "topic.read topic a; group.offset.reset group g; ");
    EXPECT_EQ(told({does(request(api::end_txn, 3, "tx"), "txn.abort")}),
              "txn.abort transactional_id tx; ");
    EXPECT_EQ(told({does(request(api::init_producer_id, 4, ""), "producer.idempotent")}),
              "producer.idempotent cluster; ");
    EXPECT_EQ(told({does(request(api::init_producer_id, 4, "tx"), "txn.init")}),
              "txn.init transactional_id tx; ");
    for (const kafka::ApiVersion version : {kafka::ApiVersion{3}, kafka::ApiVersion{4}}) {
        EXPECT_EQ(told({does(request(api::find_coordinator, version, "x"), "txn.describe")}),
                  "txn.describe transactional_id x; ");
        EXPECT_EQ(told({does(request(api::find_coordinator, version, "x"), "group.describe")}),
                  "group.describe group x; ");
    }
}

TEST(EventUses, SettingsAreOfTopicsBrokersOrUnclear) {
    const auto configs = [](const char* names, const char* topic = "") {
        return told({request(api::describe_configs, 4, names, topic)});
    };
    EXPECT_EQ(configs("orders", "orders"), "config.describe topic orders; ");
    EXPECT_EQ(configs("7", "7"), "config.describe topic 7; ");
    EXPECT_EQ(configs("1,2"), "config.describe cluster x2; ");
    EXPECT_EQ(configs(""), "config.describe cluster; ");
    EXPECT_EQ(configs("1,orders", "orders"),
              "config.describe cluster; config.describe topic orders; ");
    EXPECT_EQ(configs("billing"), "unclear 1");
}

TEST(EventUses, DecisionsNotInForceSayThemselvesWhatWasDone) {
    EXPECT_EQ(told({observed("topic.create", "a", ""), observed("group.join", "", "g,h"),
                    observed("config.alter", "", ""), observed("config.alter", "", "g"),
                    observed("config.alter", "a", ""), observed("txn.init", "", "tx")}),
              "config.alter cluster; topic.create topic a; config.alter topic a; config.alter "
              "group g; group.join group g,h; txn.init transactional_id tx; ");
    EXPECT_EQ(told({observed("topic.read", "__x", "", "would_deny", "builtin:internal-topics")}),
              "topic.read topic __x; ");
}

TEST(EventUses, WhatARuleWouldDenyOrHoldIsWithheld) {
    EXPECT_EQ(told({observed("topic.delete", "a", "", "would_deny", "frozen"),
                    observed("topic.create", "a", "", "would_hold", "lifecycle")}),
              "withheld topic.create topic a; withheld topic.delete topic a; ");
    // A hold on what is granted needs the grant.
    EXPECT_EQ(told({observed("group.offset.reset", "", "g", "would_hold", "rewind,team")}),
              "group.offset.reset group g; ");
    EXPECT_EQ(told({observed("topic.create", "a", "", "would_allow", "new-grant"),
                    observed("topic.read", "a", "", "would_mask", "pii")}),
              "");
}

TEST(EventUses, WhatATicketLetPassIsWithheld) {
    Event create = request(api::create_topics, 5, "a", "a");
    create.ticket = "t-1";
    create.rules = "lifecycle";
    EXPECT_EQ(told({create}), "withheld topic.create topic a; ");
    create.rules = "lifecycle,team";
    EXPECT_EQ(told({create}), "topic.create topic a; ");
    Event reset = does(request(api::offset_commit, 7, "g,a", "a"), "group.offset.reset");
    reset.ticket = "t-2";
    // Only reading from far behind waits, and that is a Fetch.
    EXPECT_EQ(told({reset}), "withheld topic.read topic a; withheld group.offset.reset group g; ");
}

TEST(EventUses, RefusalsNameAllThatWasRefusedAlike) {
    EXPECT_EQ(told({refused("topic.describe", "a,b", 2)}),
              "refused topic.describe topic a; refused topic.describe topic b; ");
    EXPECT_EQ(told({refused("group.join", "g,h", 1)}), "refused group.join group g,h; ");
    EXPECT_EQ(told({refused("cluster.describe", "", 1)}), "refused cluster.describe cluster; ");
    EXPECT_EQ(told({refused("config.alter", "1", 1), refused("config.alter", "a", 1)}),
              "refused config.alter cluster; refused config.alter topic a; ");
    Event closed = event(EventType::refused);
    closed.reason = "unknown_api";
    EXPECT_EQ(told({closed}), "");
}

TEST(EventUses, TheBrokersOwnRefusalIsNoNeed) {
    Event fetch = partition(EventType::fetch, "a");
    fetch.outcome = audit::Outcome::error;
    fetch.error_code = static_cast<std::int16_t>(kafka::ErrorCode::topic_authorization_failed);
    EXPECT_EQ(told({fetch}), "refused topic.read topic a; ");
    fetch.error_code = 1;  // OFFSET_OUT_OF_RANGE: a reader all the same
    EXPECT_EQ(told({fetch}), "topic.read topic a; ");
    Event metadata = request(api::metadata, 9, "a,b");
    metadata.outcome = audit::Outcome::error;
    metadata.error_code = static_cast<std::int16_t>(kafka::ErrorCode::topic_authorization_failed);
    EXPECT_EQ(told({metadata}), "topic.describe topic a; topic.describe topic b; ");
}

TEST(EventUses, ATopicOfWhichOnlyTheIdIsKnownIsNamedByAnyEventWithBoth) {
    Event by_id = event(EventType::fetch);
    by_id.topic_id = kId;
    EXPECT_EQ(told({by_id, by_id}), "unclear 2");
    Event both = partition(EventType::produce, "orders");
    both.topic_id = kId;
    both.subject = kOther;
    EXPECT_EQ(told({by_id, by_id, both}), "topic.read topic orders x2; topic.write topic orders; ");
}

TEST(EventUses, WhoIsNobodyDidNothing) {
    Event start = partition(EventType::fetch, "a");
    start.subject = kNobody;
    EXPECT_EQ(told({start, event(EventType::session_open), event(EventType::empty_fetches),
                    event(EventType::approval)}),
              "");
}

}  // namespace
}  // namespace sluice::app
