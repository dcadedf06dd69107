#include "session/checks.h"

#include <gtest/gtest.h>

#include <set>

#include "kafka/api.h"
#include "kafka/walker.h"

namespace sluice::session {
namespace {

using kafka::ErrorCode;
using kafka::Slot;

std::set<Slot> slots_of(const kafka::Layout& layout) {
    // Every op of every version of these messages ends with `end`; arrays and structs open one
    // more.
    std::set<Slot> slots;
    std::size_t open = 1;
    for (const kafka::Op* op = layout.ops; open > 0; ++op) {
        slots.insert(op->slot);
        if (op->code == kafka::OpCode::end) --open;
        if (op->code == kafka::OpCode::array || op->code == kafka::OpCode::compact_array ||
            op->code == kafka::OpCode::nullable_struct)
            ++open;
    }
    return slots;
}

// APIs that need no row: enforced while it streams, or asking for nothing.
const std::set<kafka::ApiKey> kWithoutRow{kafka::api::produce, kafka::api::sasl_handshake,
                                          kafka::api::api_versions, kafka::api::sasl_authenticate};

TEST(Checks, HaveARowForEveryApiThatIsUnderstood) {
    for (const kafka::ApiRange& api : kafka::understood_apis())
        for (kafka::ApiVersion version = api.min; version <= api.max; ++version) {
            const Checks checks = checks_of(api.key, version);
            const bool asks = checks.whole[0].operation != Operation::count_ ||
                              checks.each.array != Slot::none || checks.filter.array != Slot::none;
            EXPECT_EQ(asks, !kWithoutRow.contains(api.key)) << api.name << " v" << version;
        }
}

TEST(Checks, NameSlotsThatTheMessagesHave) {
    for (const kafka::ApiRange& api : kafka::understood_apis())
        for (kafka::ApiVersion version = api.min; version <= api.max; ++version) {
            const Checks checks = checks_of(api.key, version);
            const auto request = slots_of(*kafka::request_layout(api.key, version));
            const auto response = slots_of(*kafka::response_layout(api.key, version));
            const auto where = testing::Message() << api.name << " v" << version;
            for (const WholeCheck& whole : checks.whole)
                EXPECT_TRUE(whole.name == Slot::none || request.contains(whole.name)) << where;
            const EachCheck& each = checks.each;
            const auto named = [&](const std::set<Slot>& slots, Slot name) {
                return slots.contains(name) ||
                       (name == Slot::topic_name && slots.contains(Slot::topic_id));
            };
            if (each.array != Slot::none) {
                EXPECT_TRUE(request.contains(each.array) && named(request, each.name)) << where;
                EXPECT_TRUE(response.contains(each.array)) << where;
                EXPECT_EQ(each.refusal, refusal_of(each.kind)) << where;
            }
            if (checks.filter.array != Slot::none) {
                EXPECT_TRUE(response.contains(checks.filter.array) &&
                            named(response, checks.filter.name))
                    << where;
            }
        }
}

TEST(Checks, RefuseAllPartitionsOfATransactionTogether) {
    EXPECT_TRUE(checks_of(kafka::api::add_partitions_to_txn, 3).each.together);
    EXPECT_FALSE(checks_of(kafka::api::txn_offset_commit, 3).each.together);
}

TEST(Checks, FollowTheVersionWhereARequestMayNameSeveralGroups) {
    EXPECT_EQ(checks_of(kafka::api::offset_fetch, 7).whole[0].name, Slot::group_id);
    EXPECT_EQ(checks_of(kafka::api::offset_fetch, 8).each.array, Slot::groups);
    EXPECT_EQ(checks_of(kafka::api::find_coordinator, 3).whole[0].name, Slot::coordinator_key);
    EXPECT_EQ(checks_of(kafka::api::find_coordinator, 4).each.array, Slot::coordinators);
}

TEST(ResourceKinds, FollowKafkasNumbers) {
    EXPECT_EQ(kind_of_coordinator(0), ResourceKind::group);
    EXPECT_EQ(kind_of_coordinator(1), ResourceKind::transactional_id);
    EXPECT_EQ(kind_of_config(2), ResourceKind::topic);
    EXPECT_EQ(kind_of_config(32), ResourceKind::group);
    for (const int broker_and_others : {4, 8, 16, 99})
        EXPECT_EQ(kind_of_config(broker_and_others), ResourceKind::cluster);
    EXPECT_EQ(refusal_of(ResourceKind::transactional_id),
              ErrorCode::transactional_id_authorization_failed);
    EXPECT_EQ(refusal_of(ResourceKind::cluster), ErrorCode::cluster_authorization_failed);
}

}  // namespace
}  // namespace sluice::session
