// bell.h: waits for what the sequencer's thread does, without a clock.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace sluice::auditlog::testing {

// Waits until what the sequencer's thread did makes a condition true.
class Bell {
  public:
    std::function<void()> ringer() {
        return [this] {
            const std::lock_guard lock(mutex_);
            ++rings_;
            changed_.notify_all();
        };
    }
    template <class Condition>
    void until(Condition condition) {
        std::unique_lock lock(mutex_);
        while (!condition()) {
            const auto seen = rings_;
            changed_.wait(lock, [&] { return rings_ != seen; });
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t rings_ = 0;
};

}  // namespace sluice::auditlog::testing
