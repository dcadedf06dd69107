// operations.h: sets of operations, and what is known of each: the kinds of resource it fits, and
// what a grant of it implies.
//
// Not which Kafka API needs which operation: session knows that.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/operation.h"

namespace sluice::policy {

class Operations {
  public:
    constexpr Operations() = default;
    constexpr Operations(std::initializer_list<Operation> operations) {
        for (const Operation operation : operations) bits_ |= bit(operation);
    }
    static constexpr Operations all() {
        Operations every;
        every.bits_ = (std::uint32_t{1} << kOperations) - 1;
        return every;
    }

    [[nodiscard]] constexpr bool contains(Operation operation) const {
        return (bits_ & bit(operation)) != 0;
    }
    [[nodiscard]] constexpr bool contains(Operations other) const {
        return (other.bits_ & ~bits_) == 0;
    }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    [[nodiscard]] constexpr Operations without(Operations other) const {
        Operations rest;
        rest.bits_ = bits_ & ~other.bits_;
        return rest;
    }
    constexpr Operations& operator|=(Operations other) {
        bits_ |= other.bits_;
        return *this;
    }
    constexpr Operations& operator&=(Operations other) {
        bits_ &= other.bits_;
        return *this;
    }
    friend constexpr Operations operator|(Operations a, Operations b) { return a |= b; }
    friend constexpr Operations operator&(Operations a, Operations b) { return a &= b; }
    constexpr bool operator==(const Operations&) const = default;

  private:
    static constexpr std::uint32_t bit(Operation operation) {
        return std::uint32_t{1} << static_cast<std::uint32_t>(operation);
    }
    static_assert(kOperations < 32);
    std::uint32_t bits_ = 0;
};

// Those that may be done to a resource of this kind. `config.*` fits three kinds, all others one.
Operations operations_on(ResourceKind kind) noexcept;
inline bool fits(Operation operation, ResourceKind kind) noexcept {
    return operations_on(kind).contains(operation);
}

// What a hold makes wait for a human. `topic.read` is parked partition by partition; the others
// hold their request. Any other operation that a hold matches is refused: a client that writes, or
// a member of a group, would not live through the wait.
constexpr Operations operations_that_wait() {
    return {Operation::topic_read,           Operation::topic_create,
            Operation::topic_delete,         Operation::topic_records_delete,
            Operation::topic_partitions_add, Operation::config_alter,
            Operation::group_offset_reset,   Operation::group_delete,
            Operation::group_offset_delete};
}

// "topic.read"; "topic.*", "group.offset.*": every operation whose name begins so; "*": all.
// Nothing where the word names no operation.
std::optional<Operations> operations_named(std::string_view word) noexcept;

// The operations and all that a grant of them implies (docs/policy.md, "Implied operations").
Operations with_implied(Operations granted) noexcept;

}  // namespace sluice::policy
