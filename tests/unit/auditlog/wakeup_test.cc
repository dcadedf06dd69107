#include "auditlog/wakeup.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::auditlog {
namespace {

using namespace std::chrono_literals;

TEST(Wakeup, DoesNotSleepOverANotifyThatCameFirst) {
    Wakeup wakeup;
    const auto prepared = wakeup.prepare();
    wakeup.notify();
    wakeup.wait(prepared, std::nullopt);  // returns
}

TEST(Wakeup, GivesUpAfterTheLongestTime) {
    Wakeup wakeup;
    wakeup.wait(wakeup.prepare(), 1ns);
}

// The same dance as the sequencer's: publish, notify; prepare, look, wait. A lost wakeup hangs it.
TEST(Wakeup, LosesNoWorkBetweenTheLastLookAndTheSleep) {
    Wakeup wakeup;
    std::atomic<int> work{0};
    constexpr int kRounds = 20'000;
    std::thread sleeper([&] {
        for (int seen = 0; seen < kRounds;) {
            const auto prepared = wakeup.prepare();
            const int now = work.load(std::memory_order_seq_cst);
            if (now == seen)
                wakeup.wait(prepared, std::nullopt);
            else
                wakeup.cancel();
            seen = now;
        }
    });
    for (int i = 1; i <= kRounds; ++i) {
        work.store(i, std::memory_order_seq_cst);
        wakeup.notify();
    }
    sleeper.join();
}

}  // namespace
}  // namespace sluice::auditlog
