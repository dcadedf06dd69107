// Where policy meets the protocol: what of a request may go, and how the rest is refused.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "kafka/api.h"
#include "kafka/split.h"
#include "session/state.h"

namespace sluice::session {
namespace {

constexpr std::string_view kUnknownTopicId = "unknown_topic_id";
constexpr std::string_view kNoCredential =
    "no grant lets this identity use the gateway's credential";

std::string joined(const policy::RuleIds& rules) {
    std::string text;
    for (const std::string_view id : rules) {
        if (!text.empty()) text += ',';
        text += id;
    }
    return text;
}

// Among names joined by ','.
bool lists(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::string_view first = list.substr(0, list.find(','));
        if (first == name) return true;
        list.remove_prefix(std::min(list.size(), first.size() + 1));
    }
    return false;
}

}  // namespace

// -- Decisions.

// Grants may have changed since the last request, and with them the caller's name.
void Session::State::look_up_caller() {
    if (caller_generation == facts.policy_generation()) return;
    const std::uint64_t generation = facts.policy_generation();  // who() may know a newer set yet
    use_caller(facts.who(evidence));
    caller_generation = generation;
}

void Session::State::use_caller(Caller found) {
    caller = std::move(found);
    subject_epoch = 0;
    // What a fetch session still holds and its owner may no longer read: the next request of the
    // session is answered 70, and the client asks again for each partition.
    fetch_sessions.drop_where([this](const TopicRef& topic) {
        const auto decision = ruling(Operation::topic_read, ResourceKind::topic, named(topic).name);
        return decision.effect == Effect::deny && !options.observe;
    });
}

policy::Decision Session::State::ruling(Operation operation, ResourceKind kind,
                                        std::string_view resource, policy::Ticket ticket) {
    scratch.kind = kind;
    scratch.name.assign(resource);
    policy::Decision decision =
        policy::decide(caller.rules, operation, scratch, known_facts, ticket);
    // Nobody vouched for who this is: the gateway's name at the broker is not for them.
    const bool borrows = options.upstream && !authenticated() && !decision.upstream_gateway;
    if (borrows && decision.effect == Effect::allow) {
        decision.effect = Effect::deny;
        decision.reason = kNoCredential;
    }
    return decision;
}

policy::Decision Session::State::decide(Operation operation, ResourceKind kind,
                                        std::string_view resource, Instant now, Output& out) {
    const bool passed = held && held->stage == HoldStage::passed && holds_request(operation);
    policy::Decision decision =
        ruling(operation, kind, resource, passed ? policy::Ticket::valid : policy::Ticket::none);
    if (passed && decision.hold != nullptr && decision.effect == Effect::allow) {
        reading.ticket = held->ticket;
        reading.ticket_rules = joined(decision.rules);
    }
    if (decision.effect == Effect::allow) note_rules(operation, decision.rules);
    if (decision.shadow)
        record_would(operation, *decision.shadow, joined(decision.shadow_rules), now, out);
    if (!options.observe || decision.effect == Effect::allow) return decision;
    record_would(operation, decision.effect, joined(decision.rules), now, out);
    decision.effect = Effect::allow;
    return decision;
}

// For the events of what they allowed. Those of topics are kept beyond the request: an answer may
// bring partitions that an earlier one of its fetch session asked for.
void Session::State::note_rules(Operation operation, const policy::RuleIds& rules) {
    auto& by_topic = operation == Operation::topic_write ? write_rules : read_rules;
    if (operation != Operation::topic_write && operation != Operation::topic_read) {
        for (const std::string_view id : rules)
            if (!lists(reading.rules, id)) add_name(reading.rules, id);
        return;
    }
    if (by_topic.size() >= limits::noted_topics_max) by_topic.clear();
    std::string& noted = by_topic[scratch.name];
    noted.clear();
    for (const std::string_view id : rules) add_name(noted, id);
}

// Once for each operation on each resource of a connection: its requests are recorded anyway.
void Session::State::record_would(Operation operation, Effect effect, std::string rules,
                                  Instant now, Output& out) {
    if (reading.unrecorded) return;
    std::string key(name(operation));
    key += ' ';
    key += scratch.name;
    if (observed.size() < limits::observed_decisions_max && !observed.insert(std::move(key)).second)
        return;
    audit::Event event = event_of(audit::EventType::observed, reading, now);
    set_resource(event, scratch);
    event.operation = name(operation);
    event.reason = effect == Effect::hold ? "would_hold" : "would_deny";
    if (effect == Effect::allow) event.reason = "would_allow";
    event.rules = std::move(rules);
    record(std::move(event), out);
}

void Session::State::set_resource(audit::Event& event, const Resource& resource) {
    event.topic.clear();
    event.topic_id = {};
    event.resource.clear();
    (resource.kind == ResourceKind::topic ? event.topic : event.resource) = resource.name;
}

