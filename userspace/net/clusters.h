// clusters.h: which addresses are brokers. The only places an upstream connection may go to.
#pragma once

#include <span>
#include <variant>

#include "base/types.h"
#include "net/relay.h"

namespace sluice::net {

// The cluster whose networks and ports hold `broker`; nullptr: none.
const Cluster* find_cluster(std::span<const Cluster> clusters, const Endpoint& broker);

// Where a connection accepted from `listener` may go: the cluster of the address it dialled, or why
// it is refused (self_connection: it dialled the listener's own address; not_a_broker).
std::variant<const Cluster*, session::CloseReason> judge(std::span<const Cluster> clusters,
                                                         const Endpoint& listener,
                                                         const Endpoint& dialled);

}  // namespace sluice::net
