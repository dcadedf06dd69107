#include "app/approval_clerk.h"

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "base/time.h"

namespace sluice::app {
namespace {

using approval::Answer;
using approval::Happening;
using approval::Request;
using approval::State;
using approval::Transition;

// Twice an id that is taken is a chance of one in 10^17.
constexpr int kIdAttempts = 3;

std::string joined_rules(const approval::Ask& ask) {
    std::string rules;
    for (const auto& requirement : ask.requirements) {
        if (!rules.empty()) rules += ',';
        rules += requirement.rule;
    }
    return rules;
}

// Each request once, as it is in the end.
std::vector<Request> outcomes(const approval::Change& change) {
    std::vector<Request> requests;
    for (const Transition& transition : change.transitions) {
        const auto same = std::find_if(requests.begin(), requests.end(), [&](const Request& one) {
            return one.id == transition.request.id;
        });
        if (same == requests.end())
            requests.push_back(transition.request);
        else
            *same = transition.request;
    }
    return requests;
}

std::string end_of(const Transition& transition) {
    const Request& request = transition.request;
    switch (request.state) {
        case State::denied: {
            const std::string& comment = request.votes.back().comment;
            return request.id + " was denied" + (comment.empty() ? "" : ": " + comment);
        }
        case State::expired:
            return "nobody decided " + request.id + " in time";
        case State::pending:
        case State::approved:
        case State::used:
        case State::cancelled:
        case State::revoked:
            break;
    }
    return request.id + " was " + std::string(name(request.state));
}

}  // namespace

NamedEvent event_of(const Transition& transition) {
    const approval::Ask& ask = transition.request.ask;
    audit::Event event;
    event.type = audit::EventType::approval;
    event.outcome =
        transition.what == Happening::denied ? audit::Outcome::refused : audit::Outcome::ok;
    event.wall_ns = transition.wall_ns;
    event.session = transition.session;
    event.cluster = ask.cluster;
    event.operation = ask.operation;
    event.resource = ask.resources;
    if (!transition.unit.empty()) event.resource += ": " + transition.unit;
    event.reason = name(transition.what);
    event.rules = joined_rules(ask);
    event.ticket = transition.request.id;
    NamedEvent named{std::move(event), audit::Subject{}, {}};
    named.subject->principal = ask.principal;
    named.subject->human = ask.human;
    named.subject->client_id = transition.client_id;
    if (!transition.actor.empty() || !transition.comment.empty()) {
        named.actor.emplace();
        named.actor->human = transition.actor;
        named.actor->comment = transition.comment;
    }
    return named;
}

ApprovalClerk::ApprovalClerk(std::vector<Request> kept, ApprovalOptions options)
    : options_(std::move(options)), approvals_(options_.limits) {
    // Who waited for them were connections of a process that is gone; they may come again.
    for (const Request& request : kept)
        if (request.state == State::pending) awaited_.insert(request.id);
    approvals_.load(std::move(kept));
}

// -- Who asks

void ApprovalClerk::ask(approval::Ask ask, std::uint64_t number, Told told) {
    const Place at{ask.session, number};
    Waiter waiter{std::move(ask), number, std::move(told)};
    if (places_.count(at) != 0)
        return tell(waiter, {Answer::What::unavailable, {}, "it waits already"});
    place(std::move(waiter));
}

void ApprovalClerk::place(Waiter waiter) {
    const auto id = new_id();
    if (!id) return tell(waiter, {Answer::What::unavailable, {}, "no number is free"});
    const approval::Asked asked = approvals_.ask(waiter.ask, options_.wall_now(), *id);
    if (asked.what == Answer::What::unavailable)
        return tell(waiter, {asked.what, {}, std::string(asked.why)});
    const bool waits = asked.what == Answer::What::waiting;
    if (waits && places_.size() >= limits::approval_waiters_max)
        return tell(waiter, {Answer::What::unavailable, {}, "too many requests wait"});
    if (!commit(asked.change))
        return tell(waiter, {Answer::What::unavailable, {}, "approvals cannot be recorded now"});
    if (waits) return wait_for(asked.id, std::move(waiter));
    tell(waiter, {asked.what, asked.id, asked.id + " is approved and used up by this"});
}

std::optional<std::string> ApprovalClerk::new_id() {
    for (int i = 0; i < kIdAttempts; ++i) {
        std::string id = options_.fresh_id();
        if (approval::is_id(id) && approvals_.find(id) == nullptr) return id;
    }
    return std::nullopt;
}

void ApprovalClerk::wait_for(const std::string& id, Waiter waiter) {
    tell(waiter, {Answer::What::waiting, id,
                  "it waits for approval as " + id + "; send it again once it is approved"});
    places_[{waiter.ask.session, waiter.number}] = id;
    waiting_[id].push_back(std::move(waiter));
}

void ApprovalClerk::leave(std::uint64_t session, std::uint64_t number, Leaving leaving) {
    const auto at = places_.find({session, number});
    if (at == places_.end()) return;  // it was answered meanwhile
    const std::string id = at->second;
    places_.erase(at);
    auto& waiters = waiting_[id];
    std::erase_if(waiters, [&](const Waiter& waiter) {
        return waiter.ask.session == session && waiter.number == number;
    });
    if (leaving == Leaving::comes_again) awaited_.insert(id);
    if (!waiters.empty()) return;
    waiting_.erase(id);
    if (awaited_.count(id) != 0) return;
    const approval::Change change = approvals_.cancel(id, options_.wall_now());
    // Where that cannot be recorded, the request goes on waiting until it runs out.
    if (commit(change)) settle(change);
}

std::deque<ApprovalClerk::Waiter> ApprovalClerk::take_waiters(const std::string& id) {
    auto found = waiting_.extract(id);
    if (found.empty()) return {};
    for (const Waiter& waiter : found.mapped()) places_.erase({waiter.ask.session, waiter.number});
    return std::move(found.mapped());
}

void ApprovalClerk::tell(const Waiter& waiter, Answer answer) {
    if (answer.what == Answer::What::unavailable) ++counters_.unavailable;
    waiter.told(std::move(answer));
}

// -- Who decides

Result<Request> ApprovalClerk::vote(const std::string& id, const approval::Voter& voter,
                                    approval::Ballot ballot, std::string_view comment) {
    return carry_out(approvals_.vote(id, voter, ballot, comment, options_.wall_now()));
}

Result<Request> ApprovalClerk::revoke(const std::string& id, const approval::Voter& voter,
                                      std::string_view comment) {
    return carry_out(approvals_.revoke(id, voter, comment, options_.wall_now()));
}

Result<Request> ApprovalClerk::carry_out(approval::Verdict verdict) {
    if (const auto* refusal = std::get_if<approval::Refusal>(&verdict)) {
        ++counters_.refused[static_cast<std::size_t>(*refusal)];
        return error_of(*refusal);
    }
    const auto& change = std::get<approval::Change>(verdict);
    auto done = commit(change);
    if (!done) return std::move(done).error();
    settle(change);
    return change.transitions.back().request;
}

void ApprovalClerk::expire() {
    const std::int64_t now = options_.wall_now();
    // Both sides, should the clock have been set back.
    const std::int64_t interval = nanoseconds(limits::approval_retry_interval);
    if (now < retry_ns_ && retry_ns_ - now <= interval) return;
    while (true) {
        const approval::Change change = approvals_.expire(now);
        if (change.transitions.empty()) return;
        if (!commit(change)) {
            retry_ns_ = now + interval;
            return;
        }
        settle(change);
    }
}

std::optional<std::int64_t> ApprovalClerk::next_expiry() const {
    const auto next = approvals_.next_expiry();
    if (!next) return next;
    return std::max(*next, retry_ns_);
}

// -- Record, then act

Status ApprovalClerk::commit(const approval::Change& change) {
    if (change.transitions.empty()) return ok();
    const std::span<const Transition> all(change.transitions);
    std::size_t attempted = 0;
    auto done = options_.keep(outcomes(change), [&]() -> Status {
        for (const Transition& transition : all) {
            ++attempted;
            auto recorded = options_.record(event_of(transition));
            if (!recorded) return recorded;
        }
        return ok();
    });
    if (!done) {
        ++counters_.failures;
        log::error("approvals: {} of {} did not happen: {}", name(all.back().what),
                   all.back().request.id, done.error().context);
        take_back(all.first(attempted));
        return Error{Errc::unavailable, "it could not be recorded and did not happen"};
    }
    approvals_.apply(change);
    for (const Transition& transition : all)
        ++counters_.happened[static_cast<std::size_t>(transition.what)];
    return ok();
}

// What the audit log was told, and may yet write, did not happen.
void ApprovalClerk::take_back(std::span<const Transition> attempted) {
    for (const Transition& transition : attempted) {
        NamedEvent named = event_of(transition);
        named.event.outcome = audit::Outcome::error;
        const auto recorded = options_.record(named);
        // Queued all the same, behind the other; if the queue is full, so it was for that one.
        if (!recorded) log::warn("approvals: {}", recorded.error().context);
    }
}

void ApprovalClerk::settle(const approval::Change& change) {
    for (const Transition& transition : change.transitions) {
        const Request& request = transition.request;
        if (request.state == State::pending) continue;
        awaited_.erase(request.id);
        if (transition.what == Happening::approved)
            serve(request.id);
        else
            dismiss(transition);
    }
}

// Who asked first uses the ticket up; the others ask again.
void ApprovalClerk::serve(const std::string& id) {
    for (Waiter& waiter : take_waiters(id)) place(std::move(waiter));
}

void ApprovalClerk::dismiss(const Transition& transition) {
    for (const Waiter& waiter : take_waiters(transition.request.id))
        tell(waiter, {Answer::What::denied, transition.request.id, end_of(transition)});
}

Result<std::uint64_t> ApprovalClerk::forget(std::string_view person) {
    auto ids = approvals_.ended_of(person);
    if (!ids) return std::move(ids).error();
    auto dropped = options_.drop(*ids);
    if (!dropped) return std::move(dropped).error();
    approvals_.forget(*ids);
    return std::uint64_t{ids->size()};
}

ApprovalCounters ApprovalClerk::counters() const {
    ApprovalCounters counters = counters_;
    counters.pending = approvals_.count(State::pending);
    counters.approved = approvals_.count(State::approved);
    counters.waiting = places_.size();
    return counters;
}

}  // namespace sluice::app
