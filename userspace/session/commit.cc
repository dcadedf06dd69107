// What happens between reading a request and letting it go: names of topic ids, fetch sessions,
// intents and leases.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "kafka/api.h"
#include "session/admin.h"
#include "session/state.h"

namespace sluice::session {
namespace {

// Metadata version 12: the first that may ask by topic id alone (KIP-516).
constexpr kafka::ApiVersion kLookupVersion = 12;
constexpr std::int32_t kLookupCorrelation = 0x51u << 24;
constexpr std::size_t lookup_ids_max = 1000;

Buffer lookup_frame(const std::vector<TopicId>& ids) {
    Buffer frame = kafka::begun_request(kafka::api::metadata, kLookupVersion, kLookupCorrelation);
    frame.push_back(0);                                       // header tags
    for (std::size_t count = ids.size() + 1;; count >>= 7) {  // compact array: uvarint(n + 1)
        frame.push_back(static_cast<Byte>((count & 0x7f) | (count > 0x7f ? 0x80 : 0)));
        if (count <= 0x7f) break;
    }
    for (const TopicId& id : ids) {
        append(frame, id.bytes);
        frame.push_back(0);  // name: null
        frame.push_back(0);  // tags
    }
    frame.push_back(0);  // allow_auto_topic_creation
    frame.push_back(0);  // include_topic_authorized_operations
    frame.push_back(0);  // tags
    return frame;
}

}  // namespace

bool Session::State::commit_request(Instant now, Output& out) {
    if (reading.mode == SlotMode::local) {
        committed = true;
        return true;
    }
    if (reading.key == kafka::api::sasl_handshake || reading.key == kafka::api::sasl_authenticate) {
        // Ours to answer: no credential of a client goes on.
        if (reading.key == kafka::api::sasl_handshake)
            answer_handshake(now, out);
        else if (!answer_sasl_request(now, out))
            return false;
        committed = true;
        return true;
    }
    if (!upstream_ready(now, out)) return false;
    if (!look_up_topics(now, out)) return false;
    for (TopicRef& topic : reading.topics) topic = named(topic);
    switch (reading.key) {
        case kafka::api::produce:
            authorize_produce(now, out);
            if (closing) return false;
            if (reading.mode == SlotMode::local) break;
            for (const PartitionAsk& part : reading.parts)
                if (part.refusal == 0)
                    client.gate = std::max(client.gate, write_lease(part, now, out));
            break;
        case kafka::api::fetch:
            if (reading.parts.size() > limits::request_partitions_max) {
                close(CloseReason::body_count_too_large, out);
                return false;
            }
            if (!replays_known(now, out) || !authorize(now, out)) return false;
            if (reading.mode == SlotMode::forwarded) park(now, out);
            if (closing) return false;
            cut_fetch();
            plan_fetch(now, out);
            if (reading.mode == SlotMode::forwarded) read_leases(now, out);
            break;
        default:
            if (!authorize(now, out)) return false;
            if (reading.mode == SlotMode::local) break;
            if (is_admin_change(reading.key) && !reading.unrecorded)
                client.gate = record(event_of(audit::EventType::admin_intent, reading, now), out);
            break;
    }
    committed = true;
    return true;
}

// True when nothing is missing, or nothing can be done about it.
bool Session::State::look_up_topics(Instant now, Output& out) {
    if (looking_up) return false;
    // A Metadata request by id is itself the question.
    if (looked_up || reading.key == kafka::api::metadata) return true;
    std::vector<TopicId> missing;
    const auto add = [&](const std::string& name, const TopicId& id) {
        if (!name.empty() || id.is_zero() || !facts.topic_name(id).empty()) return;
        if (missing.size() < lookup_ids_max) missing.push_back(id);
    };
    if (asked.elements.empty())
        for (const TopicRef& topic : reading.topics) add(topic.name, topic.id);
    for (const AskedElement& element : asked.elements) add(element.name, element.id);
    looked_up = true;
    if (missing.empty()) return true;
    look_up(kafka::api::metadata, kLookupVersion, kLookupCorrelation, lookup_frame(missing), now,
            out);
    return false;
}

// A question of ours, on the client's connection to the broker. INVARIANT: none is out.
void Session::State::look_up(kafka::ApiKey key, kafka::ApiVersion version,
                             std::int32_t correlation_id, Buffer frame, Instant now, Output& out) {
    SLUICE_CHECK(!looking_up);
    ++counters.lookups;
    ask_broker(key, version, correlation_id, ++lookups, std::move(frame), now, out);
    looking_up = true;
    lookup_begun = now.mono;
}

void Session::State::ask_broker(kafka::ApiKey key, kafka::ApiVersion version,
                                std::int32_t correlation_id, std::uint32_t lookup, Buffer frame,
                                Instant now, Output& out) {
    Request question = take_request();
    question.mode = SlotMode::gateway_owned;
    question.key = key;
    question.version = version;
    question.correlation_id = correlation_id;
    question.begun = now;
    question.lookup = lookup;
    slots.push_back(std::move(question));
    emit_owned(kafka::finished_frame(std::move(frame)), out.to_broker, 0, out);
}

void Session::State::plan_fetch(Instant now, Output& out) {
    const bool all_refused = reading.mode == SlotMode::local;
    const bool refused = all_refused || !rewritten.empty();  // or parked
    const FetchSessions::Plan plan = fetch_sessions.plan(fetch_ask, reading, forgotten, refused);
    if (all_refused && !plan.answer_70) return;
    if (plan.answer_70) {
        ++counters.edits_fetch_session;
        rewritten.clear();
        reading.joins = {};
        reading.joins_array = kafka::Slot::none;
        reading.not_before = 0;
        reading.mode = SlotMode::local;
        auto answer =
            kafka::AnswerBuilder(kafka::api::fetch, reading.version)
                .finish(reading.correlation_id, kafka::ErrorCode::fetch_session_id_not_found, {});
        SLUICE_CHECK(
            answer.has_value());  // fetch sessions exist from version 7 on, and 70 with them
        reading.answer = std::move(*answer);
        return;
    }
    reading.fetch_kind = plan.kind;
    reading.fetch_session = plan.session.value_or(fetch_ask.session);
    plan_masks(now, out);
    if (plan.session) put_int32(session_at, *plan.session);
    if (plan.epoch) put_int32(epoch_at, *plan.epoch);
    if (plan.session || plan.epoch) ++counters.edits_fetch_session;
}

// Session and epoch stand before the topics, where a rewritten request is as it was.
void Session::State::put_int32(std::size_t at, std::int32_t value) {
    if (rewritten.empty())
        client.patch(client.body_at + at, sizeof value, int32_bytes(value));
    else
        store_be(rewritten.data() + client.body_at + at, value);
}

std::uint64_t Session::State::write_lease(const PartitionAsk& part, Instant now, Output& out) {
    const LeaseView view{&reading.topics[part.topic], part.partition, Access::write};
    // `strict` wants the intent of every request on disk, not only of the first.
    if (options.durability != Durability::strict) {
        const std::uint64_t number = leases.covering(view, part.bytes, now);
        if (number != 0) return number;
    }
    return lease(view, reading, -1, part.bytes, now, out);
}

// Recorded while the broker works, so that the first records need not wait. A partition that had a
// lease and moved nothing under it gets its next one only when records come (begin_records).
void Session::State::read_leases(Instant now, Output& out) {
    if (reading.fetch_kind != FetchKind::sessionless) return;
    for (const PartitionAsk& part : reading.parts) {
        const LeaseView view{&reading.topics[part.topic], part.partition, Access::read};
        if (!leases.known(view) || leases.worth_renewing(view, now))
            lease(view, reading, part.fetch_offset, 0, now, out);
    }
}

}  // namespace sluice::session
