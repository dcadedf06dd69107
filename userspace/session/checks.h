// checks.h: what each API asks for, as one table: the operations a request needs, on which
// resources, and the error code that refuses them.
//
// Not a decision: policy makes those. Produce is enforced as it streams and has no row of its own
// (enforce_produce.cc); SASL and ApiVersions ask for nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/operation.h"
#include "kafka/answer.h"
#include "kafka/layout.h"

namespace sluice::session {

// The resource that a slot of the request names once: a group, a transactional id. With
// Slot::none, the cluster.
struct WholeCheck {
    kafka::Slot name = kafka::Slot::none;
    ResourceKind kind = ResourceKind::cluster;
    Operation operation = Operation::count_;  // count_: no check
    kafka::ErrorCode refusal = kafka::ErrorCode::none;
};

// One check for each element of the array `array`, which carries its name (or topic id) in `name`.
struct EachCheck {
    kafka::Slot array = kafka::Slot::none;  // none: no check
    kafka::Slot name = kafka::Slot::none;
    ResourceKind kind = ResourceKind::topic;
    Operation operation = Operation::count_;
    kafka::ErrorCode refusal = kafka::ErrorCode::none;
    // Where one element is refused nothing of the request is done: the others are answered with
    // 55, OPERATION_NOT_ATTEMPTED.
    bool together = false;
};

// What of the broker's answer only those see who may describe it: elements of this array are taken
// out where the request did not name them itself.
struct Filter {
    kafka::Slot array = kafka::Slot::none;  // none: no filter
    kafka::Slot name = kafka::Slot::none;
    ResourceKind kind = ResourceKind::topic;
    Operation operation = Operation::count_;
};

struct Checks {
    std::array<WholeCheck, 2> whole;
    EachCheck each;
    Filter filter;
};

// The row of an API version; an empty one where it asks for nothing.
Checks checks_of(kafka::ApiKey key, kafka::ApiVersion version) noexcept;

// What a value of Kafka's FindCoordinator key type (0 group, 1 transactional id) or config resource
// type (2 topic, 32 group, else brokers, their loggers and client metrics) stands for.
ResourceKind kind_of_coordinator(std::int64_t key_type) noexcept;
ResourceKind kind_of_config(std::int64_t resource_type) noexcept;
// The code that refuses something of this kind: 29, 30, 53, 31.
kafka::ErrorCode refusal_of(ResourceKind kind) noexcept;

}  // namespace sluice::session
