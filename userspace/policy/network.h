// network.h: an IPv4 network as policy files write it.
#pragma once

#include <optional>
#include <string_view>

#include "policy/identity_rule.h"

namespace sluice::policy {

// "10.8.0.0/16"; "10.8.1.2" is a network of one address. Nothing for any other text, and where bits
// behind the prefix are set.
std::optional<SourceNetwork> parse_network(std::string_view text);

}  // namespace sluice::policy
