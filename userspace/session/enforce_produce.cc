// Where policy meets Produce, which streams: a request of which nothing may be written is answered
// here; of any other, partitions that may not be written reach the broker under an index that
// cannot exist, and the broker refuses them.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "kafka/api.h"
#include "session/state.h"

namespace sluice::session {
namespace {

// The first of the indexes that no topic has, going down.
constexpr std::int32_t kNeutralIndex = std::numeric_limits<std::int32_t>::max();

kafka::Item item_of(kafka::Item::Kind kind, kafka::Slot slot, std::int64_t number,
                    Bytes bytes = {}) {
    kafka::Item item;
    item.kind = kind;
    item.slot = slot;
    item.number = number;
    item.bytes = bytes;
    return item;
}

}  // namespace

// 0, or the error code of every partition of the topic.
std::int16_t Session::State::produce_refusal(TopicRef& topic, Instant now, Output& out) {
    topic = named(topic);
    kafka::ErrorCode code = kafka::ErrorCode::topic_authorization_failed;
    policy::Decision decision;
    if (topic.name.empty()) {
        if (options.observe) return 0;
        code = kafka::ErrorCode::unknown_topic_id;
    } else {
        decision = decide(Operation::topic_write, ResourceKind::topic, topic.name, now, out);
        if (decision.effect == Effect::allow) return 0;
    }
    record_refusal(Operation::topic_write, topic.name, 1, decision, code, now, out);
    return static_cast<std::int16_t>(code);
}

void Session::State::authorize_produce(Instant now, Output& out) {
    std::int16_t of_all = 0;
    if (!reading.resource.empty()) {  // the transactional id
        const policy::Decision decision = decide(
            Operation::txn_write, ResourceKind::transactional_id, reading.resource, now, out);
        if (decision.effect != Effect::allow) {
            const auto code = kafka::ErrorCode::transactional_id_authorization_failed;
            record_refusal(Operation::txn_write, reading.resource, 1, decision, code, now, out);
            of_all = static_cast<std::int16_t>(code);
        }
    }
    produce_refused = of_all;
    std::vector<std::int16_t> of_topic(reading.topics.size(), of_all);
    if (of_all == 0)
        for (std::size_t n = 0; n < of_topic.size(); ++n)
            of_topic[n] = produce_refusal(reading.topics[n], now, out);
    bool any = false;
    bool all = !place.index_pending;
    for (PartitionAsk& part : reading.parts) {
        part.refusal = of_topic[part.topic];
        any = any || part.refusal != 0;
        all = all && part.refusal != 0;
    }
    decide_place(of_topic.empty() ? of_all : of_topic.back(), now, out);
    if (!any) return;
    if (all && topics_left <= 0 && partitions_left <= 0) return refuse_produce(out);
    for (std::size_t n = 0; n < reading.parts.size(); ++n) {
        PartitionAsk& part = reading.parts[n];
        if (part.refusal == 0) continue;
        neutralised(part, n);
        client.patch(client.body_at + part.index_at, sizeof part.sent_as,
                     int32_bytes(part.sent_as));
    }
}

// Above held_request_bytes_max the walk may have stopped anywhere: in a topic that has no partition
// yet, or behind the index of one. The bytes up to there go now. `of_last`: the refusal of the last
// topic that is listed.
void Session::State::decide_place(std::int16_t of_last, Instant now, Output& out) {
    const bool named_topic = !place.topic.name.empty() || !place.topic.id.is_zero();
    if (place.topic_listed || produce_refused != 0) {
        place.refusal = of_last;
    } else if (named_topic) {
        place.refusal = produce_refusal(place.topic, now, out);
    }
    if (!place.index_pending || place.refusal.value_or(0) == 0) return;
    PartitionAsk part;
    neutralised(part, reading.parts.size());
    client.patch(client.body_at + place.partition_at, sizeof part.sent_as,
                 int32_bytes(part.sent_as));
}

// No two partitions of a request share an index.
void Session::State::neutralised(PartitionAsk& part, std::size_t ordinal) {
    part.sent_as = kNeutralIndex - static_cast<std::int32_t>(ordinal);
}

// Above held_request_bytes_max: what came before has gone. `item`: the partition's index.
void Session::State::decide_late_partition(const kafka::Item& item, Instant now, Output& out) {
    if (!place.refusal)
        place.refusal =
            produce_refused != 0 ? produce_refused : produce_refusal(place.topic, now, out);
    if (*place.refusal == 0) return;
    PartitionAsk part;
    neutralised(part, reading.parts.size());
    client.patch(client.body_at + item.offset, sizeof part.sent_as, int32_bytes(part.sent_as));
}

// INVARIANT: every partition of the request was seen, and all are refused alike or by topic.
void Session::State::refuse_produce(Output& out) {
    using Kind = kafka::Item::Kind;
    reading.mode = SlotMode::local;
    if (reading.acks == 0) return close(CloseReason::not_allowed, out);
    for (std::size_t at = 0; at < reading.parts.size();) {
        const std::uint32_t index = reading.parts[at].topic;
        const TopicRef& topic = reading.topics[index];
        const auto code = static_cast<kafka::ErrorCode>(reading.parts[at].refusal);
        std::size_t end = at;
        while (end < reading.parts.size() && reading.parts[end].topic == index) ++end;
        kafka::AnswerBuilder builder(reading.key, reading.version);
        builder.on(item_of(Kind::array_begin, kafka::Slot::topics, 1));
        builder.on(item_of(Kind::element, kafka::Slot::topics, 0));
        if (topic.id.is_zero())
            builder.on(item_of(Kind::text, kafka::Slot::topic_name,
                               static_cast<std::int64_t>(topic.name.size()), as_bytes(topic.name)));
        else
            builder.on(item_of(Kind::uuid, kafka::Slot::topic_id, 0, topic.id.bytes));
        builder.on(item_of(Kind::array_begin, kafka::Slot::partitions,
                           static_cast<std::int64_t>(end - at)));
        for (; at < end; ++at) {
            builder.on(item_of(Kind::element, kafka::Slot::partitions, 0));
            builder.on(item_of(Kind::number, kafka::Slot::partition, reading.parts[at].partition));
        }
        builder.on(item_of(Kind::array_end, kafka::Slot::partitions, 0));
        builder.on(item_of(Kind::array_end, kafka::Slot::topics, 0));
        const auto answer = builder.finish(reading.correlation_id, code, {});
        if (!answer) return close(CloseReason::internal_error, out);
        if (reading.answer.empty()) {
            reading.answer = *answer;
            continue;
        }
        const auto more =
            kafka::elements_of(*answer, reading.key, reading.version, kafka::Slot::topics);
        if (!more) return close(CloseReason::internal_error, out);
        reading.answer =
            kafka::joined(reading.answer, reading.key, reading.version, kafka::Slot::topics, *more);
    }
}

// The answer is at a partition's index or error: what the client asked for stands there again.
void Session::State::restore_neutralised(const kafka::Item& item) {
    const std::size_t at = broker.body_at + item.offset;
    if (item.slot == kafka::Slot::partition) {
        neutral = nullptr;
        const PartitionAsk* ask = find_ask(slots.front());
        if (ask == nullptr || ask->refusal == 0) return;
        neutral = ask;
        broker.patch(at, sizeof ask->partition, int32_bytes(ask->partition));
    } else if (neutral != nullptr) {
        Buffer code;
        append_be<std::int16_t>(code, neutral->refusal);
        part_error = neutral->refusal;
        broker.patch(at, sizeof neutral->refusal, std::move(code));
    }
}

}  // namespace sluice::session
