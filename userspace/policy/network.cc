#include "policy/network.h"

#include <charconv>

namespace sluice::policy {

std::optional<SourceNetwork> parse_network(std::string_view text) {
    SourceNetwork network;
    network.prefix = 32;
    const auto number = [&text](std::uint32_t max) -> std::optional<std::uint32_t> {
        std::uint32_t value = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (failure != std::errc() || value > max || (digits > 1 && text.front() == '0'))
            return std::nullopt;
        text.remove_prefix(digits);
        return value;
    };
    const auto take = [&text](char expected) {
        const bool there = !text.empty() && text.front() == expected;
        if (there) text.remove_prefix(1);
        return there;
    };
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && !take('.')) return std::nullopt;
        const auto value = number(255);
        if (!value) return std::nullopt;
        network.address = network.address << 8 | *value;
    }
    if (take('/')) {
        const auto prefix = number(32);
        if (!prefix) return std::nullopt;
        network.prefix = *prefix;
    }
    const std::uint64_t host = 0xffffffffull >> network.prefix;
    if (!text.empty() || (network.address & host) != 0) return std::nullopt;
    return network;
}

}  // namespace sluice::policy
