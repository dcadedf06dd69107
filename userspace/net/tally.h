// tally.h: what one worker counted since it last told: plain numbers, published a few times a
// second.
//
// Workers would otherwise fight over the cache lines of RelayCounters at every read.
#pragma once

#include <array>
#include <cstdint>

#include "net/relay.h"
#include "session/session.h"

namespace sluice::net {

struct Tally {
    std::uint64_t client_bytes = 0, broker_bytes = 0;
    std::uint64_t events = 0, audit_waits = 0, audit_full_waits = 0;
    std::uint64_t held_ns = 0, held_count = 0;
    std::int64_t buffered_bytes = 0;
    session::SessionCounters sessions;
    std::array<std::uint64_t, std::tuple_size_v<decltype(RelayCounters::requests_by_api)>>
        requests_by_api{};
    std::array<std::uint64_t, std::tuple_size_v<decltype(RelayCounters::closed)>> closed{};
    std::array<std::uint64_t, std::tuple_size_v<decltype(RelayCounters::held_buckets)>>
        held_buckets{};

    void count_request(std::int16_t api_key);
    void count_held(std::int64_t ns);
    // Adds what a session counted since `before`, which becomes `now`.
    void count_session(const session::SessionCounters& now, session::SessionCounters& before);
    // Adds everything to the shared counters and starts again from nothing.
    void publish(RelayCounters& counters);
};

}  // namespace sluice::net
