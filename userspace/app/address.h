// address.h: addresses and networks as an operator writes them.
//
// Errors (Errc::config) read on after the operator's word: "has bits set behind its prefix ...".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::app {

// An IPv4 network: host byte order, no bit set behind the prefix.
struct Network4 {
    std::uint32_t address = 0;
    std::uint8_t prefix = 32;
    bool operator==(const Network4&) const = default;
};
std::string to_text(const Network4& network);
bool overlap(const Network4& a, const Network4& b) noexcept;

// "10.91.2.0/24". Refuses host bits, and what no broker lives in: loopback, multicast, everything.
Result<Network4> parse_network4(std::string_view text);

// "fd00:91:2::/64", checked the same way and given back in its usual form.
Result<std::string> parse_network6(std::string_view text);

// A literal address and a port to listen on: "127.0.0.1:9464", "[::1]:9464".
struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
    bool operator==(const ListenAddress&) const = default;
};
std::string to_text(const ListenAddress& address);
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace sluice::app
