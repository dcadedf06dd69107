#include "auditlog/wakeup.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace sluice::auditlog {
namespace {

// std::atomic::wait has no time limit, so the futex itself. Its word is the atomic's only member.
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout) {
    ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation, value, timeout,
              nullptr, 0);
}

}  // namespace

void Wakeup::notify() {
    if (sleep_.load(std::memory_order_seq_cst) == Sleep::until_work) wake();
}

void Wakeup::hurry() {
    hurried_.store(true, std::memory_order_seq_cst);
    if (sleep_.load(std::memory_order_seq_cst) != Sleep::awake) wake();
}

void Wakeup::wake() {
    if (sleep_.exchange(Sleep::awake, std::memory_order_acq_rel) == Sleep::awake)
        return;  // another notifier was first
    count_.fetch_add(1, std::memory_order_release);
    futex(count_, FUTEX_WAKE_PRIVATE, 1, nullptr);
}

std::uint32_t Wakeup::prepare(Sleep how) {
    const std::uint32_t prepared = count_.load(std::memory_order_relaxed);
    sleep_.store(how, std::memory_order_seq_cst);
    return prepared;
}

void Wakeup::wait(std::uint32_t prepared, std::optional<std::chrono::nanoseconds> longest) {
    timespec timeout{};
    if (longest) {
        timeout.tv_sec = static_cast<time_t>(longest->count() / 1'000'000'000);
        timeout.tv_nsec = static_cast<long>(longest->count() % 1'000'000'000);
    }
    futex(count_, FUTEX_WAIT_PRIVATE, prepared, longest ? &timeout : nullptr);
    sleep_.store(Sleep::awake, std::memory_order_relaxed);
}

}  // namespace sluice::auditlog
