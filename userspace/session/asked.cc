// What a request names, as its fields pass: which operations it asks for, on which resources.
#include <algorithm>

#include "kafka/api.h"
#include "session/asked.h"
#include "session/state.h"

namespace sluice::session {

void Place::on(const kafka::Item& item) {
    using Kind = kafka::Item::Kind;
    switch (item.slot) {
        case kafka::Slot::topics:
            if (item.kind == Kind::element) begin_topic();
            break;
        case kafka::Slot::topic_name:
            if (item.kind == Kind::text && item.number != -1)
                topic.name.assign(as_text(item.bytes));
            break;
        case kafka::Slot::topic_id:
            if (item.kind == Kind::uuid && item.bytes.size() == topic.id.bytes.size())
                std::copy(item.bytes.begin(), item.bytes.end(), topic.id.bytes.begin());
            break;
        case kafka::Slot::partition:
            if (item.kind != Kind::number) break;
            partition = static_cast<std::int32_t>(item.number);
            partition_at = item.offset;
            index_pending = true;
            break;
        default:
            break;
    }
}

void Asked::clear() {
    whole = {};
    given = {};
    elements.clear();
    key_type = timeout_ms = max_wait_ms = 0;
    timeout_at = 0;
    commits = true;
    no_generation = replica = everything = inside = passed = false;
}

void Session::State::begin_checks() {
    checks = checks_of(reading.key, reading.version);
    asked.clear();
    // Version 0 knows neither generations nor members.
    asked.no_generation = reading.key == kafka::api::offset_commit && reading.version == 0;
}

void Session::State::check_item(const kafka::Item& item) {
    using Kind = kafka::Item::Kind;
    for (std::size_t n = 0; n < checks.whole.size(); ++n) {
        const WholeCheck& whole = checks.whole[n];
        if (whole.name == kafka::Slot::none || whole.name != item.slot || item.kind != Kind::text)
            continue;
        asked.given[n] = item.number != -1;
        asked.whole[n].assign(as_text(item.bytes));
    }
    switch (item.slot) {
        case kafka::Slot::key_type:
            asked.key_type = item.number;
            break;
        case kafka::Slot::committed:
            asked.commits = item.number != 0;
            break;
        case kafka::Slot::generation_id:
            // Brokers look at the generation alone: a group that is empty takes the commit whatever
            // member it names.
            asked.no_generation = item.number < 0;
            reading.generation = static_cast<std::int32_t>(item.number);
            break;
        case kafka::Slot::committed_offset:
            commit_item(item);
            break;
        case kafka::Slot::timeout_ms:
            asked.timeout_ms = item.number;
            asked.timeout_at = item.offset;
            break;
        case kafka::Slot::max_wait_ms:
            asked.max_wait_ms = item.number;
            break;
        case kafka::Slot::replica_id:
            // A consumer says -1. What replicas may see is not for clients.
            if (item.kind == Kind::number && item.number != -1) asked.replica = true;
            break;
        case kafka::Slot::allow_auto_topic_creation:
            auto_creation_at = item.number != 0 ? item.offset : 0;
            break;
        default:
            break;
    }
    if (checks.each.array != kafka::Slot::none && !asked.passed) element_item(item);
}

void Session::State::element_item(const kafka::Item& item) {
    using Kind = kafka::Item::Kind;
    const EachCheck& each = checks.each;
    if (item.slot == each.array) {
        // Metadata: all topics are null, or in version 0 an empty array.
        if (item.kind == Kind::array_begin)
            asked.everything =
                item.number < 0 || (item.number == 0 && checks.filter.array == each.array);
        if (item.kind == Kind::element) asked.elements.emplace_back();
        asked.inside = item.kind == Kind::element;
        asked.passed = item.kind == Kind::array_end;
        return;
    }
    if (!asked.inside) return;
    AskedElement& element = asked.elements.back();
    if (item.slot == each.name && item.kind == Kind::text) {
        element.name.assign(as_text(item.bytes));
    } else if (item.slot == kafka::Slot::topic_id && item.kind == Kind::uuid &&
               each.kind == ResourceKind::topic) {
        std::copy(item.bytes.begin(), item.bytes.end(), element.id.bytes.begin());
    } else if (item.slot == kafka::Slot::resource_type) {
        element.type = item.number;
    }
}

WholeCheck Session::State::whole_check(std::size_t n) const {
    WholeCheck check = checks.whole[n];
    switch (reading.key) {
        case kafka::api::offset_commit:
            if (is_reset()) check.operation = Operation::group_offset_reset;
            break;
        case kafka::api::end_txn:
            if (!asked.commits) check.operation = Operation::txn_abort;
            break;
        case kafka::api::init_producer_id:
            if (!asked.given[n]) {
                check.kind = ResourceKind::cluster;
                check.operation = Operation::producer_idempotent;
            }
            break;
        case kafka::api::find_coordinator:
            check.kind = kind_of_coordinator(asked.key_type);
            if (check.kind == ResourceKind::transactional_id)
                check.operation = Operation::txn_describe;
            break;
        default:
            break;
    }
    check.refusal = refusal_of(check.kind);
    return check;
}

EachCheck Session::State::each_check(const AskedElement& element) const {
    EachCheck check = checks.each;
    if (check.array == kafka::Slot::resources) {
        check.kind = kind_of_config(element.type);
    } else if (check.array == kafka::Slot::coordinators) {
        check.kind = kind_of_coordinator(asked.key_type);
        if (check.kind == ResourceKind::transactional_id) check.operation = Operation::txn_describe;
    }
    check.refusal = refusal_of(check.kind);
    return check;
}

// For the log: what is done, where neither the API nor the names say so.
Operation Session::State::told_operation() const {
    switch (reading.key) {
        case kafka::api::offset_commit:
        case kafka::api::end_txn:
        case kafka::api::init_producer_id:
            return whole_check(0).operation;
        case kafka::api::find_coordinator:
            return kind_of_coordinator(asked.key_type) == ResourceKind::transactional_id
                       ? Operation::txn_describe
                       : Operation::group_describe;
        default:
            return Operation::count_;
    }
}

bool Session::State::asked_by_id() const {
    return std::any_of(asked.elements.begin(), asked.elements.end(),
                       [](const AskedElement& element) { return !element.id.is_zero(); });
}

}  // namespace sluice::session
