// clock.h: the one place of the data path that reads a clock; once per wakeup.
#pragma once

#include <ctime>

#include "base/time.h"

namespace sluice::net {

inline Instant read_clock() noexcept {
    const auto read = [](clockid_t clock) {
        timespec at{};
        ::clock_gettime(clock, &at);
        return static_cast<std::int64_t>(at.tv_sec) * 1'000'000'000 + at.tv_nsec;
    };
    return {.mono = read(CLOCK_MONOTONIC), .wall = read(CLOCK_REALTIME)};
}

}  // namespace sluice::net
