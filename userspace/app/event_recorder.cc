#include "app/event_recorder.h"

#include "audit/encode.h"

namespace sluice::app {

EventRecorder::EventRecorder(auditlog::Log& log)
    : log_(log), producer_(log.producer([this] {
          // The lock orders this wake after a waiter's last look at the log.
          const std::lock_guard lock(mutex_);
          woken_.notify_all();
      })) {}

Result<auditlog::Ticket> EventRecorder::submit(const NamedEvent& named) {
    audit::Event event = named.event;
    if (named.subject) event.subject = producer_->subject(*named.subject);
    if (named.actor) {
        audit::Subject actor = *named.actor;
        if (!actor.comment.empty()) event.comment = producer_->subject(actor);
        actor.comment.clear();
        event.actor = producer_->subject(actor);
    }
    Buffer entry;
    audit::encode(event, entry);
    const auditlog::Ticket ticket = producer_->submit(entry);
    if (ticket == 0) return Error{Errc::unavailable, "the audit queue is full"};
    return ticket;
}

Status EventRecorder::record(const NamedEvent& named) {
    auto ticket = submit(named);
    if (!ticket) return std::move(ticket).error();
    return ok();
}

Status EventRecorder::record_and_wait(const NamedEvent& named, std::chrono::nanoseconds deadline) {
    auto ticket = submit(named);
    if (!ticket) return std::move(ticket).error();
    producer_->hurry();
    std::unique_lock lock(mutex_);
    const bool decided = woken_.wait_for(
        lock, deadline, [&] { return producer_->durable() >= *ticket || log_.failed(); });
    if (producer_->durable() >= *ticket) return ok();
    return Error{Errc::unavailable, decided ? "the audit log cannot be written"
                                            : "the audit log did not answer in time"};
}

}  // namespace sluice::app
