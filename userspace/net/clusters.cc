#include "net/clusters.h"

#include <algorithm>

namespace sluice::net {

namespace {

bool holds(const Cluster::Network& network, std::uint32_t address) {
    if (network.prefix == 0) return true;
    const int host_bits = 32 - std::min<int>(network.prefix, 32);
    return (network.address ^ address) >> host_bits == 0;
}

}  // namespace

const Cluster* find_cluster(std::span<const Cluster> clusters, const Endpoint& broker) {
    const auto has = [&](const Cluster& cluster) {
        return std::ranges::find(cluster.ports, broker.port) != cluster.ports.end() &&
               std::ranges::any_of(cluster.networks, [&](const Cluster::Network& network) {
                   return holds(network, broker.address);
               });
    };
    const auto found = std::ranges::find_if(clusters, has);
    return found == clusters.end() ? nullptr : &*found;
}

std::variant<const Cluster*, session::CloseReason> judge(std::span<const Cluster> clusters,
                                                         const Endpoint& listener,
                                                         const Endpoint& dialled) {
    // A listener on every address is itself at every address that has its port: dialling such a
    // "broker" would come back here, for ever.
    const bool itself = dialled.port == listener.port &&
                        (listener.address == 0 || listener.address == dialled.address);
    if (itself) return session::CloseReason::self_connection;
    const Cluster* cluster = find_cluster(clusters, dialled);
    if (cluster == nullptr) return session::CloseReason::not_a_broker;
    return cluster;
}

}  // namespace sluice::net
