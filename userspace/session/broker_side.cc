// The broker's direction: which slot a frame answers, and when which bytes may go to the client.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "kafka/api.h"
#include "kafka/edit.h"
#include "session/admin.h"
#include "session/state.h"

namespace sluice::session {

std::size_t Session::State::on_broker(Bytes window, Instant now, Output& out) {
    std::size_t at = 0;
    while (!closing) {
        const Bytes rest = window.subspan(at);
        if (!broker.begun && !begin_broker_frame(rest, out)) break;
        broker.look_at(rest);
        const bool header_read = broker.opaque || broker.body_at != 0 || read_broker_header(out);
        bool whole = false;
        if (header_read && !closing) {
            walk_broker_body(now, out);
            whole = !closing && broker.arrived_whole() && broker.walked() == broker.bytes;
            if (whole) finish_answer(now, out);
            if (!closing) release_broker(whole, out);
        }
        at += broker.settle();
        if (!whole || closing) break;
        broker = {};
        pop_slot();
        send_local_answers(now, out);
    }
    return at;
}

bool Session::State::begin_broker_frame(Bytes rest, Output& out) {
    if (rest.empty()) return false;
    if (slots.empty()) {
        close(CloseReason::response_unexpected, out);
        return false;
    }
    if (rest.size() < kafka::kSizePrefix) return false;
    const auto size = load_be<std::int32_t>(rest.data());
    const Request& request = slots.front();
    constexpr std::int32_t correlation_bytes = 4;
    if (size < correlation_bytes) close(CloseReason::response_malformed, out);
    if (size > limits::response_bytes_max) close(CloseReason::response_too_large, out);
    const bool clamped = request.key == kafka::api::api_versions;
    if (clamped && static_cast<std::size_t>(size) > limits::rewritten_response_bytes_max)
        close(CloseReason::response_too_large, out);
    if (closing) return false;
    broker = {};
    broker.begun = true;
    broker.bytes = kafka::kSizePrefix + static_cast<std::size_t>(size);
    broker.opaque = clamped;
    answer_place = {};
    answer_error = 0;
    answer_session = 0;
    answer_waits = in_records = false;
    answer_events = 0;
    part_cursor = 0;
    filter = {};
    begin_masked_answer();
    answer_grows = 0;
    join_begun = false;
    neutral = nullptr;
    const bool waits = options.durability != Durability::async && !request.unrecorded;
    const bool filtered = request.filter.array != kafka::Slot::none;
    if (filtered && static_cast<std::size_t>(size) > limits::filtered_response_bytes_max)
        close(CloseReason::response_too_large, out);
    answer_held_whole =
        clamped || filtered || masked.active() ||
        (request.joins.count > 0 && request.key != kafka::api::fetch) ||
        (waits && (request.key == kafka::api::produce || is_admin_change(request.key))) ||
        (options.durability == Durability::strict && request.key == kafka::api::fetch);
    return !closing;
}

bool Session::State::read_broker_header(Output& out) {
    if (broker.slice.size() < 2 * kafka::kSizePrefix) return false;
    const Request& request = slots.front();
    const Bytes frame = broker.slice.subspan(kafka::kSizePrefix);
    if (load_be<std::int32_t>(frame.data()) != request.correlation_id) {
        close(CloseReason::response_correlation, out);
        return false;
    }
    const std::size_t frame_bytes = broker.bytes - kafka::kSizePrefix;
    const auto header =
        kafka::response_header_bytes(request.key, request.version, frame, frame_bytes);
    if (!header) {
        if (frame.size() >= limits::rewritten_response_bytes_max)
            close(CloseReason::response_malformed, out);
        return false;
    }
    const kafka::Layout* layout = kafka::response_layout(request.key, request.version);
    if (*header == 0 || layout == nullptr) {
        close(CloseReason::response_malformed, out);
        return false;
    }
    broker.body_at = kafka::kSizePrefix + *header;
    broker.walker = kafka::Walker(*layout, frame_bytes - *header);
    filter = ElementFilter(request.filter, layout->flexible);
    return true;
}

void Session::State::walk_broker_body(Instant now, Output& out) {
    if (broker.opaque) return;
    while (!closing) {
        const kafka::Item item = broker.next();
        switch (item.kind) {
            case kafka::Item::Kind::need_more:
            case kafka::Item::Kind::done:
                return;
            case kafka::Item::Kind::error:
                close(CloseReason::response_malformed, out);
                return;
            default:
                broker_item(item, now, out);
        }
    }
}

void Session::State::release_broker(bool whole, Output& out) {
    if (masked.active()) return release_masked(whole, out);
    if (answer_held_whole && !whole) return;
    const Request& request = slots.front();
    // The size prefix leaves first, and is not known before the joined array's count is.
    if (request.joins_array != kafka::Slot::none && !join_begun && !whole) return;
    std::size_t upto = broker.walked();
    const bool tail_waits =
        request.key == kafka::api::fetch && options.durability == Durability::durable;
    if (!whole && tail_waits) {
        const std::size_t tail_at = broker.bytes > limits::held_tail_bytes_max
                                        ? broker.bytes - limits::held_tail_bytes_max
                                        : 0;
        if (upto > tail_at) upto = tail_at;
    }
    if (request.mode == SlotMode::gateway_owned || request.key == kafka::api::api_versions) {
        if (upto > broker.sent) broker.sent = upto;  // swallowed; ApiVersions leaves rewritten
        return;
    }
    if (whole && answer_waits && options.durability != Durability::async) {
        // All but the tail went already, or goes now under the leases alone.
        const std::size_t tail_at = broker.bytes > limits::held_tail_bytes_max && !answer_held_whole
                                        ? broker.bytes - limits::held_tail_bytes_max
                                        : 0;
        emit_patched(broker, out.to_client, tail_at, out);
        broker.gate = events_total;
    }
    emit_patched(broker, out.to_client, upto, out);
}

void Session::State::finish_answer(Instant now, Output& out) {
    Request& request = slots.front();
    if (request.key == kafka::api::api_versions) finish_api_versions(out);
    if (closing) return;
    if (answer_held_whole && !broker.opaque && !masked.active()) {
        apply_filter();
        patch_answer_size();
    }
    if (request.mode == SlotMode::gateway_owned) {
        if (request.lookup == 0)
            finish_upstream_login(request.key, now, out);
        else if (request.lookup == lookups)
            looking_up = false;
        return;
    }
    if (request.key == kafka::api::fetch) {
        if (answer_error != 0) fetch_sessions.closed(request.fetch_session);
        if (request.fetch_kind == FetchKind::creates_session && answer_error == 0 &&
            answer_session != 0)
            fetch_sessions.opened(answer_session, request);
        if (answer_error == 0 && answer_events == 0) {
            if (request.parts.empty()) ++empty_fetches;
            return;
        }
    }
    if (answer_events > 0) return;  // its partitions were recorded one by one
    if (request.unrecorded) {
        ++unrecorded;
        return;
    }
    audit::Event event = event_of(audit::EventType::request, request, now);
    event.error_code = answer_error;
    event.outcome = answer_error == 0 ? audit::Outcome::ok : audit::Outcome::error;
    event.latency_ns = now.mono - request.begun.mono;
    record(std::move(event), out);
    if (is_admin_change(request.key)) answer_waits = true;
}

void Session::State::finish_api_versions(Output& out) {
    auto clamped = kafka::clamp_api_versions(broker.slice, slots.front().version);
    if (!clamped) {
        close(CloseReason::response_malformed, out);
        return;
    }
    ++counters.edits_api_versions;
    counters.hidden_apis += clamped->hidden;
    emit_owned(std::move(clamped->frame), out.to_client, 0, out);
}

// The refused elements of the request stand behind the broker's.
void Session::State::join_item(const kafka::Item& item) {
    Request& request = slots.front();
    if (item.slot != request.joins_array) return;
    const std::size_t at = broker.body_at + item.offset;
    if (item.kind == kafka::Item::Kind::array_begin && !join_begun) {
        join_begun = true;
        const bool compact = kafka::response_layout(request.key, request.version)->flexible;
        const auto count = static_cast<std::uint32_t>(std::max<std::int64_t>(item.number, 0));
        Buffer prefix = kafka::count_prefix(compact, count + request.joins.count);
        answer_grows += static_cast<std::int64_t>(request.joins.bytes.size() + prefix.size()) -
                        static_cast<std::int64_t>(item.length);
        broker.patch(at, item.length, std::move(prefix));
        if (!answer_held_whole) patch_answer_size();
    } else if (item.kind == kafka::Item::Kind::array_end) {
        broker.patch(at, 0, std::move(request.joins.bytes));
        request.joins = {};
    }
}

void Session::State::apply_filter() {
    counters.filtered += filter.removed();
    for (kafka::Edit& edit : filter.take_edits()) {
        answer_grows += static_cast<std::int64_t>(edit.replacement.size()) -
                        static_cast<std::int64_t>(edit.length);
        broker.patch(broker.body_at + edit.offset, edit.length, std::move(edit.replacement));
    }
}

void Session::State::patch_answer_size() {
    if (answer_grows == 0) return;
    Buffer size;
    append_be(size,
              static_cast<std::int32_t>(
                  static_cast<std::int64_t>(broker.bytes - kafka::kSizePrefix) + answer_grows));
    broker.patch(0, kafka::kSizePrefix, std::move(size));
}

void Session::State::send_local_answers(Instant now, Output& out) {
    while (!slots.empty() && slots.front().mode == SlotMode::local &&
           now.mono >= slots.front().not_before) {
        const bool last = slots.front().last;
        if (!slots.front().answer.empty())
            emit_owned(std::move(slots.front().answer), out.to_client, 0, out);
        pop_slot();
        if (last) return close(CloseReason::login_failed, out);
    }
}

void Session::State::pop_slot() {
    recycle(std::move(slots.front()));
    slots.pop_front();
}

}  // namespace sluice::session
