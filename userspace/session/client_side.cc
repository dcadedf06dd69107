// The client's direction: frames, headers, and when which bytes may go to the broker.
#include <utility>

#include "base/limits.h"
#include "kafka/api.h"
#include "session/outage.h"
#include "session/state.h"

namespace sluice::session {
namespace {

constexpr Byte kTlsHandshake = 0x16;
// The shortest request header: key, version, correlation id (version 0 of ControlledShutdown).
constexpr std::int32_t kRequestBytesMin = 8;

CloseReason body_reason(kafka::WalkError error) {
    switch (error) {
        case kafka::WalkError::none:
            break;
        case kafka::WalkError::negative_length:
            return CloseReason::body_negative_length;
        case kafka::WalkError::count_too_large:
            return CloseReason::body_count_too_large;
        case kafka::WalkError::past_end:
            return CloseReason::body_past_end;
        case kafka::WalkError::trailing_bytes:
            return CloseReason::body_trailing_bytes;
        case kafka::WalkError::bad_varint:
            return CloseReason::body_bad_varint;
        case kafka::WalkError::bad_tags:
            return CloseReason::body_bad_tags;
        case kafka::WalkError::too_deep:
            return CloseReason::body_too_deep;
    }
    return CloseReason::internal_error;
}

}  // namespace

std::size_t Session::State::on_client(Bytes window, Instant now, Output& out) {
    std::size_t at = 0;
    while (!closing) {
        const Bytes rest = window.subspan(at);
        if (!client.begun && !begin_client_frame(rest, now, out)) break;
        client.look_at(rest);
        const bool header_read =
            client.opaque || client.body_at != 0 || read_client_header(now, out);
        if (header_read && walk_client_body(now, out)) release_client(out);
        const bool whole = !closing && client.sent == client.bytes;
        at += client.settle();
        if (!whole) break;
        end_client_frame(now, out);
    }
    return at;
}

bool Session::State::begin_client_frame(Bytes rest, Instant now, Output& out) {
    if (draining) return false;
    if (slots.size() >= limits::in_flight_max) {
        out.client_paused = true;
        return false;
    }
    if (!opened && !rest.empty() && rest[0] == kTlsHandshake) {
        close(CloseReason::tls_not_supported, out);
        return false;
    }
    if (rest.size() < kafka::kSizePrefix) return false;
    const auto size = load_be<std::int32_t>(rest.data());
    if (size < 0) close(CloseReason::frame_negative_size, out);
    if (size > limits::frame_bytes_max) close(CloseReason::frame_too_large, out);
    if (closing) return false;

    const bool raw = login.raw && login.under_way();
    if (!raw && size < kRequestBytesMin) close(CloseReason::frame_too_small, out);
    if (raw && size > limits::pre_auth_frame_bytes_max) close(CloseReason::frame_too_large, out);
    if (closing) return false;
    client = {};
    client.begun = true;
    client.bytes = kafka::kSizePrefix + static_cast<std::size_t>(size);
    client.opaque = raw;
    reading = take_request();
    reading.begun = now;
    reading.bytes = client.bytes;
    if (raw) reading.key = kRawSaslToken;
    return true;
}

bool Session::State::read_client_header(Instant now, Output& out) {
    kafka::RequestHeader header;
    const Bytes frame = client.slice.size() < kafka::kSizePrefix
                            ? Bytes{}
                            : client.slice.subspan(kafka::kSizePrefix);
    switch (kafka::read_request_header(frame, client.bytes - kafka::kSizePrefix, header)) {
        case kafka::HeaderStatus::ok:
            break;
        case kafka::HeaderStatus::need_more:
            if (frame.size() >= static_cast<std::size_t>(limits::pre_auth_frame_bytes_max))
                close(CloseReason::header_malformed, out);
            return false;
        case kafka::HeaderStatus::malformed:
            close(CloseReason::header_malformed, out);
            return false;
        case kafka::HeaderStatus::unknown_api:
            refuse_unknown_api(header, out);
            return !closing;
    }
    ++counters.requests;
    if (!login_allows(header.key, now, out)) return false;
    reading.key = header.key;
    reading.version = header.version;
    reading.correlation_id = header.correlation_id;
    look_up_caller();
    take_client_id(header.client_id);
    reading.subject = current_subject();
    reading.policy = caller.policy;
    if (header.key == kafka::api::join_group || header.key == kafka::api::heartbeat)
        is_member = true;
    if (!opened) {
        opened = true;
        last_report = now.mono;
        record(event_of(audit::EventType::session_open, reading, now), out);
    }
    client.body_at = kafka::kSizePrefix + header.bytes;
    client.walker = kafka::Walker(*kafka::request_layout(header.key, header.version),
                                  client.bytes - client.body_at);
    hold_whole = header.key != kafka::api::produce;
    if (hold_whole && client.bytes > limits::held_frame_bytes_max) {
        close(CloseReason::frame_too_large, out);
        return false;
    }
    begin_checks();
    if (facts.audit_failed()) {
        const Outage outage = during_outage(header.key);
        reading.unrecorded = true;
        if (outage.refuse) {
            reading.mode = SlotMode::local;
            refusal = outage.code;
            refusing = std::make_unique<kafka::AnswerBuilder>(header.key, header.version);
        }
    }
    return true;
}

void Session::State::refuse_unknown_api(const kafka::RequestHeader& header, Output& out) {
    const kafka::ApiRange* range = kafka::find_api(header.key);
    // KIP-511: a client asks with its newest ApiVersions; told our range, it asks again.
    if (header.key == kafka::api::api_versions && range != nullptr && header.version > range->max &&
        client.bytes <= static_cast<std::size_t>(limits::pre_auth_frame_bytes_max)) {
        reading.key = header.key;
        reading.version = header.version;
        reading.correlation_id = header.correlation_id;
        reading.mode = SlotMode::local;
        reading.answer = kafka::unsupported_api_versions_answer(header.correlation_id);
        client.opaque = true;
        committed = true;
        return;
    }
    close(range == nullptr ? CloseReason::api_unknown : CloseReason::api_not_advertised, out);
}

bool Session::State::walk_client_body(Instant now, Output& out) {
    if (client.opaque) return committed || answer_raw_token(now, out);
    while (!closing) {
        if (headers_seen && !committed && !commit_request(now, out)) {
            out.client_paused = !closing;
            return false;
        }
        const kafka::Item item = client.next();
        switch (item.kind) {
            case kafka::Item::Kind::need_more:
                if (!committed && !hold_whole && client.walked() > limits::held_request_bytes_max) {
                    headers_seen = true;
                    continue;
                }
                return committed;
            case kafka::Item::Kind::error:
                close(body_reason(item.error), out);
                return false;
            case kafka::Item::Kind::done:
                headers_seen = true;
                if (!committed) continue;
                return true;
            default:
                client_item(item, now, out);
        }
    }
    return false;
}

void Session::State::release_client(Output& out) {
    if (hold_whole && !client.opaque && !client.walker.finished()) return;
    if (reading.mode == SlotMode::local) {
        client.sent = client.walked();
        return;
    }
    if (!rewritten.empty()) {
        emit_owned(std::move(rewritten), out.to_broker, client.gate, out);
        client.sent = client.bytes;
        return;
    }
    emit_patched(client, out.to_broker, client.walked(), out);
}

void Session::State::end_client_frame(Instant now, Output& out) {
    if (refusing) {
        const bool silent = reading.key == kafka::api::produce && reading.acks == 0;
        auto answer = refusing->finish(reading.correlation_id, refusal, kOutageMessage);
        if (silent || !answer) {
            close(CloseReason::audit_failed_no_answer, out);
        } else {
            reading.answer = std::move(*answer);
        }
        ++unrecorded;
    }
    if (!closing) {
        if (reading.mode == SlotMode::local) {
            ++counters.answered_here;
            slots.push_back(std::move(reading));
        } else if (reading.key == kafka::api::produce && reading.acks == 0) {
            record_silent_produce(now, out);
            recycle(std::move(reading));
        } else {
            slots.push_back(std::move(reading));
        }
        send_local_answers(now, out);
    }
    client = {};
    reading = {};
    place = {};
    committed = headers_seen = hold_whole = looked_up = in_forgotten = false;
    rewind_asked = watermarks_asked = false;
    held.reset();
    commits.clear();
    held_topics.clear();
    cut_topics.clear();
    parked.clear();
    refusing.reset();
    asked.clear();
    rewritten = {};
    auto_creation_at = 0;
    produce_refused = 0;
    fetch_ask = {};
    forgotten.clear();
    topics_left = partitions_left = 0;
}

}  // namespace sluice::session