void Session::State::record_refusal(Operation operation, std::string_view resource,
                                    std::uint64_t count, const policy::Decision& decision,
                                    kafka::ErrorCode code, Instant now, Output& out) {
    ++counters.refused;
    if (reading.unrecorded) {
        ++unrecorded;
        return;
    }
    audit::Event event = event_of(audit::EventType::refused, reading, now);
    event.topic.clear();
    event.topic_id = {};
    event.resource = resource;
    event.records = count;
    event.outcome = audit::Outcome::refused;
    event.operation = name(operation);
    event.rules = joined(decision.rules);
    event.error_code = static_cast<std::int16_t>(code);
    event.reason = code == kafka::ErrorCode::unknown_topic_id ? kUnknownTopicId : "not_allowed";
    if (wait_refused() && decision.effect != Effect::deny) {
        event.reason = held->reason;
        event.ticket = held->ticket;
    }
    record(std::move(event), out);
}

// -- Requests that are held whole.

// 44 where the answer can say what is waited for, else the code of a refusal. Never 89 or another
// that is tried again by itself (design 4.9).
kafka::ErrorCode Session::State::wait_code(kafka::ErrorCode refusal_code) const {
    return kafka::has_message(reading.key, reading.version) ? kafka::ErrorCode::policy_violation
                                                            : refusal_code;
}

bool Session::State::authorize(Instant now, Output& out) {
    if (asked.replica && !options.observe) {
        close(CloseReason::replica_claimed, out);
        return false;
    }
    known_facts = {};
    reading.operation = told_operation();
    if (held) look_up_caller();  // what a human let go is decided by the rules of this moment
    if (!rewind_known(now, out)) return false;
    if (is_reset()) known_facts.records = rewound();
    if (reading.key == kafka::api::fetch) known_facts.lag = 0;  // that of each partition: park.cc
    if (!holds_resolved(now, out)) return false;
    for (std::size_t n = 0; n < checks.whole.size(); ++n) {
        if (checks.whole[n].operation == Operation::count_) continue;
        const WholeCheck check = whole_check(n);
        const policy::Decision decision =
            decide(check.operation, check.kind, asked.whole[n], now, out);
        if (decision.effect == Effect::allow) continue;
        const bool waits = wait_refused() && decision.effect == Effect::hold;
        const kafka::ErrorCode code = waits ? wait_code(check.refusal) : check.refusal;
        record_refusal(check.operation, asked.whole[n], 1, decision, code, now, out);
        refuse_whole(code, waits ? std::string_view(held->message) : decision.reason, out);
        return !closing;
    }
    if (checks.each.array != kafka::Slot::none) authorize_elements(now, out);
    if (closing || reading.mode == SlotMode::local) return !closing;
    if (auto_creation_at != 0 && reading.key == kafka::api::metadata && !options.observe)
        neutralise_auto_creation();
    const bool named = !asked.everything && checks.each.array == checks.filter.array &&
                       !asked_by_id() && !asked.elements.empty();
    if (checks.filter.array != kafka::Slot::none && !named && !options.observe)
        reading.filter = checks.filter;
    return true;
}

void Session::State::authorize_elements(Instant now, Output& out) {
    std::vector<Refused> refused;
    std::size_t count = 0;
    for (std::size_t n = 0; n < asked.elements.size(); ++n) {
        AskedElement& element = asked.elements[n];
        const EachCheck check = each_check(element);
        kafka::ErrorCode code = check.refusal;
        policy::Decision decision;
        if (element.name.empty() && !element.id.is_zero()) {
            element.name = facts.topic_name(element.id);
            // Metadata by id is itself the question; its answer is filtered.
            if (element.name.empty() && reading.key == kafka::api::metadata) continue;
            if (element.name.empty() && options.observe) continue;
            if (element.name.empty()) code = kafka::ErrorCode::unknown_topic_id;
        }
        if (code != kafka::ErrorCode::unknown_topic_id) {
            const std::string_view name =
                check.kind == ResourceKind::cluster ? std::string_view{} : element.name;
            decision = decide(check.operation, check.kind, name, now, out);
            if (passes_as_read(check, decision)) continue;
            if (decision.effect == Effect::allow && !wait_refused()) continue;
            // Of a request that waits nothing is done: its retry must be the same wish.
            if (wait_refused() && decision.effect != Effect::deny) {
                code = wait_code(check.refusal);
                decision.reason = held->message;
            }
        }
        Refused& group = group_of(refused, code, check.operation, decision);
        group.which.resize(asked.elements.size());
        group.which[n] = true;
        add_name(group.names, element.name);
        ++group.count;
        ++count;
    }
    for (const Refused& group : refused)
        record_refusal(group.operation, group.names, group.count, group.decision, group.code, now,
                       out);
    if (count > 0) refuse_elements(std::move(refused), count, out);
}

