// approval_desk.h: the one thread that owns the requests for approval, for everybody who asks,
// votes or looks.
//
// Sessions ask from their workers' threads and never wait; people at the control socket wait for
// the answer. What happens to a request is in approval_clerk.h.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "app/approval_clerk.h"
#include "net/ports.h"

namespace sluice::app {

class ApprovalDesk final : public net::ApprovalPort {
  public:
    // `kept` comes from the store. INVARIANT: what `options` call is there until the desk is gone,
    // and is called by the desk's thread alone.
    ApprovalDesk(std::vector<approval::Request> kept, ApprovalOptions options);
    // What was not begun is answered `unavailable`. INVARIANT: nobody asks any more.
    ~ApprovalDesk() override;

    // -- Of sessions

    void ask(approval::Ask ask, std::uint64_t number,
             std::function<void(approval::Answer)> told) override;
    void leave(std::uint64_t session, std::uint64_t number, bool gone) override;

    // -- Of people, by any thread but a worker's: they wait. An id may be written as people type
    // it. Errors: denied (the context begins with the name of the approval::Refusal), unavailable.

    Result<std::vector<approval::Request>> list(approval::Filter filter);
    Result<approval::Request> show(std::string_view id);
    Result<approval::Request> vote(std::string_view id, approval::Voter voter,
                                   approval::Ballot ballot, std::string comment);
    Result<approval::Request> revoke(std::string_view id, approval::Voter voter,
                                     std::string comment);

    // As ApprovalClerk has it.
    Result<std::uint64_t> forget(std::string person);

    // Any thread; does not wait for the desk.
    [[nodiscard]] ApprovalCounters counters() const;

  private:
    // Is called with nothing where the desk closes before its turn.
    using Job = std::function<void(ApprovalClerk*)>;
    template <class T>
    Result<T> call(std::function<Result<T>(ApprovalClerk&)> what);
    void add(Job job);
    void run();
    std::optional<Job> next_job();
    void publish();

    ApprovalClerk clerk_;  // the thread's
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;  // guarded by mutex_
    bool closing_ = false;  // guarded by mutex_
    const std::function<std::int64_t()> wall_now_;
    mutable std::mutex counters_mutex_;
    ApprovalCounters counters_;  // guarded by counters_mutex_
    std::thread thread_;         // last: it uses the others
};

// The identity of a new request, of the kernel's random bytes.
std::string random_request_id();

}  // namespace sluice::app
