#include "policy/operations.h"

#include <array>
#include <utility>

namespace sluice::policy {

namespace {

constexpr Operations kConfig{Operation::config_describe, Operation::config_alter};

constexpr std::array<Operations, 4> kByKind{
    Operations{Operation::producer_idempotent, Operation::group_list, Operation::cluster_describe} |
        kConfig,
    Operations{Operation::topic_describe, Operation::topic_read, Operation::topic_write,
               Operation::topic_create, Operation::topic_delete, Operation::topic_records_delete,
               Operation::topic_partitions_add} |
        kConfig,
    Operations{Operation::group_describe, Operation::group_join, Operation::group_member_remove,
               Operation::group_delete, Operation::group_offset_read,
               Operation::group_offset_commit, Operation::group_offset_reset,
               Operation::group_offset_delete} |
        kConfig,
    Operations{Operation::txn_init, Operation::txn_write, Operation::txn_commit,
               Operation::txn_abort, Operation::txn_describe},
};
static_assert((kByKind[0] | kByKind[1] | kByKind[2] | kByKind[3]) == Operations::all());

struct Implication {
    Operation granted;
    Operations implied;
};
constexpr std::array kImplications{
    Implication{Operation::topic_read, {Operation::topic_describe}},
    Implication{Operation::topic_write,
                {Operation::topic_describe, Operation::producer_idempotent}},
    Implication{
        Operation::group_join,
        {Operation::group_describe, Operation::group_offset_read, Operation::group_offset_commit}},
    // Who may write in a transaction must be able to begin and to end it, and to find its
    // coordinator.
    Implication{Operation::txn_write,
                {Operation::txn_init, Operation::txn_commit, Operation::txn_abort,
                 Operation::txn_describe}},
    Implication{Operation::txn_init, {Operation::txn_describe}},
};

}  // namespace

Operations operations_on(ResourceKind kind) noexcept {
    return kByKind[static_cast<std::size_t>(kind)];
}

std::optional<Operations> operations_named(std::string_view word) noexcept {
    if (word == "*") return Operations::all();
    if (word.size() < 2 || word.substr(word.size() - 2) != ".*") {
        const auto operation = operation_of(word);
        return operation ? std::optional(Operations{*operation}) : std::nullopt;
    }
    const std::string_view prefix = word.substr(0, word.size() - 1);  // with its dot
    Operations found;
    for (std::size_t at = 0; at < kOperations; ++at) {
        const auto operation = static_cast<Operation>(at);
        if (name(operation).substr(0, prefix.size()) == prefix) found |= Operations{operation};
    }
    return found.empty() ? std::nullopt : std::optional(found);
}

Operations with_implied(Operations granted) noexcept {
    Operations all = granted;
    // What is implied implies nothing that is not in the table's own line: one pass is enough.
    for (const Implication& implication : kImplications)
        if (granted.contains(implication.granted)) all |= implication.implied;
    return all;
}

}  // namespace sluice::policy
