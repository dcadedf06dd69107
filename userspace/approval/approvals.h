// approvals.h: the requests that wait for humans, as a state machine.
//
// Decides and applies in two steps, so that what is decided can be recorded in between: ask(),
// vote(), revoke(), cancel() and expire() change nothing and return a Change; apply() puts it into
// force. No clock, no randomness, no I/O: times and ids are arguments. Who is waiting for what is
// the caller's to know.
// INVARIANT: a ticket passes one request, or one for each unit; never without is_satisfied(), and
// never after it was denied, cancelled or revoked, or ran out.
#pragma once

#include <deque>
#include <map>
#include <span>
#include <variant>

#include "approval/request.h"
#include "base/limits.h"
#include "base/result.h"

namespace sluice::approval {

// The human at the control socket.
struct Voter {
    std::string human;  // empty: nobody is known to be there
    std::string principal;
    std::vector<std::string> groups;
    bool may_approve = false;  // has the role
    bool is_admin = false;
    bool operator==(const Voter&) const = default;
};
enum class Ballot : std::uint8_t { approve, deny };

// Why a vote or a revocation was refused.
enum class Refusal : std::uint8_t {
    unknown_request,
    not_pending,      // decided, ended or run out
    not_approved,     // there is no ticket to revoke
    no_human,         // nobody knows which human votes
    self_approval,    // they asked for it themselves
    asker_unknown,    // nobody answers for who asked, so nobody can be another human
    not_an_approver,  // no requirement names them, or they lack the role
    voted_already,
    bad_comment,  // too long, or not printable
    too_many_votes,
};
inline constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::too_many_votes) + 1;
std::string_view name(Refusal refusal) noexcept;
// Its code is `denied`; its context begins with the refusal's name and a colon.
Error error_of(Refusal refusal);

enum class Happening : std::uint8_t {
    requested,
    vote_approve,
    vote_deny,
    approved,
    denied,
    used,
    expired,
    cancelled,
    revoked,
};
inline constexpr std::size_t kHappenings = static_cast<std::size_t>(Happening::revoked) + 1;
std::string_view name(Happening happening) noexcept;

struct Transition {
    Happening what = Happening::requested;
    Request request;  // after it
    std::int64_t wall_ns = 0;
    std::string actor;  // the human, of a vote or a revocation
    std::string comment;
    std::uint64_t session = 0;  // of who asked; with `used`, of who uses it
    std::string client_id;
    std::string unit;  // with `used`
    bool operator==(const Transition&) const = default;
};

// Transitions in their order, good only for the state they were decided on.
struct Change {
    std::vector<Transition> transitions;
    std::uint64_t revision = 0;
};
using Verdict = std::variant<Change, Refusal>;

struct Asked {
    Answer::What what = Answer::What::unavailable;  // `denied` never
    std::string id;
    std::string_view why;  // with `unavailable`: one sentence
    Change change;         // empty where nothing changes
};

struct Limits {
    std::size_t requests = limits::approval_requests_max;
    std::size_t per_principal = limits::approval_requests_per_principal_max;
    std::size_t ended_kept = limits::approval_ended_kept_max;
};

// What of the requests somebody wants to see; empty fields ask for everything.
struct Filter {
    enum class Which : std::uint8_t { live, all };
    Which which = Which::live;
    std::optional<State> state;
    std::string cluster;
    std::string principal;
};

class Approvals {
  public:
    explicit Approvals(Limits limits = {}) : limits_(limits) {}

    // Takes the place of everything there was.
    void load(std::vector<Request> requests);

    // -- Decisions. `now` is the wall clock's.

    // `passed`: the ticket is used up by the change. `waiting`: on the pending request that there
    // is, or on a new one with `fresh_id`, which no request has.
    [[nodiscard]] Asked ask(const Ask& ask, std::int64_t now, const std::string& fresh_id) const;
    [[nodiscard]] Verdict vote(const std::string& id, const Voter& voter, Ballot ballot,
                               std::string_view comment, std::int64_t now) const;
    // By an admin, or by somebody who may approve it.
    [[nodiscard]] Verdict revoke(const std::string& id, const Voter& voter,
                                 std::string_view comment, std::int64_t now) const;
    // Empty where it does not wait any more.
    [[nodiscard]] Change cancel(const std::string& id, std::int64_t now) const;
    // What ran out, some at a time: empty when there is no more. Until it is applied they still
    // count as requests, but pass nothing.
    [[nodiscard]] Change expire(std::int64_t now) const;

    // INVARIANT: nothing else was applied since it was decided.
    void apply(const Change& change);

    // The requests that are over and that somebody asked for, voted on, or is mentioned in by a
    // vote. Errors: denied, where one of theirs is still live: it is to end first.
    [[nodiscard]] Result<std::vector<std::string>> ended_of(std::string_view person) const;
    // Drops requests that are over.
    void forget(std::span<const std::string> ids);

    // -- What there is

    [[nodiscard]] const Request* find(const std::string& id) const;
    [[nodiscard]] std::vector<Request> list(const Filter& filter) const;  // the newest first
    [[nodiscard]] std::size_t count(State state) const;
    // When the next one runs out.
    [[nodiscard]] std::optional<std::int64_t> next_expiry() const;

  private:
    [[nodiscard]] Change change(std::vector<Transition> transitions = {}) const;
    [[nodiscard]] const Request* oldest(State state, const Ask& ask, std::int64_t now) const;
    [[nodiscard]] std::string_view hindrance(const Ask& ask) const;
    [[nodiscard]] Asked use(const Request& ticket, const Ask& ask, std::int64_t now) const;
    [[nodiscard]] Asked request(const Ask& ask, std::int64_t now, const std::string& id) const;
    [[nodiscard]] std::optional<Refusal> objection(const Request& request, const Voter& voter,
                                                   Ballot ballot, std::string_view comment,
                                                   std::int64_t now) const;
    void forget_oldest_ended();

    const Limits limits_;
    std::map<std::string, Request, std::less<>> requests_;
    std::deque<std::string> ended_;  // ids, in the order in which they ended
    std::uint64_t revision_ = 0;
};

}  // namespace sluice::approval
