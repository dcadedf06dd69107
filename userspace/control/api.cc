#include "control/api.h"

#include <utility>
#include <variant>

#include "control/json.h"

namespace sluice::control {
namespace {

http::Response to_response(unsigned status, const Refusal& refusal) {
    return {status, "application/json", to_json(refusal)};
}

Refusal unknown_caller(const People::Caller& caller) {
    const std::string who =
        caller.unix_user.empty() ? "uid " + std::to_string(caller.uid) : "user " + caller.unix_user;
    return {Code::unknown_caller, who + " is not in `people` of the configuration"};
}

approval::Voter voter_of(const Person& person) {
    return {person.human, person.principal, person.groups, person.has(Role::approver),
            person.has(Role::admin)};
}

template <class T>
Outcome<std::string> text_of(const Outcome<T>& outcome) {
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return to_json(std::get<T>(outcome));
}

// The status tells the kinds apart; the rest of them are all "no HTTP".
Code code_of_status(unsigned status) {
    switch (status) {
        case 413:
        case 431:
            return Code::too_large;
        case 500:
            return Code::internal;
        case 503:
            return Code::unavailable;
        default:
            return Code::bad_request;
    }
}

}  // namespace

Api::Api(People people, ApprovalsPort& approvals, LogPort& log, OnRefused on_refused)
    : people_(std::move(people)),
      approvals_(approvals),
      log_(log),
      on_refused_(std::move(on_refused)) {}

http::Response Api::answer(const http::Request& request) const {
    const People::Caller caller = people_.resolve(request.peer.uid);
    const Outcome<Call> read = read_call(request.method, request.target, request.body);
    const auto* call = std::get_if<Call>(&read);
    Outcome<std::string> outcome = answer_to(caller, read);
    if (auto* body = std::get_if<std::string>(&outcome))
        return {200, "application/json", std::move(*body)};
    const Refusal& refusal = std::get<Refusal>(outcome);
    report(caller, call, refusal.code);
    return to_response(status_of(refusal.code), refusal);
}

Outcome<std::string> Api::answer_to(const People::Caller& caller, const Outcome<Call>& read) const {
    const auto* call = std::get_if<Call>(&read);
    if (call != nullptr && call->action == Action::whoami) return to_json(caller);
    // A stranger is not even told which routes there are.
    if (caller.person == nullptr) return unknown_caller(caller);
    if (call == nullptr) return std::get<Refusal>(read);
    return run(*caller.person, *call);
}

Outcome<std::string> Api::run(const Person& person, const Call& call) const {
    const Role needed = role_for(call.action);
    if (!person.has(needed))
        return Refusal{Code::role_missing, "this needs the role " + std::string(name(needed))};
    const approval::Voter voter = voter_of(person);
    switch (call.action) {
        case Action::whoami:
            break;  // asks nobody
        case Action::list:
            return text_of(approvals_.list(call.filter));
        case Action::show:
            return text_of(approvals_.show(call.id));
        case Action::approve:
            return text_of(
                approvals_.vote(call.id, voter, approval::Ballot::approve, call.comment));
        case Action::deny:
            return text_of(approvals_.vote(call.id, voter, approval::Ballot::deny, call.comment));
        case Action::revoke:
            return text_of(approvals_.revoke(call.id, voter, call.comment));
        case Action::who:
            return log_.who(call.query, person);
        case Action::search:
            return log_.search(call.query, person);
        case Action::show_entry:
            return log_.show(call.query, person);
        case Action::erase:
            return log_.erase(call.person, call.comment, person);
    }
    return Refusal{Code::internal, "the request failed inside"};
}

http::Response Api::refuse(unsigned status, const std::string& sentence,
                           const http::Peer& peer) const {
    const Code code = code_of_status(status);
    // Those with 5xx are no attempts at anything, and a flood must not become one of audit events.
    if (status < 500) report(people_.resolve(peer.uid), nullptr, code);
    return to_response(status, {code, sentence});
}

void Api::report(const People::Caller& caller, const Call* call, Code code) const {
    RefusedCall refused{caller.uid, caller.unix_user, {}, {}, "unknown", {}, code};
    if (caller.person != nullptr) {
        refused.human = caller.person->human;
        refused.principal = caller.person->principal;
    }
    if (call != nullptr) {
        refused.what = std::string(name(call->action));
        refused.id = call->id;
    }
    on_refused_(refused);
}

}  // namespace sluice::control
