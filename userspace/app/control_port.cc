#include "app/control_port.h"

#include <string>
#include <utility>

namespace sluice::app {

namespace {

// A refusal of the desk begins with its name and a colon.
control::Refusal refusal_of(const Error& error) {
    if (error.code != Errc::denied) return {control::Code::unavailable, error.context};
    const std::size_t colon = error.context.find(": ");
    const auto code = control::code_of(std::string_view(error.context).substr(0, colon));
    if (!code || colon == std::string::npos) return {control::Code::internal, error.context};
    return {*code, error.context.substr(colon + 2)};
}

template <class T>
control::Outcome<T> outcome_of(Result<T> result) {
    if (!result) return refusal_of(result.error());
    return *std::move(result);
}

}  // namespace

control::Outcome<std::vector<approval::Request>> ControlPort::list(
    const control::ListFilter& filter) {
    approval::Filter which;
    which.which = filter.which == control::ListFilter::Which::all ? approval::Filter::Which::all
                                                                  : approval::Filter::Which::live;
    auto found = desk_.list(which);
    if (found && found->size() > filter.limit) found->resize(filter.limit);
    return outcome_of(std::move(found));
}

control::Outcome<approval::Request> ControlPort::show(const std::string& id) {
    return outcome_of(desk_.show(id));
}

control::Outcome<approval::Request> ControlPort::vote(const std::string& id,
                                                      const approval::Voter& voter,
                                                      approval::Ballot ballot,
                                                      const std::string& comment) {
    return outcome_of(desk_.vote(id, voter, ballot, comment));
}

control::Outcome<approval::Request> ControlPort::revoke(const std::string& id,
                                                        const approval::Voter& voter,
                                                        const std::string& comment) {
    return outcome_of(desk_.revoke(id, voter, comment));
}

NamedEvent event_of(const control::RefusedCall& call, std::int64_t wall_ns) {
    audit::Event event;
    event.type = audit::EventType::approval;
    event.outcome = audit::Outcome::refused;
    event.wall_ns = wall_ns;
    event.ticket = call.id;
    event.operation = call.what;
    event.reason = control::name(call.code);
    NamedEvent named{std::move(event), {}, audit::Subject{}};
    named.actor->human = call.human.empty() ? "uid:" + std::to_string(call.uid) : call.human;
    return named;
}

}  // namespace sluice::app
