#include "capture/coverage.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>

namespace sluice::capture {
namespace {

std::uint32_t mask_of(std::uint8_t prefix) {
    return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
}

bool holds(const Network& network, std::uint32_t address) {
    return (address & mask_of(network.prefix)) == network.address;
}

// Host bits cleared; a network inside another one is dropped (nft refuses overlapping intervals).
Result<std::vector<Network>> normalised(std::vector<Network> networks) {
    for (Network& network : networks) {
        if (network.prefix > 32)
            return Error{Errc::config, "broker network `" + to_text_address(network.address) + "/" +
                                           std::to_string(network.prefix) +
                                           "` has a prefix above 32"};
        network.address &= mask_of(network.prefix);
    }
    std::sort(networks.begin(), networks.end(), [](const Network& left, const Network& right) {
        return std::tie(left.prefix, left.address) < std::tie(right.prefix, right.address);
    });
    std::vector<Network> kept;
    for (const Network& network : networks) {
        const bool inside = std::any_of(kept.begin(), kept.end(), [&](const Network& wider) {
            return holds(wider, network.address);
        });
        if (!inside) kept.push_back(network);
    }
    return kept;
}

using Address6 = std::array<std::uint8_t, 16>;

struct Network6 {
    std::uint8_t prefix = 128;
    Address6 address{};
    auto operator<=>(const Network6&) const = default;
};

void clear_host_bits(Address6& address, std::uint8_t prefix) {
    for (std::size_t bit = prefix; bit < 128; ++bit)
        address[bit / 8] = static_cast<std::uint8_t>(address[bit / 8] & ~(0x80u >> bit % 8));
}

Result<Network6> parse_network6(const std::string& text) {
    const Error wrong{Errc::config, "`" + text + "` is no IPv6 network (example: fd00:91:2::/64)"};
    const std::size_t slash = text.find('/');
    Network6 network;
    if (::inet_pton(AF_INET6, text.substr(0, slash).c_str(), network.address.data()) != 1)
        return wrong;
    if (slash != std::string::npos) {
        const char* end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data() + slash + 1, end, network.prefix);
        if (failure != std::errc{} || stop != end || network.prefix > 128) return wrong;
    }
    clear_host_bits(network.address, network.prefix);
    return network;
}

std::string to_text(const Network6& network) {
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET6, network.address.data(), text, sizeof text);
    // As nft prints it: a single address bears no prefix.
    return network.prefix == 128 ? text : std::string(text) + "/" + std::to_string(network.prefix);
}

Result<std::vector<std::string>> normalised6(const std::vector<std::string>& texts) {
    std::set<Network6> sorted;  // wider networks first
    for (const std::string& text : texts) {
        auto network = parse_network6(text);
        if (!network) return std::move(network).error();
        sorted.insert(*network);
    }
    std::vector<Network6> kept;
    for (const Network6& network : sorted) {
        const bool inside = std::any_of(kept.begin(), kept.end(), [&](const Network6& wider) {
            Address6 cut = network.address;
            clear_host_bits(cut, wider.prefix);
            return cut == wider.address;
        });
        if (!inside) kept.push_back(network);
    }
    std::vector<std::string> out;
    for (const Network6& network : kept) out.push_back(to_text(network));
    return out;
}

BrokerEntry entry(sluice_scope scope, sluice_origin origin, const Network& network,
                  std::uint16_t port) {
    BrokerEntry out{};
    out.key.prefix_bits = SLUICE_KEY_FIXED_BITS + network.prefix;
    out.key.scope = static_cast<__u16>(scope);
    out.key.port = htons(port);
    out.key.address = htonl(network.address);
    out.value.origin = origin;
    return out;
}

Status check_interfaces(const std::vector<std::string>& interfaces) {
    if (interfaces.empty()) return Error{Errc::config, "no client interface is configured"};
    if (interfaces.size() > SLUICE_INTERFACES_MAX)
        return Error{Errc::config,
                     "more than " + std::to_string(SLUICE_INTERFACES_MAX) + " client interfaces"};
    for (const std::string& interface : interfaces) {
        // Linux forbids '/', ':' and blanks; '*', quotes and '\' would mean something to nft.
        const bool plain = std::all_of(interface.begin(), interface.end(), [](char c) {
            return c > ' ' && c <= '~' &&
                   std::string_view("/:*\"'\\").find(c) == std::string_view::npos;
        });
        if (interface.empty() || interface.size() >= IF_NAMESIZE || !plain)
            return Error{Errc::config,
                         "`" + interface + "` is not usable as the name of a client interface"};
    }
    return ok();
}

}  // namespace

