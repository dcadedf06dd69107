#include "session/outage.h"

#include "kafka/api.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

TEST(Outage, NewWorkIsRefusedWithARetriableCodeAndGroupsStayAlive) {
    using kafka::ErrorCode;
    EXPECT_EQ(during_outage(kafka::api::produce).code, ErrorCode::kafka_storage_error);
    EXPECT_EQ(during_outage(kafka::api::fetch).code, ErrorCode::kafka_storage_error);
    EXPECT_EQ(during_outage(kafka::api::join_group).code, ErrorCode::coordinator_load_in_progress);
    EXPECT_EQ(during_outage(kafka::api::sync_group).code, ErrorCode::rebalance_in_progress);
    EXPECT_EQ(during_outage(kafka::api::find_coordinator).code,
              ErrorCode::coordinator_not_available);
    EXPECT_EQ(during_outage(kafka::api::create_topics).code, ErrorCode::request_timed_out);
    EXPECT_FALSE(during_outage(kafka::api::heartbeat).refuse);
    EXPECT_FALSE(during_outage(kafka::api::metadata).refuse);
}

TEST(Outage, AProduceIsAnsweredHereForEveryPartitionAndNeverForwarded) {
    Script script;
    script.facts.failed = true;
    script.client(produce_v7(8, "t", {{0, batch(0, 1)}, {5, batch(0, 1)}}));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_EQ(script.to_client.bytes, produced_v7(8, "t", {{0, 56, -1}, {5, 56, -1}}));
    EXPECT_FALSE(script.closed);
}

TEST(Outage, AProduceWithoutAcksCannotBeRefusedSoItsConnectionEnds) {
    Script script;
    script.facts.failed = true;
    script.client(produce_v7(8, "t", {{0, batch(0, 1)}}, 0));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    EXPECT_EQ(script.closed, CloseReason::audit_failed_no_answer);
}

}  // namespace
}  // namespace sluice::session::test
