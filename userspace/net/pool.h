// pool.h: the workers of a relay: started together, fed evenly, drained and stopped together.
#pragma once

#include <memory>
#include <vector>

#include "net/worker.h"

namespace sluice::net {

class WorkerPool {
  public:
    WorkerPool(const RelayOptions& options, const Ports& ports, RelayCounters& counters);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    // Ends what is left at once; its last events are given a moment to reach the audit queue.
    ~WorkerPool();

    // To the worker with the fewest connections. Throws std::bad_alloc; the arrival is closed then.
    void adopt(Arrival arrival);
    // Every session finishes what its client began; returns when all are gone, or ended by the
    // deadline.
    void drain(std::chrono::nanoseconds deadline);

  private:
    bool wait_until_none_left(std::chrono::nanoseconds at_most);

    Crew crew_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace sluice::net
