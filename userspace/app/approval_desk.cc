#include "app/approval_desk.h"

#include <sys/random.h>

#include <algorithm>
#include <future>

#include "base/check.h"
#include "base/limits.h"

namespace sluice::app {
namespace {

using approval::Answer;
using approval::Request;

Error closing() {
    return {Errc::unavailable, "the daemon stops"};
}

// What is no id at all is looked up as it is, and not found.
std::string meant(std::string_view typed) {
    return approval::typed_id(typed).value_or(std::string(typed));
}

}  // namespace

std::string random_request_id() {
    std::array<std::uint8_t, 5> random{};
    // So few bytes come whole and at once.
    SLUICE_CHECK(::getrandom(random.data(), random.size(), 0) ==
                 static_cast<ssize_t>(random.size()));
    return approval::id_of(random);
}

ApprovalDesk::ApprovalDesk(std::vector<Request> kept, ApprovalOptions options)
    : clerk_(std::move(kept), options), wall_now_(options.wall_now) {
    publish();
    thread_ = std::thread([this] { run(); });
}

ApprovalDesk::~ApprovalDesk() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

// -- The thread

void ApprovalDesk::run() {
    while (true) {
        clerk_.expire();
        publish();
        const auto job = next_job();
        if (!job) break;
        if (!*job) continue;  // time passed
        // What ran out while it waited is over.
        clerk_.expire();
        (*job)(&clerk_);
    }
    for (const Job& job : jobs_) job(nullptr);
}

// An empty one where it is time to look for what ran out; none where the desk closes.
std::optional<ApprovalDesk::Job> ApprovalDesk::next_job() {
    const auto next = clerk_.next_expiry();
    std::chrono::nanoseconds longest = limits::approval_check_interval;
    if (next)
        longest = std::clamp(std::chrono::nanoseconds(*next - wall_now_()),
                             std::chrono::nanoseconds(0), longest);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest, [this] { return closing_ || !jobs_.empty(); });
    if (closing_) return std::nullopt;
    if (jobs_.empty()) return Job();
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
}

void ApprovalDesk::publish() {
    const ApprovalCounters now = clerk_.counters();
    const std::lock_guard lock(counters_mutex_);
    counters_ = now;
}

ApprovalCounters ApprovalDesk::counters() const {
    const std::lock_guard lock(counters_mutex_);
    return counters_;
}

void ApprovalDesk::add(Job job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
}

// -- Sessions

void ApprovalDesk::ask(approval::Ask ask, std::uint64_t number, std::function<void(Answer)> told) {
    bool full = false;
    {
        const std::lock_guard lock(mutex_);
        full = jobs_.size() >= limits::approval_jobs_max;
    }
    // The answer alone is kept of what is too much; there are no more of these than held requests.
    if (full)
        return add([told = std::move(told)](ApprovalClerk*) {
            told({Answer::What::unavailable, {}, "too many requests for approval come in"});
        });
    add([ask = std::move(ask), number, told = std::move(told)](ApprovalClerk* clerk) {
        if (clerk == nullptr) return told({Answer::What::unavailable, {}, closing().context});
        clerk->ask(ask, number, told);
    });
}

// Never too much: there is one for each ask at most.
void ApprovalDesk::leave(std::uint64_t session, std::uint64_t number, bool gone) {
    const auto leaving = gone ? ApprovalClerk::Leaving::gone : ApprovalClerk::Leaving::comes_again;
    add([=](ApprovalClerk* clerk) {
        if (clerk != nullptr) clerk->leave(session, number, leaving);
    });
}

// -- People

template <class T>
Result<T> ApprovalDesk::call(std::function<Result<T>(ApprovalClerk&)> what) {
    const auto promise = std::make_shared<std::promise<Result<T>>>();
    auto result = promise->get_future();
    {
        const std::lock_guard lock(mutex_);
        if (closing_) return closing();
        if (jobs_.size() >= limits::approval_jobs_max)
            return Error{Errc::unavailable, "too many requests for approval come in"};
        jobs_.push_back([promise, what = std::move(what)](ApprovalClerk* clerk) {
            promise->set_value(clerk == nullptr ? Result<T>(closing()) : what(*clerk));
        });
    }
    changed_.notify_one();
    return result.get();
}

Result<std::uint64_t> ApprovalDesk::forget(std::string person) {
    return call<std::uint64_t>(
        [person = std::move(person)](ApprovalClerk& clerk) { return clerk.forget(person); });
}

Result<std::vector<Request>> ApprovalDesk::list(approval::Filter filter) {
    return call<std::vector<Request>>([filter = std::move(filter)](ApprovalClerk& clerk) {
        return Result<std::vector<Request>>(clerk.approvals().list(filter));
    });
}

Result<Request> ApprovalDesk::show(std::string_view id) {
    return call<Request>([id = meant(id)](ApprovalClerk& clerk) -> Result<Request> {
        const Request* found = clerk.approvals().find(id);
        if (found == nullptr) return error_of(approval::Refusal::unknown_request);
        return *found;
    });
}

Result<Request> ApprovalDesk::vote(std::string_view id, approval::Voter voter,
                                   approval::Ballot ballot, std::string comment) {
    return call<Request>([id = meant(id), voter = std::move(voter), ballot,
                          comment = std::move(comment)](ApprovalClerk& clerk) {
        return clerk.vote(id, voter, ballot, comment);
    });
}

Result<Request> ApprovalDesk::revoke(std::string_view id, approval::Voter voter,
                                     std::string comment) {
    return call<Request>([id = meant(id), voter = std::move(voter), comment = std::move(comment)](
                             ApprovalClerk& clerk) { return clerk.revoke(id, voter, comment); });
}

}  // namespace sluice::app
