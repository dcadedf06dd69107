// gateway.h: one running gateway: the audit log, the kernel's capture and the relay, put together.
//
// Not the process around it: signals, files and exit codes are daemon.h's. The order of things is
// the promise: nothing is captured before the log has taken `gateway_start`, and when this is
// destroyed the kernel goes on refusing what would pass around us.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/approval_desk.h"
#include "app/audit_port.h"
#include "app/config.h"
#include "app/event_recorder.h"
#include "app/policy_port.h"
#include "app/readiness.h"
#include "app/token_checker.h"
#include "auditlog/log.h"
#include "auditlog/retention.h"
#include "base/result.h"
#include "capture/steering.h"
#include "control/ports.h"
#include "net/relay.h"
#include "policy/policy.h"
#include "telemetry/snapshot.h"

namespace sluice::app {

capture::SteeringOptions steering_options(const Config& config);
// `listener` and `first_session` are left for the moment they are known. Errors: a password file
// that cannot be read, or that others can read.
Result<net::RelayOptions> relay_options(const Config& config, const policy::PolicySet& policies);

// What a gateway is made of; a test puts other parts in.
struct GatewayParts {
    std::unique_ptr<auditlog::Log> log;
    std::unique_ptr<capture::Steering> steering;
    std::function<Result<std::unique_ptr<net::Relay>>(net::RelayOptions, const net::Ports&)>
        start_relay = net::start_relay;
    std::function<std::int64_t()> wall_ns;    // the Unix epoch's clock
    std::unique_ptr<TokenChecker> tokens;     // not started
    std::vector<approval::Request> requests;  // for approval, that were kept
    // store::ApprovalsStore::put.
    std::function<Status(std::span<const approval::Request>, const std::function<Status()>&)> keep;
    std::function<Status(std::span<const std::string>)> drop;  // store::ApprovalsStore::drop
    // store::SubjectsStore::erase. Called under the gateway's lock.
    std::function<Result<std::uint64_t>(std::string_view, std::int64_t)> erase;
    std::vector<mask::Key> keys;  // of the masks
};

class Gateway {
  public:
    // Errors: of the part that would not start, with what it was doing.
    static Result<std::unique_ptr<Gateway>> start(const Config& config,
                                                  std::shared_ptr<const policy::PolicySet> policies,
                                                  GatewayParts parts);
    ~Gateway() = default;
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    // -- The main thread's.
    // Asks the kernel what is in place, and has put back what is not; records and logs each change.
    void check_capture();
    // A reload: the compiled set, or why the files are refused.
    void take_policies(const Result<std::shared_ptr<const policy::PolicySet>>& policies);
    // Ends the connections in order, and records why we stopped. Not ready from the first moment
    // on.
    void stop(const std::string& reason);

    // -- Any thread's.
    // Outlived by the gateway.
    [[nodiscard]] ApprovalDesk& approvals() { return approvals_; }
    void record_refused_call(const control::RefusedCall& call);
    // Returns when it is on disk. Errors: unavailable.
    Status record_call(NamedEvent named);
    // Deletes what is known of a person, and records that `by` had it done. Returns how many names
    // and requests there were. Errors: denied (a request of theirs is live), unavailable, io.
    Result<std::uint64_t> erase_person(const std::string& person, audit::Subject by);
    // Retention is about to drop them: returns when that is on disk. Errors: unavailable.
    Status record_dropped(const auditlog::DroppedEntries& entries);
    [[nodiscard]] telemetry::Snapshot snapshot() const;
    [[nodiscard]] Readiness readiness() const;

  private:
    Gateway(std::shared_ptr<const policy::PolicySet> policies, GatewayParts parts);
    Status begin(const Config& config);
    // Whether something is missing that can be put back.
    [[nodiscard]] bool look_at_capture();
    void record_capture(const std::string& reason);

    GatewayParts parts_;
    AuditPort audit_port_;
    EventRecorder events_;
    PolicyPort policies_;
    EventRecorder desk_events_;  // the desk's thread
    ApprovalDesk approvals_;
    std::mutex control_mutex_;
    EventRecorder control_events_;         // guarded by control_mutex_
    EventRecorder keeper_events_;          // the keeper's thread
    const policy::Durability durability_;  // connections got it when the relay started
    std::unique_ptr<net::Relay> relay_;    // its workers' producers go before the log does
    std::string capture_state_;            // as last recorded; main thread only
    std::string repair_problem_;           // as last logged; main thread only

    mutable std::mutex mutex_;
    ReadinessFacts facts_;       // guarded by mutex_; audit_failed is asked anew each time
    std::uint64_t repairs_ = 0;  // of the capture; guarded by mutex_
};

// "in_place", or what is missing: "missing_guard_route". The reason of capture events.
std::string capture_state(const Result<capture::SteeringStatus>& status);

}  // namespace sluice::app
