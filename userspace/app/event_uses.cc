#include "app/event_uses.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "kafka/answer.h"
#include "kafka/api.h"
#include "policy/decide.h"
#include "policy/operations.h"
#include "session/checks.h"

namespace sluice::app {

namespace {

using audit::EventType;
using kafka::Slot;
using policy::Sightings;
using policy::Use;

bool is_config(Operation operation) {
    return operation == Operation::config_describe || operation == Operation::config_alter;
}

// Of all but config.*, which fit several.
ResourceKind kind_of(Operation operation) {
    for (const ResourceKind kind :
         {ResourceKind::topic, ResourceKind::group, ResourceKind::transactional_id})
        if (policy::fits(operation, kind)) return kind;
    return ResourceKind::cluster;
}

Resource resource_of(ResourceKind kind, std::string_view name) {
    return {kind, kind == ResourceKind::cluster ? std::string() : std::string(name)};
}

std::string_view take_first(std::string_view& list) {
    const std::size_t comma = list.find(',');
    const std::string_view first = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return first;
}

// "billing,orders" without the last name, "orders".
bool take_last(std::string_view& list, std::string_view name) {
    if (list.size() < name.size() || list.substr(list.size() - name.size()) != name) return false;
    const std::string_view before = list.substr(0, list.size() - name.size());
    if (!before.empty() && before.back() != ',') return false;
    list = before.substr(0, before.empty() ? 0 : before.size() - 1);
    return true;
}

bool is_number(std::string_view name) {
    return name.find_first_not_of("0123456789") == std::string_view::npos;
}

// The broker's own "no": whatever is granted here, it stays one.
bool broker_refused(const audit::Event& event) {
    if (event.outcome != audit::Outcome::error) return false;
    switch (static_cast<kafka::ErrorCode>(event.error_code)) {
        case kafka::ErrorCode::topic_authorization_failed:
        case kafka::ErrorCode::group_authorization_failed:
        case kafka::ErrorCode::cluster_authorization_failed:
        case kafka::ErrorCode::transactional_id_authorization_failed:
            return true;
        default:
            return false;
    }
}

// A hold on what is not granted names itself alone; one on what is, also the grant.
bool names_a_grant(const audit::Event& event) {
    return event.rules.find(',') != std::string::npos;
}

}  // namespace

void EventUses::add(const audit::Event& event, std::string_view principal) {
    if (!event.topic.empty() && !event.topic_id.is_zero() &&
        names_.size() < limits::topic_names_max)
        names_.try_emplace(event.topic_id, event.topic);
    if (principal.empty()) return;
    principal_ = principal;
    asked_.clear();
    switch (event.type) {
        case EventType::write_lease:
        case EventType::produce:
            return of_partition(event, Operation::topic_write);
        case EventType::read_lease:
        case EventType::fetch:
            return of_partition(event, Operation::topic_read);
        case EventType::request:
        case EventType::admin_intent:
            return of_request(event);
        case EventType::refused:
            return of_decision(event, How::refused);
        case EventType::observed:
            // Of a mask, or of rules that would allow more: what was done, other events say.
            if (event.reason == "would_deny")
                return of_decision(event,
                                   event.rules.empty() || event.rules == policy::kInternalTopics
                                       ? How::done
                                       : How::withheld);
            if (event.reason == "would_hold")
                return of_decision(event, names_a_grant(event) ? How::done : How::withheld);
            return;
        default:
            return;
    }
}

void EventUses::finish() {
    for (const auto& [key, seen] : by_id_) {
        const auto& [principal, id, operation, how] = key;
        const auto known = names_.find(id);
        if (known == names_.end()) {
            unclear_ += seen.events;
            continue;
        }
        usage_.add({principal, operation, {ResourceKind::topic, known->second}, how, 0}, seen);
    }
    by_id_.clear();
}

void EventUses::ask_topic(const audit::Event& event, Operation operation) {
    asked_.push_back({operation, {ResourceKind::topic, event.topic}, event.topic_id});
}

void EventUses::of_partition(const audit::Event& event, Operation operation) {
    ask_topic(event, operation);
    if (operation == Operation::topic_write) {
        if (!event.resource.empty())
            asked_.push_back(
                {Operation::txn_write, {ResourceKind::transactional_id, event.resource}, {}});
        if (event.producer_id >= 0) asked_.push_back({Operation::producer_idempotent, {}, {}});
    }
    put(event, broker_refused(event) ? How::refused : How::done);
}

void EventUses::of_request(const audit::Event& event) {
    const session::Checks checks = session::checks_of(event.api_key, event.api_version);
    std::string_view rest = event.resource;
    // One topic has a field of its own; what stands before it in the list is then told apart.
    const bool alone = checks.each.array == Slot::topics && !event.topic.empty();
    if (alone) take_last(rest, event.topic);
    for (std::size_t n = 0; n < checks.whole.size(); ++n) {
        const session::WholeCheck& check = checks.whole[n];
        if (check.operation == Operation::count_) continue;
        const auto told = n == 0 ? operation_of(event.operation) : std::nullopt;
        const Operation operation = told.value_or(check.operation);
        const ResourceKind kind = kind_of(operation);
        const bool last =
            n + 1 == checks.whole.size() || checks.whole[n + 1].operation == Operation::count_;
        const bool all = last && (alone || checks.each.array == Slot::none);
        std::string_view name;
        if (kind != ResourceKind::cluster) name = all ? std::exchange(rest, {}) : take_first(rest);
        asked_.push_back({operation, resource_of(kind, name), {}});
    }
    if (checks.each.array != Slot::none) ask_elements(event, rest);
    // Of several things the event does not say which one it was.
    const bool refused = broker_refused(event) && asked_.size() == 1;
    put(event, refused ? How::refused : How::done);
}

void EventUses::ask_elements(const audit::Event& event, std::string_view rest) {
    const session::Checks checks = session::checks_of(event.api_key, event.api_version);
    const Operation operation = checks.each.operation;
    if (checks.each.array == Slot::topics &&
        (!event.topic.empty() || (rest.empty() && !event.topic_id.is_zero())))
        return ask_topic(event, operation);
    if (checks.each.array == Slot::resources) {
        const bool only_one = rest.find(',') == std::string_view::npos;
        do ask_config(event, operation, take_first(rest), only_one);
        while (!rest.empty());
        return;
    }
    // Behind each group stand its topics, which need no more than to be described: of several
    // groups nobody can tell which name is one.
    const bool first_alone =
        checks.each.array == Slot::groups && checks.filter.array == Slot::topics;
    while (!rest.empty()) {
        const std::string_view name = take_first(rest);
        const Operation told = checks.each.array == Slot::coordinators
                                   ? operation_of(event.operation).value_or(operation)
                                   : operation;
        asked_.push_back({told, resource_of(kind_of(told), name), {}});
        if (first_alone) return;
    }
}

// Which kind of resource has these settings is not recorded.
void EventUses::ask_config(const audit::Event& event, Operation operation, std::string_view name,
                           bool only_one) {
    ResourceKind kind = ResourceKind::topic;
    if (name.empty() || (is_number(name) && name != event.topic))
        kind = ResourceKind::cluster;  // a broker; or all of them, without a name
    else if (only_one && name != event.topic)
        return void(++unclear_);  // a group, or a subscription to metrics
    asked_.push_back({operation, resource_of(kind, name), {}});
}

void EventUses::of_decision(const audit::Event& event, How how) {
    const auto operation = operation_of(event.operation);
    if (!operation) return;
    if (!event.topic.empty()) {
        ask_topic(event, *operation);
    } else if (event.type == EventType::observed) {
        const bool of_cluster = is_config(*operation) && event.resource.empty();
        const ResourceKind kind = of_cluster              ? ResourceKind::cluster
                                  : is_config(*operation) ? ResourceKind::group
                                                          : kind_of(*operation);
        asked_.push_back({*operation, resource_of(kind, event.resource), {}});
    } else {
        std::string_view rest = event.resource;
        const bool only_one = event.records <= 1;
        do {
            const std::string_view name = only_one ? std::exchange(rest, {}) : take_first(rest);
            if (is_config(*operation))
                ask_config(event, *operation, name, false);
            else if (!name.empty() || kind_of(*operation) == ResourceKind::cluster)
                asked_.push_back({*operation, resource_of(kind_of(*operation), name), {}});
        } while (!rest.empty());
    }
    put(event, how);
}

void EventUses::put(const audit::Event& event, How how) {
    for (Asked& asked : asked_) {
        // What a ticket answered, where no grant would have.
        const bool ticket = !event.ticket.empty() && !names_a_grant(event) &&
                            policy::operations_that_wait().contains(asked.operation);
        const How of_this = ticket && how == How::done ? How::withheld : how;
        if (asked.resource.kind != ResourceKind::topic || !asked.resource.name.empty()) {
            usage_.add(
                {principal_, asked.operation, std::move(asked.resource), of_this, event.wall_ns});
            continue;
        }
        std::tuple key(principal_, asked.id, asked.operation, of_this);
        const bool room = by_id_.size() < limits::suggest_uses_max || by_id_.count(key) > 0;
        if (asked.id.is_zero() || !room)
            ++unclear_;
        else
            by_id_[std::move(key)].add({1, event.wall_ns, event.wall_ns});
    }
}

}  // namespace sluice::app
