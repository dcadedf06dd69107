// coverage.h: which destinations are brokers: configured networks times ports, and learned
// endpoints.
//
// Pure. The one source of both the map `brokers` and the guard's sets, so that the two never
// differ. Not the kernel's state: that is what maps.h and guard.h read back.
#pragma once

#include <contract.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "capture/steering.h"

namespace sluice::capture {

struct BrokerEntry {
    sluice_broker_key key;
    sluice_broker value;
};
struct KeyLess {
    bool operator()(const sluice_broker_key& left, const sluice_broker_key& right) const noexcept;
};

class Coverage {
  public:
    // Checks and normalises the options: host bits cleared, duplicates and networks inside others
    // taken out.
    static Result<Coverage> from(const SteeringOptions& options);

    // True where the configured networks and ports hold the endpoint already.
    [[nodiscard]] bool configured(const Endpoint& broker) const;
    // No effect on an endpoint that is configured, or learned before.
    void learn(const Endpoint& broker);
    void forget(const Endpoint& broker);

    [[nodiscard]] std::vector<BrokerEntry> entries() const;

    [[nodiscard]] const std::vector<Network>& networks() const { return networks_; }
    [[nodiscard]] const std::vector<std::uint16_t>& ports() const { return ports_; }
    [[nodiscard]] const std::vector<Endpoint>& learned() const { return learned_; }
    [[nodiscard]] const std::vector<std::string>& ipv6_networks() const { return ipv6_networks_; }

  private:
    std::vector<Network> networks_;
    std::vector<std::uint16_t> ports_;        // sorted; empty: every port
    std::vector<Endpoint> learned_;           // sorted; none is configured
    std::vector<std::string> ipv6_networks_;  // as inet_ntop writes them, "/prefix" behind
};

// What names kernel objects must be harmless there: run id [a-z0-9-]{1,32}, interface names, marks.
Status check(const SteeringOptions& options);

}  // namespace sluice::capture
