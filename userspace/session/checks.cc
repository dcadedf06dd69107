#include "session/checks.h"

#include "kafka/api.h"

namespace sluice::session {
namespace {

using kafka::ErrorCode;
using kafka::Slot;
using enum ResourceKind;
using enum Operation;

WholeCheck of_group(Operation operation) {
    return {Slot::group_id, group, operation, ErrorCode::group_authorization_failed};
}
WholeCheck of_transaction(Operation operation) {
    return {Slot::transactional_id, transactional_id, operation,
            ErrorCode::transactional_id_authorization_failed};
}
WholeCheck of_cluster(Operation operation) {
    return {Slot::none, cluster, operation, ErrorCode::cluster_authorization_failed};
}
EachCheck of_topics(Operation operation) {
    return {Slot::topics, Slot::topic_name, topic, operation,
            ErrorCode::topic_authorization_failed};
}
EachCheck of_groups(Operation operation) {
    return {Slot::groups, Slot::group, group, operation, ErrorCode::group_authorization_failed};
}
// Kind and code are each element's own.
EachCheck of_configs(Operation operation) {
    return {Slot::resources, Slot::resource_name, cluster, operation,
            ErrorCode::cluster_authorization_failed};
}

Filter topics_described() {
    return {Slot::topics, Slot::topic_name, topic, topic_describe};
}

Checks of_offset_fetch(kafka::ApiVersion version) {
    constexpr kafka::ApiVersion several_groups = 8;
    if (version >= several_groups) return {{}, of_groups(group_offset_read), topics_described()};
    return {{of_group(group_offset_read)}, of_topics(topic_describe), topics_described()};
}

// Which operation it is, the key's type says (kind_of_coordinator).
Checks of_find_coordinator(kafka::ApiVersion version) {
    constexpr kafka::ApiVersion several_keys = 4;
    if (version >= several_keys)
        return {{},
                {Slot::coordinators, Slot::coordinator_key, group, group_describe,
                 ErrorCode::group_authorization_failed},
                {}};
    return {{WholeCheck{Slot::coordinator_key, group, group_describe,
                        ErrorCode::group_authorization_failed}},
            {},
            {}};
}

Checks of_add_partitions_to_txn() {
    EachCheck each = of_topics(topic_write);
    each.together = true;
    return {{of_transaction(txn_write)}, each, {}};
}

Checks of_txn_offset_commit() {
    return {{of_transaction(txn_write), of_group(group_offset_commit)}, of_topics(topic_read), {}};
}

}  // namespace

Checks checks_of(kafka::ApiKey key, kafka::ApiVersion version) noexcept {
    switch (key) {
        case kafka::api::fetch:
            return {{}, of_topics(topic_read), {}};
        case kafka::api::list_offsets:
        case kafka::api::offset_for_leader_epoch:
            return {{}, of_topics(topic_describe), {}};
        case kafka::api::metadata:
        case kafka::api::describe_topic_partitions:
            return {{}, of_topics(topic_describe), topics_described()};
        case kafka::api::offset_commit:
            return {{of_group(group_offset_commit)}, of_topics(topic_read), {}};
        case kafka::api::offset_fetch:
            return of_offset_fetch(version);
        case kafka::api::find_coordinator:
            return of_find_coordinator(version);
        case kafka::api::join_group:
        case kafka::api::heartbeat:
        case kafka::api::leave_group:
        case kafka::api::sync_group:
            return {{of_group(group_join)}, {}, {}};
        case kafka::api::describe_groups:
        case kafka::api::consumer_group_describe:
            return {{}, of_groups(group_describe), {}};
        case kafka::api::list_groups:
            return {{}, {}, {Slot::groups, Slot::group, group, group_describe}};
        case kafka::api::create_topics:
            return {{}, of_topics(topic_create), {}};
        case kafka::api::delete_topics:
            return {{}, of_topics(topic_delete), {}};
        case kafka::api::delete_records:
            return {{}, of_topics(topic_records_delete), {}};
        case kafka::api::create_partitions:
            return {{}, of_topics(topic_partitions_add), {}};
        case kafka::api::init_producer_id:
            return {{of_transaction(txn_init)}, {}, {}};
        case kafka::api::add_partitions_to_txn:
            return of_add_partitions_to_txn();
        case kafka::api::add_offsets_to_txn:
            return {{of_transaction(txn_write), of_group(group_offset_commit)}, {}, {}};
        case kafka::api::end_txn:
            return {{of_transaction(txn_commit)}, {}, {}};
        case kafka::api::txn_offset_commit:
            return of_txn_offset_commit();
        case kafka::api::describe_configs:
            return {{}, of_configs(config_describe), {}};
        case kafka::api::alter_configs:
        case kafka::api::incremental_alter_configs:
            return {{}, of_configs(config_alter), {}};
        case kafka::api::delete_groups:
            return {{}, of_groups(group_delete), {}};
        case kafka::api::offset_delete:
            return {{of_group(group_offset_delete)}, of_topics(topic_read), {}};
        case kafka::api::list_partition_reassignments:
        case kafka::api::describe_cluster:
            return {{of_cluster(cluster_describe)}, {}, {}};
        default:
            return {};
    }
}

ResourceKind kind_of_coordinator(std::int64_t key_type) noexcept {
    return key_type == 1 ? transactional_id : group;
}

ResourceKind kind_of_config(std::int64_t resource_type) noexcept {
    constexpr std::int64_t of_topic = 2;
    constexpr std::int64_t of_group = 32;
    if (resource_type == of_topic) return topic;
    return resource_type == of_group ? group : cluster;
}

kafka::ErrorCode refusal_of(ResourceKind kind) noexcept {
    switch (kind) {
        case topic:
            return ErrorCode::topic_authorization_failed;
        case group:
            return ErrorCode::group_authorization_failed;
        case transactional_id:
            return ErrorCode::transactional_id_authorization_failed;
        case cluster:
            break;
    }
    return ErrorCode::cluster_authorization_failed;
}

}  // namespace sluice::session
