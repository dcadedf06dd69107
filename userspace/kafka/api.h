// api.h: the APIs by name, and which (key, version) pairs Sluice understands.
//
// ONE table, generated from the schemas. What is not in it is hidden in ApiVersions and refused
// when sent.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kafka/layout.h"

namespace sluice::kafka {

namespace api {
inline constexpr ApiKey produce = 0, fetch = 1, list_offsets = 2, metadata = 3, offset_commit = 8,
                        offset_fetch = 9, find_coordinator = 10, join_group = 11, heartbeat = 12,
                        leave_group = 13, sync_group = 14, describe_groups = 15, list_groups = 16,
                        sasl_handshake = 17, api_versions = 18, create_topics = 19,
                        delete_topics = 20, delete_records = 21, init_producer_id = 22,
                        offset_for_leader_epoch = 23, add_partitions_to_txn = 24,
                        add_offsets_to_txn = 25, end_txn = 26, txn_offset_commit = 28,
                        describe_configs = 32, alter_configs = 33, sasl_authenticate = 36,
                        create_partitions = 37, delete_groups = 42, incremental_alter_configs = 44,
                        list_partition_reassignments = 46, offset_delete = 47,
                        describe_cluster = 60, consumer_group_describe = 69,
                        describe_topic_partitions = 75;
}  // namespace api

struct ApiRange {
    ApiKey key;
    ApiVersion min;
    ApiVersion max;
    std::string_view name;  // "Produce", "Fetch", ... as Kafka spells them
};

// Sorted by key.
std::span<const ApiRange> understood_apis() noexcept;
const ApiRange* find_api(ApiKey key) noexcept;
// Kafka's name, also of APIs not understood (0-94); "unknown" beyond.
std::string_view api_name(ApiKey key) noexcept;

}  // namespace sluice::kafka
