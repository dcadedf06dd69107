// wakeup.h: lets one thread sleep until another has work for it, at no cost to either while it is
// awake.
//
// The sleeper announces itself (prepare), looks for work a last time, and only then waits. Whoever
// makes work publishes it with a sequentially consistent store and then calls notify(): either the
// sleeper's last look finds the work, or notify() finds the sleeper announced.
//
// A sleeper that knows of work nobody waits for yet may linger to let more gather: notify() then
// leaves it alone, hurry() ends it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::auditlog {

class Wakeup {
  public:
    enum class Sleep : std::uint8_t { awake, until_work, lingering };

    void notify();
    // Somebody waits for the work: do it now.
    void hurry();
    // True once hurry() was called since forget_hurry().
    [[nodiscard]] bool hurried() const { return hurried_.load(std::memory_order_seq_cst); }
    // Called before the work is taken up: what is hurried after it concerns later work.
    void forget_hurry() { hurried_.store(false, std::memory_order_seq_cst); }
    // What wait() is given.
    std::uint32_t prepare(Sleep how = Sleep::until_work);
    // Returns after notify(), after `longest`, or for no reason.
    void wait(std::uint32_t prepared, std::optional<std::chrono::nanoseconds> longest);
    // Instead of wait(), when the last look found work.
    void cancel() { sleep_.store(Sleep::awake, std::memory_order_relaxed); }

  private:
    void wake();

    std::atomic<std::uint32_t> count_{0};
    std::atomic<Sleep> sleep_{Sleep::awake};
    std::atomic<bool> hurried_{false};
};

}  // namespace sluice::auditlog
