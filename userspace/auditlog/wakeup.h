// wakeup.h: lets one thread sleep until another has work for it, at no cost to either while it is
// awake.
//
// The sleeper announces itself (prepare), looks for work a last time, and only then waits. Whoever
// makes work publishes it with a sequentially consistent store and then calls notify(): either the
// sleeper's last look finds the work, or notify() finds the sleeper announced.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::auditlog {

class Wakeup {
  public:
    void notify();
    // What wait() is given.
    std::uint32_t prepare();
    // Returns after notify(), after `longest`, or for no reason.
    void wait(std::uint32_t prepared, std::optional<std::chrono::nanoseconds> longest);
    // Instead of wait(), when the last look found work.
    void cancel() { sleeping_.store(false, std::memory_order_relaxed); }

  private:
    std::atomic<std::uint32_t> count_{0};
    std::atomic<bool> sleeping_{false};
};

}  // namespace sluice::auditlog
