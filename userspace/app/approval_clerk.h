// approval_clerk.h: what becomes of requests for approval, one call after another: decide, record,
// act.
//
// Knows who waits for which request, and lets nothing happen that is not in the store and in the
// audit log. Not a thread: approval_desk.h has one and owns a clerk.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>

#include "app/event_recorder.h"
#include "approval/approvals.h"
#include "base/result.h"

namespace sluice::app {

struct ApprovalOptions {
    std::function<std::int64_t()> wall_now;  // nanoseconds since 1970
    std::function<std::string()> fresh_id;   // approval::id_of() of random bytes
    // store::ApprovalsStore::put: calls the function before what it keeps counts.
    std::function<Status(std::span<const approval::Request>, const std::function<Status()>&)> keep;
    std::function<Status(const NamedEvent&)> record;                // returns when it is on disk
    std::function<Status(std::span<const std::string>)> drop = {};  // store::ApprovalsStore::drop
    approval::Limits limits;
};

struct ApprovalCounters {
    std::uint64_t pending = 0;                                    // now
    std::uint64_t approved = 0;                                   // now
    std::uint64_t waiting = 0;                                    // held requests of sessions, now
    std::array<std::uint64_t, approval::kHappenings> happened{};  // by approval::Happening
    std::array<std::uint64_t, approval::kRefusals> refused{};     // by approval::Refusal
    std::uint64_t unavailable = 0;                                // answers
    std::uint64_t failures = 0;                                   // of the store or the audit log
};

// What the audit log says of a transition.
NamedEvent event_of(const approval::Transition& transition);

class ApprovalClerk {
  public:
    using Told = std::function<void(approval::Answer)>;
    enum class Leaving : std::uint8_t { comes_again, gone };

    // `kept` comes from the store. Nobody waits for any of it yet.
    ApprovalClerk(std::vector<approval::Request> kept, ApprovalOptions options);

    void ask(approval::Ask ask, std::uint64_t number, Told told);
    // The last to leave a pending request cancels it, unless somebody comes again for it.
    void leave(std::uint64_t session, std::uint64_t number, Leaving leaving);

    // The request after it. Errors: denied (its context begins with the name of the
    // approval::Refusal), unavailable (could not be recorded; nothing happened).
    Result<approval::Request> vote(const std::string& id, const approval::Voter& voter,
                                   approval::Ballot ballot, std::string_view comment);
    Result<approval::Request> revoke(const std::string& id, const approval::Voter& voter,
                                     std::string_view comment);

    // Drops what is over and was asked for or voted on by this person; how many. Errors: denied
    // (one is still live), and those of the store.
    Result<std::uint64_t> forget(std::string_view person);

    // Ends what ran out. To be called before anything else, and at next_expiry().
    void expire();
    [[nodiscard]] std::optional<std::int64_t> next_expiry() const;

    [[nodiscard]] const approval::Approvals& approvals() const { return approvals_; }
    [[nodiscard]] ApprovalCounters counters() const;

  private:
    struct Waiter {
        approval::Ask ask;
        std::uint64_t number = 0;
        Told told;
    };
    using Place = std::pair<std::uint64_t, std::uint64_t>;  // session, number

    void place(Waiter waiter);
    void wait_for(const std::string& id, Waiter waiter);
    std::deque<Waiter> take_waiters(const std::string& id);
    void tell(const Waiter& waiter, approval::Answer answer);
    std::optional<std::string> new_id();
    Result<approval::Request> carry_out(approval::Verdict verdict);
    Status commit(const approval::Change& change);
    void take_back(std::span<const approval::Transition> attempted);
    void settle(const approval::Change& change);
    void serve(const std::string& id);
    void dismiss(const approval::Transition& transition);

    const ApprovalOptions options_;
    approval::Approvals approvals_;
    std::map<std::string, std::deque<Waiter>> waiting_;  // by request, who asked first in front
    std::map<Place, std::string> places_;                // the request each waits for
    std::set<std::string> awaited_;  // pending requests that somebody comes again for
    std::int64_t retry_ns_ = 0;
    ApprovalCounters counters_;
};

}  // namespace sluice::app
