// time.h: the moment a pure function is told it is. No clock is read here; only `net` and `app` do.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

// Nanoseconds. `mono` orders and measures (CLOCK_MONOTONIC); `wall` is what people read (UTC, since
// 1970).
struct Instant {
    std::int64_t mono = 0;
    std::int64_t wall = 0;
    bool operator==(const Instant&) const = default;
};

constexpr std::int64_t nanoseconds(std::chrono::nanoseconds duration) { return duration.count(); }

}  // namespace sluice
