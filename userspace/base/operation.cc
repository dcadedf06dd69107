#include "base/operation.h"

#include <array>

namespace sluice {

namespace {

constexpr std::array<std::string_view, kOperations> kNames{
    "topic.describe",
    "topic.read",
    "topic.write",
    "topic.create",
    "topic.delete",
    "topic.records.delete",
    "topic.partitions.add",
    "group.describe",
    "group.join",
    "group.member.remove",
    "group.delete",
    "group.offset.read",
    "group.offset.commit",
    "group.offset.reset",
    "group.offset.delete",
    "txn.init",
    "txn.write",
    "txn.commit",
    "txn.abort",
    "txn.describe",
    "config.describe",
    "config.alter",
    "producer.idempotent",
    "group.list",
    "cluster.describe",
};

}  // namespace

std::string_view name(Operation operation) noexcept {
    const auto at = static_cast<std::size_t>(operation);
    return at < kNames.size() ? kNames[at] : "unknown";
}

std::optional<Operation> operation_of(std::string_view name) noexcept {
    for (std::size_t at = 0; at < kNames.size(); ++at)
        if (kNames[at] == name) return static_cast<Operation>(at);
    return std::nullopt;
}

std::string_view name(ResourceKind kind) noexcept {
    switch (kind) {
        case ResourceKind::cluster:
            return "cluster";
        case ResourceKind::topic:
            return "topic";
        case ResourceKind::group:
            return "group";
        case ResourceKind::transactional_id:
            return "transactional_id";
    }
    return "unknown";
}

std::string_view name(Effect effect) noexcept {
    switch (effect) {
        case Effect::allow:
            return "allow";
        case Effect::hold:
            return "hold";
        case Effect::deny:
            return "deny";
    }
    return "unknown";
}

}  // namespace sluice
