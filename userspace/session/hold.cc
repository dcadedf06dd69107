// A request that needs a human's word: asked for, waited for, and let go or refused.
#include "session/hold.h"

#include <algorithm>
#include <utility>

#include "approval/digest.h"
#include "base/limits.h"
#include "kafka/api.h"
#include "session/state.h"

namespace sluice::session {
namespace {

constexpr const char* kExpired = "approval_pending";
constexpr const char* kDenied = "approval_denied";
constexpr const char* kUnavailable = "approvals_unavailable";

}  // namespace

approval::Requirement requirement_of(const policy::HoldRule& rule) {
    return {rule.id, rule.approver_groups, rule.approver_principals, rule.count};
}

// True when nothing has to wait: no hold bears on the request, or one was answered.
bool Session::State::holds_resolved(Instant now, Output& out) {
    if (options.observe || !caller.rules.may_hold()) return true;
    const std::vector<const policy::HoldRule*> rules = holds_on_request();
    if (rules.empty()) {
        // A new set of rules asks nobody any more.
        if (held && held->stage != HoldStage::passed) out.left.push_back({held->number, false});
        held.reset();
        return true;
    }
    approval::Ask ask = ask_about(rules);
    if (held && held->digest != ask.digest) {
        if (held->stage != HoldStage::passed) out.left.push_back({held->number, false});
        held.reset();
    }
    if (held) return held->stage == HoldStage::passed || held->stage == HoldStage::refused;
    held.emplace();
    held->number = ++asks_total;
    held->digest = ask.digest;
    held->asked = now.mono;
    held->until = now.mono + hold_time(rules);
    ++counters.held;
    out.asks.push_back({held->number, std::move(ask)});
    return false;
}

// The rules, each once, that hold some element of the request as it stands.
std::vector<const policy::HoldRule*> Session::State::holds_on_request() {
    std::vector<const policy::HoldRule*> rules;
    const auto look = [&](Operation operation, ResourceKind kind, std::string_view name) {
        if (!holds_request(operation) || !caller.rules.may_hold(operation)) return;
        const policy::Decision decision =
            ruling(operation, kind, kind == ResourceKind::cluster ? std::string_view{} : name,
                   policy::Ticket::none);
        if (decision.effect == Effect::hold &&
            std::find(rules.begin(), rules.end(), decision.hold) == rules.end())
            rules.push_back(decision.hold);
    };
    for (std::size_t n = 0; n < checks.whole.size(); ++n) {
        if (checks.whole[n].operation == Operation::count_) continue;
        const WholeCheck check = whole_check(n);
        look(check.operation, check.kind, asked.whole[n]);
    }
    for (const AskedElement& element : asked.elements) {
        const EachCheck check = each_check(element);
        const std::string_view name =
            element.name.empty() ? facts.topic_name(element.id) : element.name;
        look(check.operation, check.kind, name);
    }
    return rules;
}

approval::Ask Session::State::ask_about(const std::vector<const policy::HoldRule*>& rules) const {
    approval::Ask ask = new_ask();
    for (const policy::HoldRule* rule : rules) {
        ask.requirements.push_back(requirement_of(*rule));
        ask.ticket_life =
            ask.ticket_life.count() == 0 ? rule->ticket : std::min(ask.ticket_life, rule->ticket);
    }
    // The hold is on the group that a request is about, or on its elements: never on both, as far
    // as operations wait.
    const bool of_whole =
        checks.whole[0].operation != Operation::count_ && holds_request(whole_check(0).operation);
    ask.operation = name(of_whole ? whole_check(0).operation : checks.each.operation);
    for (const AskedElement& element : asked.elements)
        add_name(ask.resources, element.name.empty() ? facts.topic_name(element.id)
                                                     : std::string_view(element.name));
    for (const std::string& name : asked.whole) add_name(ask.resources, name);
    ask.details = details_of(whole_request(), commits);
    const Buffer body = canonical_body(whole_request(), asked.timeout_at);
    ask.digest = approval::digest_of({ask.principal, ask.human, ask.cluster, reading.key,
                                      reading.version, body, ask.requirements});
    return ask;
}

// Who asks, and nothing of what.
approval::Ask Session::State::new_ask() const {
    approval::Ask ask;
    ask.session = options.id;
    ask.cluster = options.cluster;
    ask.principal = caller.principal.name;
    ask.human = caller.principal.human;
    ask.client = to_text(options.client);
    ask.client_id = client_id;
    return ask;
}

// How long the request itself waits, in ns: less than its client does, and not at all where a
// member of a group would be taken for dead meanwhile.
std::int64_t Session::State::hold_time(const std::vector<const policy::HoldRule*>& rules) const {
    if (is_member) return 0;
    std::int64_t time = nanoseconds(limits::hold_wait_max);
    for (const policy::HoldRule* rule : rules) time = std::min(time, nanoseconds(rule->hold));
    if (asked.timeout_at == 0) return time;
    const std::int64_t patience =
        asked.timeout_ms * 1'000'000 - nanoseconds(limits::hold_wait_margin);
    return std::clamp<std::int64_t>(patience, 0, time);
}

void Session::State::on_approval(std::uint64_t number, const approval::Answer& answer, Instant now,
                                 Output& out) {
    if (!held || held->number != number) return on_replay_answer(number, answer);
    if (held->stage == HoldStage::passed || held->stage == HoldStage::refused) return;
    switch (answer.what) {
        case approval::Answer::What::waiting:
            held->stage = HoldStage::waiting;
            held->ticket = answer.id;
            check_held(now, out);
            break;
        case approval::Answer::What::passed:
            held->stage = HoldStage::passed;
            held->ticket = answer.id;
            break;
        case approval::Answer::What::denied:
            held->ticket = answer.id;
            refuse_held(kDenied, answer.message);
            break;
        case approval::Answer::What::unavailable:
            refuse_held(kUnavailable, answer.message);
            break;
    }
}

void Session::State::refuse_held(const char* reason, std::string message) {
    held->stage = HoldStage::refused;
    held->reason = reason;
    held->message = std::move(message);
}

// The client is answered before it gives up; its request goes on waiting for a human, and its retry
// finds what became of it.
void Session::State::check_held(Instant now, Output& out) {
    if (!held) return;
    const bool silent = held->stage == HoldStage::asked &&
                        now.mono - held->asked >= nanoseconds(limits::ask_deadline);
    const bool due = held->stage == HoldStage::waiting && now.mono >= held->until;
    if (!silent && !due) return;
    out.left.push_back({held->number, false});
    if (silent)
        refuse_held(kUnavailable, "approvals are not available now");
    else
        refuse_held(kExpired, held->ticket + " waits for approval; try again once it is approved");
}

void Session::State::leave_holds(Output& out) {
    if (held && (held->stage == HoldStage::asked || held->stage == HoldStage::waiting))
        out.left.push_back({held->number, true});
    held.reset();
    for (const auto& [place_of, replay] : replays)
        if (replay.parked()) out.left.push_back({replay.number, true});
    replays.clear();
}

}  // namespace sluice::session
