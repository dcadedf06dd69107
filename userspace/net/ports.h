// ports.h: what the net folder needs of the rest of the daemon, as interfaces that app plugs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "session/session.h"

namespace sluice::net {

// One worker's way into the audit log. Tickets count this producer's entries from 1.
class AuditProducer {
  public:
    virtual ~AuditProducer() = default;
    // Takes a copy. 0: the queue is full; try again after `wake`.
    virtual std::uint64_t submit(Bytes entry) = 0;
    // Somebody waits for what was submitted. Without it entries may linger a few milliseconds.
    virtual void hurry() = 0;
    [[nodiscard]] virtual std::uint64_t durable() const = 0;
    // As session::Facts has them.
    virtual audit::SubjectId subject(const audit::Subject& subject) = 0;
    [[nodiscard]] virtual std::uint64_t subject_epoch() const = 0;
};

class AuditPort {
  public:
    virtual ~AuditPort() = default;
    // `wake` comes from another thread and may only post to the worker.
    virtual std::unique_ptr<AuditProducer> producer(std::function<void()> wake) = 0;
    [[nodiscard]] virtual bool failed() const = 0;
};

// Who callers are and what they may do. Asked from every worker's thread.
class PolicyPort {
  public:
    virtual ~PolicyPort() = default;
    // Another number than before: caller() may say something else. Never 0.
    [[nodiscard]] virtual std::uint64_t generation() const = 0;
    [[nodiscard]] virtual session::Caller caller(const policy::Evidence& evidence) const = 0;
};

// Whose a client's token is. Asked from every worker's thread; never waits.
class IdentityPort {
  public:
    virtual ~IdentityPort() = default;
    // Empty while keys are being fetched: ask again a little later.
    [[nodiscard]] virtual std::optional<session::TokenVerdict> check_token(std::string_view token,
                                                                           Instant now) const = 0;
};

// Where requests go that wait for a human. Asked from every worker's thread.
class ApprovalPort {
  public:
    virtual ~ApprovalPort() = default;
    // `number` is the asker's own, unique with `ask.session`. `told` comes from another thread and
    // may only post: with `waiting` never, once, or again under another id (somebody else used up
    // the ticket), and then once with another answer. Never called inside ask().
    virtual void ask(approval::Ask ask, std::uint64_t number,
                     std::function<void(approval::Answer)> told) = 0;
    // It waits no longer. `gone`: the client left, and with it the wish. An answer that was on its
    // way may still come and counts for nothing.
    virtual void leave(std::uint64_t session, std::uint64_t number, bool gone) = 0;
};

// All of them, as app plugs them. Each outlives the relay.
struct Ports {
    AuditPort& audit;
    const PolicyPort& policy;
    const IdentityPort& identity;
    ApprovalPort& approvals;
};

}  // namespace sluice::net
