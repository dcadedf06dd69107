// Bulk replay: a partition that some hold keeps a reader from going far back in is parked. The
// broker is not asked for it, and the client is told that there is nothing to read yet, until a
// human has said yes; what else it reads goes on.
#include <algorithm>
#include <utility>

#include "approval/digest.h"
#include "base/limits.h"
#include "kafka/api.h"
#include "kafka/split_fetch.h"
#include "session/state.h"

namespace sluice::session {
namespace {

constexpr std::int32_t kWatermarkCorrelation = 0x53u << 24;
// ListOffsets version 2: by name, without compact encodings; every broker has it.
constexpr kafka::ApiVersion kListOffsetsVersion = 2;
constexpr std::int64_t kLatest = -1;

}  // namespace

// True when every partition was decided; false: high watermarks are being asked for.
bool Session::State::replays_known(Instant now, Output& out) {
    if (!caller.rules.may_hold(Operation::topic_read)) return true;
    if (watermarks_asked) return true;
    watermarks_asked = true;
    for (const TopicRef& topic : reading.topics) held_topics.push_back(reads_held(topic.name));
    std::vector<PlaceAsk> places;
    for (const PartitionAsk& part : reading.parts) {
        if (!held_topics[part.topic]) continue;
        const std::string& topic = reading.topics[part.topic].name;
        const auto found = replays.find({topic, part.partition});
        const bool needless =
            found != replays.end() &&
            (found->second.high_watermark || found->second.stage != Replay::Stage::open ||
             found->second.goes_on(part.fetch_offset));
        if (!needless) places.push_back({&topic, part.partition});
    }
    if (places.empty()) return true;
    Buffer frame =
        kafka::begun_request(kafka::api::list_offsets, kListOffsetsVersion, kWatermarkCorrelation);
    append_be<std::int32_t>(frame, -1);  // replica: a client
    frame.push_back(0);                  // isolation: read uncommitted, as high watermarks are
    append_partitions(frame, places, [](Buffer& out_frame, const PlaceAsk& one) {
        append_be(out_frame, one.partition);
        append_be(out_frame, kLatest);
    });
    look_up(kafka::api::list_offsets, kListOffsetsVersion, kWatermarkCorrelation, std::move(frame),
            now, out);
    return false;
}

// Whether some hold may bear on reading this topic, however far behind.
bool Session::State::reads_held(const std::string& topic) {
    scratch.kind = ResourceKind::topic;
    scratch.name = topic;
    const policy::Facts unknown;
    const policy::Decision decision =
        policy::decide(caller.rules, Operation::topic_read, scratch, unknown, policy::Ticket::none);
    return decision.effect == Effect::hold || decision.shadow == Effect::hold;
}

// Of our own ListOffsets.
void Session::State::watermark_item(const kafka::Item& item) {
    answer_place.on(item);
    switch (item.slot) {
        case kafka::Slot::error_code:
            part_error = static_cast<std::int16_t>(item.number);
            break;
        case kafka::Slot::offset:
            if (part_error != 0 || replays.size() >= limits::mirrored_partitions_max) break;
            replays[{answer_place.topic.name, answer_place.partition}].high_watermark = item.number;
            break;
        default:
            break;
    }
}

// Decides each partition that a hold bears on: it is read, parked, or refused.
void Session::State::park(Instant now, Output& out) {
    if (held_topics.empty()) return;
    std::vector<std::int64_t> high_watermarks;
    kafka::Which refused;
    const auto mark = [](kafka::Which& which, std::uint32_t ordinal) {
        which.resize(std::max<std::size_t>(which.size(), ordinal + 1));
        which[ordinal] = true;
    };
    for (const PartitionAsk& part : reading.parts) {
        if (!held_topics[part.topic]) continue;
        const std::string& topic = reading.topics[part.topic].name;
        if (replays.size() >= limits::mirrored_partitions_max &&
            replays.find({topic, part.partition}) == replays.end())
            return close(CloseReason::body_count_too_large, out);
        Replay& replay = replays[{topic, part.partition}];
        decide_replay(replay, topic, part, now, out);
        if (replay.stage == Replay::Stage::refused) mark(refused, part.ordinal);
        if (!replay.parked()) continue;
        mark(parked, part.ordinal);
        high_watermarks.push_back(replay.high_watermark.value_or(-1));
    }
    counters.parked += high_watermarks.size();
    join_nothing(parked, kafka::ErrorCode::none, high_watermarks, out);
    join_nothing(refused, kafka::ErrorCode::topic_authorization_failed, {}, out);
    for (std::uint32_t n = 0; n < refused.size(); ++n)
        if (refused[n]) mark(parked, n);
    if (closing || parked.empty()) return;
    std::erase_if(reading.parts, [&](const PartitionAsk& part) {
        return part.ordinal < parked.size() && parked[part.ordinal];
    });
    if (reading.parts.empty()) answer_parked(out);
}

// The client is told of these partitions what is not the broker's word.
void Session::State::join_nothing(const kafka::Which& which, kafka::ErrorCode code,
                                  std::span<const std::int64_t> high_watermarks, Output& out) {
    if (which.empty()) return;
    auto nothing = kafka::nothing_fetched(whole_request(), which, code, high_watermarks);
    if (!nothing) return close(CloseReason::internal_error, out);
    append(reading.joins.bytes, nothing->bytes);
    reading.joins.count += nothing->count;
    reading.joins_array = kafka::Slot::topics;
}

void Session::State::decide_replay(Replay& replay, const std::string& topic,
                                   const PartitionAsk& part, Instant now, Output& out) {
    if (replay.goes_on(part.fetch_offset)) {
        replay.offset = part.fetch_offset;
        return;
    }
    if (replay.stage != Replay::Stage::open && part.fetch_offset == replay.offset) {
        if (replay.stage == Replay::Stage::refused && !replay.told) {
            replay.told = true;
            record_replay_refusal(replay, topic, now, out);
        }
        return;
    }
    if (replay.parked()) out.left.push_back({replay.number, false});
    replay.stage = Replay::Stage::open;
    replay.offset = part.fetch_offset;
    known_facts = {};
    if (replay.high_watermark)
        known_facts.lag = static_cast<std::uint64_t>(
            std::max<std::int64_t>(*replay.high_watermark - part.fetch_offset, 0));
    const policy::Decision decision =
        decide(Operation::topic_read, ResourceKind::topic, topic, now, out);
    const std::optional<std::uint64_t> lag = std::exchange(known_facts, {}).lag;
    if (decision.effect != Effect::hold) return;
    replay.number = ++asks_total;
    replay.stage = Replay::Stage::asked;
    out.asks.push_back({replay.number, ask_replay(*decision.hold, topic, part, lag)});
}

approval::Ask Session::State::ask_replay(const policy::HoldRule& rule, const std::string& topic,
                                         const PartitionAsk& part,
                                         std::optional<std::uint64_t> lag) const {
    approval::Ask ask = new_ask();
    ask.unit = "partition " + std::to_string(part.partition);
    ask.requirements = {requirement_of(rule)};
    ask.ticket_life = rule.ticket;
    ask.operation = name(Operation::topic_read);
    ask.resources = topic;
    ask.details = "topic " + topic + "\n  " + ask.unit + ": from offset " +
                  std::to_string(part.fetch_offset) +
                  (lag ? ", " + std::to_string(*lag) + " records behind\n" : "\n");
    ask.digest = approval::digest_of(
        {ask.principal, ask.human, ask.cluster, reading.key, 0, as_bytes(topic), ask.requirements});
    return ask;
}

void Session::State::record_replay_refusal(const Replay& replay, const std::string& topic,
                                           Instant now, Output& out) {
    ++counters.refused;
    if (reading.unrecorded) {
        ++unrecorded;
        return;
    }
    audit::Event event = event_of(audit::EventType::refused, reading, now);
    event.topic = topic;
    event.topic_id = {};
    event.fetch_offset = replay.offset.value_or(-1);
    event.outcome = audit::Outcome::refused;
    event.operation = name(Operation::topic_read);
    event.error_code = static_cast<std::int16_t>(kafka::ErrorCode::topic_authorization_failed);
    event.reason = "approval_denied";
    event.ticket = replay.ticket;
    record(std::move(event), out);
}

void Session::State::on_replay_answer(std::uint64_t number, const approval::Answer& answer) {
    const auto found = std::find_if(replays.begin(), replays.end(), [number](const auto& entry) {
        return entry.second.number == number && entry.second.parked();
    });
    if (found == replays.end()) return;
    Replay& replay = found->second;
    replay.ticket = answer.id;
    replay.told = false;
    switch (answer.what) {
        case approval::Answer::What::waiting:
            replay.stage = Replay::Stage::waiting;
            break;
        case approval::Answer::What::passed:
            replay.stage = Replay::Stage::open;
            break;
        case approval::Answer::What::denied:
        case approval::Answer::What::unavailable:
            replay.stage = Replay::Stage::refused;
            break;
    }
}

void Session::State::cut_fetch() {
    if (reading.mode == SlotMode::local || (cut_topics.empty() && parked.empty())) return;
    rewritten = kafka::fetch_without(whole_request(), cut_topics, parked);
}

// Nothing is left to ask the broker for. Not before the client's own wait is over, or it would ask
// again at once.
void Session::State::answer_parked(Output& out) {
    const auto frame =
        kafka::refusal_of(whole_request(), kafka::Slot::topics, {}, kafka::ErrorCode::none, {});
    if (!frame) return close(CloseReason::internal_error, out);
    answer_here(kafka::joined(*frame, reading.key, reading.version, kafka::Slot::topics,
                              std::exchange(reading.joins, {})));
    reading.joins_array = kafka::Slot::none;
    reading.not_before = reading.begun.mono + asked.max_wait_ms * 1'000'000;
}

}  // namespace sluice::session
