#include "approval/approvals.h"

#include <algorithm>

#include "approval/text.h"
#include "base/check.h"
#include "base/time.h"

namespace sluice::approval {
namespace {

bool is_over(const Request& request, std::int64_t now) {
    return request.expires_ns <= now;
}

// The digest alone says it; the rest is compared so that a digest made wrongly passes nobody else.
bool same_wish(const Ask& a, const Ask& b) {
    return a.digest == b.digest && a.principal == b.principal && a.human == b.human &&
           a.cluster == b.cluster && a.unit.empty() == b.unit.empty();
}

bool may_use(const Request& ticket, const std::string& unit) {
    if (unit.empty()) return ticket.used_units.empty();
    const auto& used = ticket.used_units;
    return used.size() < limits::approval_units_max &&
           std::find(used.begin(), used.end(), unit) == used.end();
}

bool is_older(const Request& a, const Request& b) {
    return a.created_ns != b.created_ns ? a.created_ns < b.created_ns : a.id < b.id;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool meets(const Voter& voter, const Requirement& requirement) {
    return contains(requirement.principals, voter.principal) ||
           std::any_of(voter.groups.begin(), voter.groups.end(), [&](const std::string& group) {
               return contains(requirement.groups, group);
           });
}

std::vector<std::uint32_t> requirements_met(const Ask& ask, const Voter& voter) {
    std::vector<std::uint32_t> met;
    // What is longer than a name of policy or identity can be is none.
    if (!voter.may_approve || voter.principal.size() > limits::identity_name_bytes_max) return met;
    for (std::uint32_t i = 0; i < ask.requirements.size(); ++i)
        if (meets(voter, ask.requirements[i])) met.push_back(i);
    return met;
}

bool has_human(const Voter& voter) {
    return !voter.human.empty() && voter.human.size() <= limits::identity_name_bytes_max;
}

bool is_acceptable(std::string_view comment) {
    return comment.size() <= limits::approval_comment_bytes_max && is_printable(comment);
}

bool has_voted(const Request& request, const Voter& voter) {
    return std::any_of(request.votes.begin(), request.votes.end(),
                       [&](const Vote& vote) { return same_human(vote.human, voter.human); });
}

std::size_t bytes_of(const Ask& ask) {
    std::size_t bytes = ask.unit.size() + ask.cluster.size() + ask.principal.size() +
                        ask.human.size() + ask.client.size() + ask.client_id.size() +
                        ask.operation.size() + ask.resources.size() + ask.details.size();
    for (const Requirement& requirement : ask.requirements) {
        bytes += requirement.rule.size() + sizeof requirement;
        for (const auto& group : requirement.groups) bytes += group.size() + sizeof group;
        for (const auto& name : requirement.principals) bytes += name.size() + sizeof name;
    }
    return bytes;
}

std::int64_t end_of(const Ask& ask, std::int64_t now) {
    return now + nanoseconds(std::min(ask.ticket_life, limits::ticket_max));
}

// What approvers see of it, with nothing hidden in it.
Ask presentable(Ask ask) {
    ask.client = printable(ask.client);
    ask.client_id = printable(ask.client_id);
    ask.operation = printable(ask.operation);
    ask.resources = printable(ask.resources);
    ask.details = printable(ask.details, Lines::many);
    return ask;
}

Transition transition(Happening what, Request request, std::int64_t now) {
    Transition transition;
    transition.what = what;
    transition.wall_ns = now;
    transition.session = request.ask.session;
    transition.client_id = request.ask.client_id;
    transition.request = std::move(request);
    return transition;
}

Transition ended(Happening what, State state, Request request, std::int64_t now) {
    request.state = state;
    request.ended_ns = now;
    return transition(what, std::move(request), now);
}

}  // namespace

void Approvals::load(std::vector<Request> requests) {
    requests_.clear();
    ended_.clear();
    std::sort(requests.begin(), requests.end(),
              [](const Request& a, const Request& b) { return a.ended_ns < b.ended_ns; });
    for (Request& request : requests) {
        if (!is_live(request.state)) ended_.push_back(request.id);
        std::string id = request.id;
        requests_.insert_or_assign(std::move(id), std::move(request));
    }
    forget_oldest_ended();
    ++revision_;
}

// -- Asking

Asked Approvals::ask(const Ask& ask, std::int64_t now, const std::string& fresh_id) const {
    if (const Request* ticket = oldest(State::approved, ask, now)) return use(*ticket, ask, now);
    if (const Request* pending = oldest(State::pending, ask, now))
        return {Answer::What::waiting, pending->id, {}, change()};
    const std::string_view why = hindrance(ask);
    if (!why.empty()) return {Answer::What::unavailable, {}, why, change()};
    return request(ask, now, fresh_id);
}

const Request* Approvals::oldest(State state, const Ask& ask, std::int64_t now) const {
    const Request* found = nullptr;
    for (const auto& [id, request] : requests_) {
        if (request.state != state || is_over(request, now)) continue;
        if (!same_wish(request.ask, ask)) continue;
        if (state == State::approved && !(is_satisfied(request) && may_use(request, ask.unit)))
            continue;
        if (found == nullptr || is_older(request, *found)) found = &request;
    }
    return found;
}

std::string_view Approvals::hindrance(const Ask& ask) const {
    if (ask.requirements.empty()) return "no rule says who may approve it";
    if (ask.ticket_life.count() <= 0) return "its ticket would be good for no time";
    if (bytes_of(ask) > limits::approval_ask_bytes_max ||
        ask.unit.size() > limits::approval_unit_bytes_max)
        return "the request is too large to be shown to an approver";
    std::size_t live = 0, of_principal = 0;
    for (const auto& [id, request] : requests_) {
        if (!is_live(request.state)) continue;
        ++live;
        if (request.state == State::pending && request.ask.principal == ask.principal)
            ++of_principal;
    }
    if (of_principal >= limits_.per_principal) return "too many requests of this principal wait";
    if (live >= limits_.requests) return "too many requests wait";
    return {};
}

Asked Approvals::use(const Request& ticket, const Ask& ask, std::int64_t now) const {
    Request after = ticket;
    if (ask.unit.empty()) {
        after.state = State::used;
        after.ended_ns = now;
    } else {
        after.used_units.push_back(ask.unit);
    }
    Transition used = transition(Happening::used, std::move(after), now);
    used.session = ask.session;
    used.client_id = printable(ask.client_id);
    used.unit = ask.unit;
    return {Answer::What::passed, ticket.id, {}, change({std::move(used)})};
}

Asked Approvals::request(const Ask& ask, std::int64_t now, const std::string& id) const {
    SLUICE_CHECK(is_id(id) && find(id) == nullptr);
    Request fresh;
    fresh.id = id;
    fresh.ask = presentable(ask);
    fresh.created_ns = now;
    fresh.expires_ns = end_of(ask, now);
    return {Answer::What::waiting,
            id,
            {},
            change({transition(Happening::requested, std::move(fresh), now)})};
}

// -- Votes

std::optional<Refusal> Approvals::objection(const Request& request, const Voter& voter,
                                            Ballot ballot, std::string_view comment,
                                            std::int64_t now) const {
    if (request.state != State::pending || is_over(request, now)) return Refusal::not_pending;
    if (!has_human(voter)) return Refusal::no_human;
    if (same_human(voter.human, request.ask.human)) return Refusal::self_approval;
    if (request.ask.human.empty() && ballot == Ballot::approve) return Refusal::asker_unknown;
    if (requirements_met(request.ask, voter).empty()) return Refusal::not_an_approver;
    if (has_voted(request, voter)) return Refusal::voted_already;
    if (!is_acceptable(comment)) return Refusal::bad_comment;
    // A denial decides; there is always room for it.
    if (ballot == Ballot::approve && request.votes.size() >= limits::approval_votes_max)
        return Refusal::too_many_votes;
    return std::nullopt;
}

Verdict Approvals::vote(const std::string& id, const Voter& voter, Ballot ballot,
                        std::string_view comment, std::int64_t now) const {
    const Request* found = find(id);
    if (found == nullptr) return Refusal::unknown_request;
    if (const auto refusal = objection(*found, voter, ballot, comment, now)) return *refusal;
    const bool approves = ballot == Ballot::approve;
    Request request = *found;
    request.votes.push_back({voter.human, voter.principal, approves,
                             requirements_met(request.ask, voter), std::string(comment), now});
    Transition voted =
        transition(approves ? Happening::vote_approve : Happening::vote_deny, request, now);
    voted.actor = voter.human;
    voted.comment = comment;
    std::vector<Transition> transitions{std::move(voted)};
    if (!approves) {
        transitions.push_back(ended(Happening::denied, State::denied, std::move(request), now));
    } else if (is_satisfied(request)) {
        request.state = State::approved;
        request.expires_ns = end_of(request.ask, now);
        transitions.push_back(transition(Happening::approved, std::move(request), now));
    }
    return change(std::move(transitions));
}

Verdict Approvals::revoke(const std::string& id, const Voter& voter, std::string_view comment,
                          std::int64_t now) const {
    const Request* found = find(id);
    if (found == nullptr) return Refusal::unknown_request;
    if (found->state != State::approved || is_over(*found, now)) return Refusal::not_approved;
    if (!has_human(voter)) return Refusal::no_human;
    if (!voter.is_admin && requirements_met(found->ask, voter).empty())
        return Refusal::not_an_approver;
    if (!is_acceptable(comment)) return Refusal::bad_comment;
    Transition revoked = ended(Happening::revoked, State::revoked, *found, now);
    revoked.actor = voter.human;
    revoked.comment = comment;
    return change({std::move(revoked)});
}

// -- Ends that nobody votes for

Change Approvals::cancel(const std::string& id, std::int64_t now) const {
    const Request* found = find(id);
    if (found == nullptr || found->state != State::pending) return change();
    return change({ended(Happening::cancelled, State::cancelled, *found, now)});
}

Change Approvals::expire(std::int64_t now) const {
    std::vector<Transition> transitions;
    for (const auto& [id, request] : requests_) {
        if (transitions.size() == limits::approval_expired_at_once_max) break;
        if (is_live(request.state) && is_over(request, now))
            transitions.push_back(ended(Happening::expired, State::expired, request, now));
    }
    return change(std::move(transitions));
}

// -- Into force

Change Approvals::change(std::vector<Transition> transitions) const {
    return {std::move(transitions), revision_};
}

void Approvals::apply(const Change& change) {
    SLUICE_CHECK(change.revision == revision_);
    for (const Transition& transition : change.transitions) {
        const Request& after = transition.request;
        if (!is_live(after.state)) ended_.push_back(after.id);
        requests_.insert_or_assign(after.id, after);
    }
    forget_oldest_ended();
    ++revision_;
}

void Approvals::forget_oldest_ended() {
    for (; ended_.size() > limits_.ended_kept; ended_.pop_front()) requests_.erase(ended_.front());
}

namespace {

bool is_about(const Request& request, std::string_view person) {
    const auto is = [&](const std::string& human, const std::string& principal) {
        return principal == person || (!human.empty() && same_human(human, person));
    };
    return is(request.ask.human, request.ask.principal) ||
           std::any_of(request.votes.begin(), request.votes.end(), [&](const Vote& vote) {
               return is(vote.human, vote.principal) ||
                      vote.comment.find(person) != std::string::npos;
           });
}

}  // namespace

Result<std::vector<std::string>> Approvals::ended_of(std::string_view person) const {
    std::vector<std::string> ids;
    for (const auto& [id, request] : requests_) {
        if (!is_about(request, person)) continue;
        if (is_live(request.state))
            return Error{Errc::denied, "request " + id + " of theirs is " +
                                           std::string(name(request.state)) +
                                           ": it is to be decided, used or revoked first"};
        ids.push_back(id);
    }
    return ids;
}

void Approvals::forget(std::span<const std::string> ids) {
    for (const std::string& id : ids) {
        requests_.erase(id);
        std::erase(ended_, id);
    }
    ++revision_;
}

// -- What there is

const Request* Approvals::find(const std::string& id) const {
    const auto found = requests_.find(id);
    return found == requests_.end() ? nullptr : &found->second;
}

std::vector<Request> Approvals::list(const Filter& filter) const {
    std::vector<Request> found;
    for (const auto& [id, request] : requests_) {
        if (filter.which == Filter::Which::live && !filter.state && !is_live(request.state))
            continue;
        if (filter.state && request.state != *filter.state) continue;
        if (!filter.cluster.empty() && request.ask.cluster != filter.cluster) continue;
        if (!filter.principal.empty() && request.ask.principal != filter.principal) continue;
        found.push_back(request);
    }
    std::sort(found.begin(), found.end(),
              [](const Request& a, const Request& b) { return is_older(b, a); });
    return found;
}

std::size_t Approvals::count(State state) const {
    return static_cast<std::size_t>(
        std::count_if(requests_.begin(), requests_.end(),
                      [&](const auto& entry) { return entry.second.state == state; }));
}

std::optional<std::int64_t> Approvals::next_expiry() const {
    std::optional<std::int64_t> next;
    for (const auto& [id, request] : requests_)
        if (is_live(request.state))
            next = std::min(next.value_or(request.expires_ns), request.expires_ns);
    return next;
}

}  // namespace sluice::approval
