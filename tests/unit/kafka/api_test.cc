#include "kafka/api.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::kafka {
namespace {

TEST(Api, UnderstandsThisTable) {
    std::string table;
    for (const ApiRange& range : understood_apis()) {
        table += std::to_string(range.key) + ' ' + std::string(range.name) + ' ' +
                 std::to_string(range.min) + '-' + std::to_string(range.max) + '\n';
    }
    // What a client of Sluice may use. Change it knowingly: a new row or version is a new surface.
    EXPECT_EQ(table,
              "0 Produce 0-13\n1 Fetch 0-18\n2 ListOffsets 0-11\n3 Metadata 0-13\n"
              "8 OffsetCommit 0-10\n9 OffsetFetch 0-10\n10 FindCoordinator 0-6\n11 JoinGroup 0-9\n"
              "12 Heartbeat 0-4\n13 LeaveGroup 0-5\n14 SyncGroup 0-5\n15 DescribeGroups 0-6\n"
              "16 ListGroups 0-5\n17 SaslHandshake 0-1\n18 ApiVersions 0-5\n19 CreateTopics 0-7\n"
              "20 DeleteTopics 0-6\n21 DeleteRecords 0-2\n22 InitProducerId 0-5\n"
              "23 OffsetForLeaderEpoch 0-4\n24 AddPartitionsToTxn 0-3\n25 AddOffsetsToTxn 0-4\n"
              "26 EndTxn 0-5\n28 TxnOffsetCommit 0-6\n32 DescribeConfigs 0-4\n33 AlterConfigs 0-2\n"
              "36 SaslAuthenticate 0-2\n37 CreatePartitions 0-3\n42 DeleteGroups 0-3\n"
              "44 IncrementalAlterConfigs 0-1\n46 ListPartitionReassignments 0-0\n"
              "47 OffsetDelete 0-0\n60 DescribeCluster 0-2\n69 ConsumerGroupDescribe 0-1\n"
              "75 DescribeTopicPartitions 0-0\n");
}

TEST(Api, FindsWhatItListsAndNothingElse) {
    const auto apis = understood_apis();
    for (int key = -3; key < 300; ++key) {
        const auto listed = std::find_if(apis.begin(), apis.end(),
                                         [&](const ApiRange& range) { return range.key == key; });
        EXPECT_EQ(find_api(static_cast<ApiKey>(key)), listed == apis.end() ? nullptr : &*listed);
    }
    EXPECT_EQ(find_api(INT16_MIN), nullptr);
    EXPECT_EQ(find_api(INT16_MAX), nullptr);
}

TEST(Api, NamesEveryApiOfKafka) {
    EXPECT_EQ(api_name(api::produce), "Produce");
    EXPECT_EQ(api_name(27), "WriteTxnMarkers");
    EXPECT_EQ(api_name(94), "UnregisterController");
    EXPECT_EQ(api_name(95), "unknown");
    EXPECT_EQ(api_name(-1), "unknown");
    EXPECT_EQ(api_name(10'000), "unknown");
    for (ApiKey key = 0; key <= 94; ++key) EXPECT_NE(api_name(key), "unknown") << key;
}

TEST(Api, SpellsItsConstantsLikeTheTable) {
    EXPECT_EQ(find_api(api::offset_for_leader_epoch)->name, "OffsetForLeaderEpoch");
    EXPECT_EQ(find_api(api::txn_offset_commit)->name, "TxnOffsetCommit");
    EXPECT_EQ(find_api(api::incremental_alter_configs)->name, "IncrementalAlterConfigs");
    EXPECT_EQ(find_api(api::describe_topic_partitions)->name, "DescribeTopicPartitions");
}

}  // namespace
}  // namespace sluice::kafka
