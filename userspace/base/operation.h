// operation.h: the one vocabulary of what somebody does and to what, the same in policy, audit and
// metrics.
//
// Not Kafka's APIs: one request may need several operations, and several APIs the same one. Which
// API needs which is session's to know.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// Names: name(). The order is free; nothing stores the numbers.
enum class Operation : std::uint8_t {
    // on a topic
    topic_describe,
    topic_read,
    topic_write,
    topic_create,
    topic_delete,
    topic_records_delete,
    topic_partitions_add,
    // on a group
    group_describe,
    group_join,
    group_member_remove,
    group_delete,
    group_offset_read,
    group_offset_commit,
    group_offset_reset,
    group_offset_delete,
    // on a transactional id
    txn_init,
    txn_write,
    txn_commit,
    txn_abort,
    txn_describe,
    // on a topic, a group, or the cluster (brokers and everything else that has settings)
    config_describe,
    config_alter,
    // on the cluster
    producer_idempotent,
    group_list,
    cluster_describe,
    count_,
};
inline constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::count_);

// "topic.records.delete"
std::string_view name(Operation operation) noexcept;
std::optional<Operation> operation_of(std::string_view name) noexcept;

enum class ResourceKind : std::uint8_t { cluster, topic, group, transactional_id };
// "transactional_id"
std::string_view name(ResourceKind kind) noexcept;

// What an operation is done to. `name` is empty for the cluster.
struct Resource {
    ResourceKind kind = ResourceKind::cluster;
    std::string name;
    auto operator<=>(const Resource&) const = default;
};

// The answer to "may they?".
enum class Effect : std::uint8_t { allow, hold, deny };
std::string_view name(Effect effect) noexcept;

}  // namespace sluice
