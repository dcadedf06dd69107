// steering.h: makes the kernel bring every broker-bound connection to us, and refuse it where we
// are not.
//
// Owns the BPF program and its pins, the transparent listener, the policy rule and local route, and
// the nft guard. Set-up is idempotent over whatever a killed predecessor left. Destroying it leaves
// guard, rule, route and program in place (the listener's slot empties: SYNs are then refused);
// only uninstall() removes them. Not a relay: it hands out one listening fd. Later orders put a
// privileged process behind the same interface.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace sluice::capture {

struct Network {
    std::uint32_t address = 0;  // host byte order
    std::uint8_t prefix = 32;
};

// How the program hangs on an interface. `automatic` takes a tcx link where the kernel has it
// (6.6), else cls_bpf.
enum class Attach : std::uint8_t { automatic, cls_bpf };

struct SteeringOptions {
    std::string run_id = "default";  // names pins, nft table and lock: [a-z0-9-]{1,32}
    std::vector<std::string> client_interfaces;
    std::vector<Network> networks;     // broker networks, IPv4
    std::vector<std::uint16_t> ports;  // broker ports; none means every port
    // Guarded only ("fd00:91:2::/64"); none means all of IPv6, for `ports`.
    std::vector<std::string> ipv6_networks;
    std::uint32_t mark = 0x4b000000, mark_mask = 0xff000000;
    std::uint32_t table = 175, preference = 90;
    std::string bpffs = "/sys/fs/bpf";
    Attach attach = Attach::automatic;
};

enum class Verdict : std::uint8_t {  // names are metric labels; the order is that of bpf/contract.h
    not_ours,
    assigned_established,
    assigned_listener,
    refused_no_listener_guarded,
    dropped_no_listener,
    dropped_fragment,
    dropped_options,
    dropped_unparsable,
    dropped_assign_failed,
    delivered_icmp,
    count_
};
const char* name(Verdict verdict) noexcept;

struct SteeringStatus {
    bool attached = false;    // on every client interface
    bool guard = false;       // the nft rules are there
    bool route = false;       // rule and local route are there
    bool listener = false;    // the slot holds a listener
    std::string attach_kind;  // "tcx" or "cls_bpf"
    // net.ipv4.ip_forward: a router needs it for all but the captured connections. Never changed.
    bool forwarding = false;
    std::uint64_t verdicts[static_cast<int>(Verdict::count_)]{};
    std::uint64_t guard_rejected = 0;  // packets the nft guard refused
};

class Steering {
  public:
    virtual ~Steering() = default;
    // Sets everything up and returns the listening socket, non-blocking and owned by the caller:
    // the slot refers to it and empties when its last descriptor is closed. An accepted socket
    // whose local address is 127.0.0.1 was not captured. Errors say what is missing and how to get
    // it (kernel feature, privilege, interface).
    virtual Result<int> start() = 0;
    // Covers one more broker endpoint / takes it out again. Guard first, then capture. What was
    // covered stays so over a restart; the configured networks and ports cannot be uncovered.
    virtual Status cover(const Endpoint& broker) = 0;
    virtual Status uncover(const Endpoint& broker) = 0;
    // Puts back what someone took away since start(): pins, guard, rule, route, program. What is in
    // place stays untouched. Not the listener: its slot is filled by start() alone.
    virtual Status repair() = 0;
    // Looks at the kernel, not at what we believe.
    [[nodiscard]] virtual Result<SteeringStatus> status() = 0;
};

std::unique_ptr<Steering> make_steering(const SteeringOptions& options);

// Removes program, pins, rule, route and guard of this run id; nothing else. Idempotent. Needs the
// run id alone; mark, table and interfaces of `options` help where the pins are lost. Fails while a
// daemon of the run is alive. Called in the network namespace that was set up (from another one it
// removes the pins only).
Status uninstall(const SteeringOptions& options);

}  // namespace sluice::capture
