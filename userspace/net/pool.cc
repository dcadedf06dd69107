#include "net/pool.h"

#include <algorithm>
#include <thread>

#include "base/log.h"

namespace sluice::net {

namespace {

// How long connections that were told to end may take: their last events wait for room in the
// queue.
constexpr std::chrono::seconds kLastEventsMax{2};

}  // namespace

WorkerPool::WorkerPool(const RelayOptions& options, const Ports& ports, RelayCounters& counters)
    : crew_(ports, counters, options) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned count = options.workers == 0 ? cores : options.workers;
    for (unsigned index = 0; index < count; ++index) {
        workers_.push_back(std::make_unique<Worker>(crew_, index));
        crew_.workers.push_back(workers_.back().get());
    }
    for (auto& worker : workers_) worker->start();
}

WorkerPool::~WorkerPool() {
    for (auto& worker : workers_) worker->end_all(session::CloseReason::gateway_stopping);
    if (!wait_until_none_left(kLastEventsMax))
        log::error("{} connections end without their last events", crew_.connections.load());
    for (auto& worker : workers_) worker->stop_now();
}

void WorkerPool::adopt(Arrival arrival) {
    const auto least = std::ranges::min_element(
        workers_, {}, [](const std::unique_ptr<Worker>& worker) { return worker->load(); });
    (*least)->adopt(std::move(arrival));
}

void WorkerPool::drain(std::chrono::nanoseconds deadline) {
    for (auto& worker : workers_) worker->drain();
    if (wait_until_none_left(deadline)) return;
    for (auto& worker : workers_) worker->end_all(session::CloseReason::drain_deadline);
    if (!wait_until_none_left(kLastEventsMax))
        log::error("{} connections still wait for the audit log", crew_.connections.load());
}

bool WorkerPool::wait_until_none_left(std::chrono::nanoseconds at_most) {
    std::unique_lock lock(crew_.mutex);
    return crew_.none_left.wait_for(lock, at_most, [this] { return crew_.connections == 0; });
}

}  // namespace sluice::net
