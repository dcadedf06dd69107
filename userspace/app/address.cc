#include "app/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/types.h"

namespace sluice::app {

namespace {

Error wrong(std::string reason) {
    return {Errc::config, std::move(reason)};
}

std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t max) {
    std::uint32_t value = 0;
    const auto [stopped, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = failure == std::errc() && stopped == text.data() + text.size();
    if (!whole || value > max) return std::nullopt;
    return value;
}

struct Halves {
    std::string address;
    std::uint32_t prefix;
};
std::optional<Halves> split_prefix(std::string_view text, std::uint32_t prefix_max) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto prefix = parse_decimal(text.substr(slash + 1), prefix_max);
    if (!prefix) return std::nullopt;
    return Halves{std::string(text.substr(0, slash)), *prefix};
}

std::uint32_t mask_of(std::uint8_t prefix) {
    return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
}

using Address6 = std::array<std::uint8_t, 16>;

std::string to_text6(const Address6& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    return text.data();
}

Address6 without_host_bits(Address6 address, std::uint32_t prefix) {
    for (std::uint32_t bit = prefix; bit < 128; ++bit)
        address[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> bit % 8));
    return address;
}

}  // namespace

std::string to_text(const Network4& network) {
    return to_text_address(network.address) + "/" + std::to_string(network.prefix);
}

bool overlap(const Network4& a, const Network4& b) noexcept {
    const std::uint32_t mask = mask_of(std::min(a.prefix, b.prefix));
    return (a.address & mask) == (b.address & mask);
}

Result<Network4> parse_network4(std::string_view text) {
    const auto halves = split_prefix(text, 32);
    in_addr address{};
    if (!halves || inet_pton(AF_INET, halves->address.c_str(), &address) != 1)
        return wrong("is not an ipv4 network such as 10.91.2.0/24");
    const Network4 network{ntohl(address.s_addr), static_cast<std::uint8_t>(halves->prefix)};
    const Network4 proper{network.address & mask_of(network.prefix), network.prefix};
    if (!(network == proper))
        return wrong("has bits set behind its prefix; the network is " + to_text(proper));
    if (network.prefix == 0) return wrong("would be every address there is");
    for (const Network4 special :
         {Network4{0, 8}, Network4{0x7f000000, 8}, Network4{0xe0000000, 3}})
        if (overlap(network, special))
            return wrong("overlaps " + to_text(special) + ", where no broker can be");
    return network;
}

Result<std::string> parse_network6(std::string_view text) {
    const auto halves = split_prefix(text, 128);
    Address6 address{};
    if (!halves || inet_pton(AF_INET6, halves->address.c_str(), address.data()) != 1)
        return wrong("is not an ipv6 network such as fd00:91:2::/64");
    const Address6 proper = without_host_bits(address, halves->prefix);
    const std::string name = to_text6(proper) + "/" + std::to_string(halves->prefix);
    if (address != proper) return wrong("has bits set behind its prefix; the network is " + name);
    if (halves->prefix == 0) return wrong("would be every address there is");
    return name;
}

std::string to_text(const ListenAddress& address) {
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return wrong("is not an address and a port such as 127.0.0.1:9464");
    const auto port = parse_decimal(text.substr(colon + 1), 65535);
    if (!port || *port == 0) return wrong("has a port that is not from 1 to 65535");
    std::string host(text.substr(0, colon));
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    Address6 address{};
    if (inet_pton(bracketed ? AF_INET6 : AF_INET, host.c_str(), address.data()) != 1)
        return wrong("is not an address and a port such as 127.0.0.1:9464 or [::1]:9464");
    return ListenAddress{host, static_cast<std::uint16_t>(*port)};
}

}  // namespace sluice::app
