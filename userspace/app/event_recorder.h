// event_recorder.h: the daemon's own events (start, stop, capture, approvals) on their way into the
// audit log.
//
// Used by one thread. Not for sessions: their events go through net's workers and never wait here.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "audit/event.h"
#include "auditlog/log.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::app {

// An event with the names that it holds as ids. The actor's comment, where there is one, is another
// id than the actor: it may name a third person and be erased with them.
struct NamedEvent {
    audit::Event event;
    std::optional<audit::Subject> subject = {}, actor = {};
    bool operator==(const NamedEvent&) const = default;
};

class EventRecorder {
  public:
    // INVARIANT: the log outlives the recorder.
    explicit EventRecorder(auditlog::Log& log);

    // Returns when the event is on disk. Errors: unavailable (the log failed, or `deadline`
    // passed).
    Status record_and_wait(const NamedEvent& named, std::chrono::nanoseconds deadline);
    // Does not wait. Errors: unavailable (the queue is full: the log has failed for long).
    Status record(const NamedEvent& named);

  private:
    Result<auditlog::Ticket> submit(const NamedEvent& named);

    auditlog::Log& log_;
    std::mutex mutex_;
    std::condition_variable woken_;
    // Last: the sequencer may call the wake function until the producer is gone.
    std::unique_ptr<auditlog::Producer> producer_;
};

}  // namespace sluice::app