// A hold on reading is for the partitions of a Fetch (park.cc): the offsets of who may read the
// topic at all are not held.
bool Session::State::passes_as_read(const EachCheck& check,
                                    const policy::Decision& decision) const {
    if (check.operation != Operation::topic_read || decision.effect != Effect::hold) return false;
    constexpr std::size_t hold_and_grant = 2;
    return reading.key == kafka::api::fetch || decision.rules.size() == hold_and_grant;
}

Refused& Session::State::group_of(std::vector<Refused>& refused, kafka::ErrorCode code,
                                  Operation operation, const policy::Decision& decision) {
    for (Refused& group : refused)
        if (group.code == code && group.operation == operation &&
            group.decision.rules == decision.rules)
            return group;
    Refused& group = refused.emplace_back();
    group.code = code;
    group.operation = operation;
    group.decision = decision;
    return group;
}

kafka::WholeRequest Session::State::whole_request() const {
    SLUICE_CHECK(client.released == 0 && client.arrived_whole());
    return {reading.key, reading.version, reading.correlation_id, client.slice, client.body_at};
}

void Session::State::refuse_whole(kafka::ErrorCode code, std::string_view message, Output& out) {
    auto answer = kafka::refusal_of(whole_request(), kafka::Slot::none, {}, code, message);
    if (!answer) return close(CloseReason::not_allowed, out);
    answer_here(*std::move(answer));
}

void Session::State::answer_here(Buffer answer) {
    reading.mode = SlotMode::local;
    reading.answer = std::move(answer);
}

void Session::State::refuse_elements(std::vector<Refused> refused, std::size_t count, Output& out) {
    const kafka::Slot array = checks.each.array;
    if (checks.each.together && count < asked.elements.size()) {
        Refused& rest = refused.emplace_back();
        rest.code = kafka::ErrorCode::operation_not_attempted;
        rest.which.assign(asked.elements.size(), true);
        for (const Refused& group : refused)
            if (&group != &rest)
                for (std::size_t n = 0; n < group.which.size(); ++n)
                    if (group.which[n]) rest.which[n] = false;
        count = asked.elements.size();
    }
    kafka::Elements elements;
    kafka::Which all(asked.elements.size());
    for (const Refused& group : refused) {
        const auto answer = kafka::refusal_of(whole_request(), array, group.which, group.code,
                                              group.decision.reason);
        if (!answer) return close(CloseReason::not_allowed, out);
        const auto part = kafka::elements_of(*answer, reading.key, reading.version, array);
        if (!part) return close(CloseReason::internal_error, out);
        append(elements.bytes, part->bytes);
        elements.count += part->count;
        for (std::size_t n = 0; n < group.which.size(); ++n)
            if (group.which[n]) all[n] = true;
    }
    // Metadata says also where the brokers are, and clients wait for an answer that does: it is
    // asked for no topic.
    const bool needs_broker = reading.key == kafka::api::metadata;
    if (count == asked.elements.size() && !needs_broker) {
        const auto frame = kafka::refusal_of(whole_request(), array, {}, refused.front().code, {});
        if (!frame) return close(CloseReason::not_allowed, out);
        return answer_here(kafka::joined(*frame, reading.key, reading.version, array, elements));
    }
    drop_parts(all);
    if (reading.key == kafka::api::fetch)
        cut_topics = std::move(all);  // with the partitions that are parked: cut_fetch()
    else
        rewritten = kafka::without(whole_request(), array, all);
    // In version 0 no topic means all of them: what is refused is just not among them.
    if (needs_broker && reading.version == 0) {
        reading.filter = checks.filter;
        return;
    }
    reading.joins = std::move(elements);
    reading.joins_array = array;
}

// A Fetch asks the broker for these topics no more.
void Session::State::drop_parts(const kafka::Which& elements) {
    if (reading.key != kafka::api::fetch) return;
    std::vector<bool> gone(reading.topics.size());
    std::size_t topic = 0;
    // Topics are listed in the order of the elements; one without partitions is not listed.
    for (std::size_t n = 0; n < asked.elements.size() && topic < gone.size(); ++n) {
        const AskedElement& element = asked.elements[n];
        const TopicRef& listed = reading.topics[topic];
        if (element.id.is_zero() ? listed.name != element.name : listed.id != element.id) continue;
        gone[topic++] = elements[n];
    }
    std::erase_if(reading.parts, [&](const PartitionAsk& part) { return gone[part.topic]; });
}

// Brokers create a topic that a Metadata request names, where they are set so; only CreateTopics
// may, which is decided.
void Session::State::neutralise_auto_creation() {
    if (!rewritten.empty()) {
        // The field stands behind the array that was cut.
        const std::size_t shift = client.bytes - rewritten.size();
        rewritten[client.body_at + auto_creation_at - shift] = 0;
    } else {
        client.patch(client.body_at + auto_creation_at, 1, Buffer(1, 0));
    }
}

}  // namespace sluice::session
