// relay.h: accepts captured connections and runs a session for each: sockets, workers, timers,
// back-pressure.
//
// One acceptor thread hands each socket to the worker with the fewest connections; a connection
// lives on one worker's thread with its own upstream connection to exactly the address the client
// dialled. All protocol knowledge is in `session`; this folder moves bytes, keeps deadlines and
// honours "not before that event is durable".
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/ports.h"
#include "session/session.h"

namespace sluice::net {

// Where the brokers of one cluster are. The only places an upstream connection may go to.
struct Cluster {
    struct Network {
        std::uint32_t address = 0;  // host byte order
        std::uint8_t prefix = 32;
    };
    std::string name;
    std::vector<Network> networks;
    std::vector<std::uint16_t> ports;
    bool tokens = false;  // see session::SessionOptions
    std::shared_ptr<const session::UpstreamCredential> credential = {};
};

// How long a connection may be silent or slow.
struct Deadlines {
    std::chrono::nanoseconds first_frame = limits::first_frame_deadline;
    std::chrono::nanoseconds upstream_connect = limits::upstream_connect_deadline;
    std::chrono::nanoseconds idle = limits::idle_timeout;
    std::chrono::nanoseconds write_stall = limits::write_stall_max;
    std::chrono::nanoseconds half_close = limits::half_close_timeout;
    // Each connection is looked at, and its session told the time, once in this.
    std::chrono::nanoseconds tick = std::chrono::seconds(1);
};

struct RelayOptions {
    int listener = -1;     // listening, transparent, non-blocking; owned by the relay from here on
    unsigned workers = 0;  // 0: one per core
    std::vector<Cluster> clusters;
    session::Durability durability = session::Durability::durable;
    bool observe = false;  // see session::SessionOptions
    std::size_t connections_max = limits::connections_max;
    std::size_t connections_per_source_max = limits::connections_per_source_max;
    std::chrono::nanoseconds drain_deadline = limits::drain_deadline;
    Deadlines deadlines;
    // Start of the session ids: unique in the log (the daemon's start time in ns, shifted to leave
    // room).
    std::uint64_t first_session = 1;
};

// Added to by workers (relaxed), read by telemetry. All monotonic but the gauges.
struct RelayCounters {
    using Counter = std::atomic<std::uint64_t>;
    Counter accepted{0}, connections{0} /* gauge */, pre_auth_connections{0} /* gauge */;
    Counter client_bytes{0}, broker_bytes{0};  // received from
    Counter produced_records{0}, fetched_records{0};
    Counter edits_api_versions{0}, edits_fetch_session{0}, hidden_apis{0}, answered_here{0},
        lookups{0}, refused{0}, filtered{0};
    Counter held{0}, parked{0};  // requests; answers for partitions
    Counter logins{0};
    std::array<Counter, static_cast<std::size_t>(identity::Refusal::count_)> logins_refused{};
    Counter masked_values{0}, withheld_records{0}, mask_failed{0}, mask_too_large{0},
        opened_bytes{0}, edits_fetch_bytes{0};
    Counter events{0}, audit_waits{0}, audit_full_waits{0};
    std::array<Counter, 128> requests_by_api{};  // index: API key; 127: anything else
    std::array<Counter, static_cast<std::size_t>(session::CloseReason::count_)> closed{};
    // Time Sluice held bytes that were ready to go (waiting for the audit): up to 2^n * 16 us; the
    // last is longer.
    std::array<Counter, 20> held_buckets{};
    Counter held_ns{0}, held_count{0};
    Counter buffered_bytes{0};  // gauge: owned by connections
};

class Relay {
  public:
    virtual ~Relay() = default;  // closes what is left at once
    virtual const RelayCounters& counters() const = 0;
    // No new connections; in-flight requests finish; then both sides are closed in order. Returns
    // when all are gone or the drain deadline has passed.
    virtual void drain() = 0;
};

Result<std::unique_ptr<Relay>> start_relay(RelayOptions options, const Ports& ports);

}  // namespace sluice::net
