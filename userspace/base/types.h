// types.h: the words every folder shares. Values only; no behaviour beyond comparison.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

// Kafka's 16-byte topic id (KIP-516). All zero means "no id".
struct TopicId {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const TopicId&) const = default;
    [[nodiscard]] bool is_zero() const { return *this == TopicId{}; }
};

// SHA-256.
struct Digest {
    std::array<std::uint8_t, 32> bytes{};
    auto operator<=>(const Digest&) const = default;
};

// Offsets first..last, both included. `first` is -1 where the broker told no offset.
struct OffsetRange {
    std::int64_t first = -1;
    std::int64_t last = -1;
    bool operator==(const OffsetRange&) const = default;
};

// Who is calling, and how we know. INVARIANT: `name` is never empty once a session has one.
struct Principal {
    std::string name;      // "net:10.91.1.2", "user:alice@example.org"
    std::string human;     // who answers for it; empty where nobody was named
    std::vector<std::string> groups;
    std::string evidence;  // "source address", later "oidc corp", "mtls", ...
    bool operator==(const Principal&) const = default;
};

// An IPv4 endpoint; the address in host byte order.
struct Endpoint {
    std::uint32_t address = 0;
    std::uint16_t port = 0;
    auto operator<=>(const Endpoint&) const = default;
};
// "10.91.2.2:9092"
std::string to_text(const Endpoint& endpoint);
std::string to_text_address(std::uint32_t address);

}  // namespace sluice

template <>
struct std::hash<sluice::TopicId> {
    std::size_t operator()(const sluice::TopicId& id) const noexcept {
        // The id is random already (a version 4 UUID): eight of its bytes are hash enough.
        std::size_t value = 0;
        for (int i = 8; i < 16; ++i) value = value << 8 | id.bytes[static_cast<std::size_t>(i)];
        return value;
    }
};