bool KeyLess::operator()(const sluice_broker_key& left,
                         const sluice_broker_key& right) const noexcept {
    return std::tie(left.scope, left.port, left.prefix_bits, left.address) <
           std::tie(right.scope, right.port, right.prefix_bits, right.address);
}

Status check(const SteeringOptions& options) {
    const std::string& id = options.run_id;
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (id.empty() || id.size() > 32 || !plain)
        return Error{Errc::config, "run id `" + id + "` is not 1 to 32 of a-z, 0-9 and -"};
    if (options.mark == 0 || (options.mark & ~options.mark_mask) != 0)
        return Error{Errc::config, "the capture mark must be non-zero and lie within its mask"};
    if (options.table == 0 || (options.table >= 253 && options.table <= 255))
        return Error{Errc::config,
                     "routing table " + std::to_string(options.table) + " is the kernel's own"};
    return ok();
}

Result<Coverage> Coverage::from(const SteeringOptions& options) {
    auto checked = check(options);
    if (!checked) return std::move(checked).error();
    checked = check_interfaces(options.client_interfaces);
    if (!checked) return std::move(checked).error();
    if (options.networks.empty()) return Error{Errc::config, "no broker network is configured"};
    Coverage out;
    auto networks = normalised(options.networks);
    if (!networks) return std::move(networks).error();
    auto networks6 = normalised6(options.ipv6_networks);
    if (!networks6) return std::move(networks6).error();
    const std::set<std::uint16_t> ports(options.ports.begin(), options.ports.end());
    if (ports.contains(0)) return Error{Errc::config, "0 is no broker port"};
    out.networks_ = *std::move(networks);
    out.ipv6_networks_ = *std::move(networks6);
    out.ports_.assign(ports.begin(), ports.end());
    // Leaves room for the address entries and for what is learned.
    const std::size_t wanted = out.networks_.size() * (std::max<std::size_t>(1, ports.size()) + 1);
    if (wanted > SLUICE_BROKERS_MAX / 2)
        return Error{Errc::config, "the broker networks and ports make " + std::to_string(wanted) +
                                       " entries, above " + std::to_string(SLUICE_BROKERS_MAX / 2)};
    return out;
}

bool Coverage::configured(const Endpoint& broker) const {
    const bool port =
        ports_.empty() || std::binary_search(ports_.begin(), ports_.end(), broker.port);
    return port && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
               return holds(network, broker.address);
           });
}

void Coverage::learn(const Endpoint& broker) {
    if (configured(broker)) return;
    const auto at = std::lower_bound(learned_.begin(), learned_.end(), broker);
    if (at == learned_.end() || *at != broker) learned_.insert(at, broker);
}

void Coverage::forget(const Endpoint& broker) {
    const auto at = std::lower_bound(learned_.begin(), learned_.end(), broker);
    if (at != learned_.end() && *at == broker) learned_.erase(at);
}

std::vector<BrokerEntry> Coverage::entries() const {
    const std::vector<std::uint16_t> ports =
        ports_.empty() ? std::vector<std::uint16_t>{0} : ports_;
    std::vector<BrokerEntry> out;
    for (const Network& network : networks_) {
        out.push_back(entry(SLUICE_SCOPE_ADDRESS, SLUICE_ORIGIN_CONFIGURED, network, 0));
        for (const std::uint16_t port : ports)
            out.push_back(entry(SLUICE_SCOPE_ENDPOINT, SLUICE_ORIGIN_CONFIGURED, network, port));
    }
    std::set<std::uint32_t> addresses;
    for (const Endpoint& broker : learned_) {
        const Network host{broker.address, 32};
        out.push_back(entry(SLUICE_SCOPE_ENDPOINT, SLUICE_ORIGIN_LEARNED, host, broker.port));
        const bool network_has_it =
            std::any_of(networks_.begin(), networks_.end(),
                        [&](const Network& network) { return holds(network, broker.address); });
        if (!network_has_it && addresses.insert(broker.address).second)
            out.push_back(entry(SLUICE_SCOPE_ADDRESS, SLUICE_ORIGIN_LEARNED, host, 0));
    }
    return out;
}

}  // namespace sluice::capture
