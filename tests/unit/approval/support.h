// support.h: people, asks and requests for the tests of approvals.
#pragma once

#include "approval/approvals.h"
#include "base/time.h"

namespace sluice::approval::support {

using namespace std::chrono_literals;

inline constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
inline constexpr std::int64_t kLife = nanoseconds(30min);

// The id of the n-th request of a test.
inline std::string id(std::uint8_t n) {
    return id_of({0, 0, 0, 0, n});
}

// Alice deletes a topic; one of the owners must approve.
inline Ask ask() {
    Ask ask;
    ask.digest.bytes[0] = 7;
    ask.session = 21;
    ask.cluster = "east";
    ask.principal = "user:alice";
    ask.human = "alice@example.org";
    ask.client = "10.0.0.7:50123";
    ask.client_id = "admin-cli";
    ask.operation = "topic.delete";
    ask.resources = "orders";
    ask.details = "partitions 3\nrecords 41000";
    ask.requirements = {{"topic-lifecycle", {"owners"}, {"user:root"}, 1}};
    ask.ticket_life = 30min;
    return ask;
}

inline Ask ask_for_unit(std::string unit) {
    Ask replay = ask();
    replay.digest.bytes[0] = 8;
    replay.unit = std::move(unit);
    return replay;
}

inline Voter owner(const std::string& human) {
    return {human, "user:" + human, {"owners"}, true, false};
}

// Decides and applies at once; what came of it.
inline Asked ask_now(Approvals& approvals, const Ask& ask, std::int64_t now, std::uint8_t n) {
    Asked asked = approvals.ask(ask, now, id(n));
    approvals.apply(asked.change);
    return asked;
}
inline Verdict apply(Approvals& approvals, Verdict verdict) {
    if (const auto* change = std::get_if<Change>(&verdict)) approvals.apply(*change);
    return verdict;
}
inline Verdict vote(Approvals& approvals, const std::string& id, const Voter& voter,
                    Ballot ballot = Ballot::approve, std::int64_t now = kNow) {
    return apply(approvals, approvals.vote(id, voter, ballot, "", now));
}

inline std::vector<Happening> happenings(const Change& change) {
    std::vector<Happening> what;
    for (const Transition& transition : change.transitions) what.push_back(transition.what);
    return what;
}
inline std::vector<Happening> happenings(const Verdict& verdict) {
    const auto* change = std::get_if<Change>(&verdict);
    return change == nullptr ? std::vector<Happening>{} : happenings(*change);
}
inline std::optional<Refusal> refusal(const Verdict& verdict) {
    const auto* refused = std::get_if<Refusal>(&verdict);
    return refused == nullptr ? std::nullopt : std::optional(*refused);
}

// A request with a vote, as it comes out of the machine; live or ended.
inline Request request_in(State state) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    const bool votes = state != State::pending && state != State::cancelled;
    if (votes) {
        const Ballot ballot = state == State::denied ? Ballot::deny : Ballot::approve;
        apply(approvals, approvals.vote(id(1), owner("bob"), ballot, "on call", kNow + 5));
    }
    if (state == State::used) ask_now(approvals, ask(), kNow + 9, 2);
    if (state == State::cancelled) approvals.apply(approvals.cancel(id(1), kNow + 9));
    if (state == State::revoked)
        apply(approvals, approvals.revoke(id(1), owner("bob"), "", kNow + 9));
    if (state == State::expired) approvals.apply(approvals.expire(kNow + 2 * kLife));
    return *approvals.find(id(1));
}

}  // namespace sluice::approval::support
