#include "session/session.h"

#include <utility>

#include "base/limits.h"
#include "session/state.h"

namespace sluice::session {

void Output::clear() {
    events.clear();
    to_broker.clear();
    to_client.clear();
    learned.clear();
    asks.clear();
    left.clear();
    close.reset();
    client_paused = false;
    owned.clear();
}

Session::Session(SessionOptions options, const Facts& facts)
    : state_(new State(std::move(options), facts)) {}
Session::~Session() {
    delete state_;
}

std::size_t Session::on_client(Bytes window, Instant now, Output& out) {
    return state_->on_client(window, now, out);
}
std::size_t Session::on_broker(Bytes window, Instant now, Output& out) {
    return state_->on_broker(window, now, out);
}

void Session::on_tick(Instant now, Output& out) {
    State& state = *state_;
    // A lookup that nobody answers must not hold a client for ever: the request goes on, recorded
    // by id.
    if (state.looking_up && now.mono - state.lookup_begun > nanoseconds(limits::fact_deadline))
        state.looking_up = false;
    state.check_login(now, out);
    state.check_held(now, out);
    state.send_local_answers(now, out);
    state.report_due(now, false, out);
}

void Session::on_end(CloseReason reason, Instant now, Output& out) {
    State& state = *state_;
    state.leave_holds(out);
    if (!state.opened) return;  // net records refused connections itself
    state.record_unanswered(now, out);
    state.report_due(now, true, out);
    audit::Event event = state.event(audit::EventType::session_close, now);
    event.reason = name(reason);
    event.records = state.counters.produced_records + state.counters.fetched_records;
    event.bytes = state.counters.produced_bytes + state.counters.fetched_bytes;
    state.record(std::move(event), out);
}

void Session::on_approval(std::uint64_t number, const approval::Answer& answer, Instant now,
                          Output& out) {
    state_->on_approval(number, answer, now, out);
}

bool Session::waits_for_human() const {
    return state_->held || std::any_of(state_->replays.begin(), state_->replays.end(),
                                       [](const auto& each) { return each.second.parked(); });
}

bool Session::before_first_request() const {
    return !state_->opened;
}
std::size_t Session::in_flight() const {
    return state_->slots.size();
}
void Session::drain() {
    state_->draining = true;
}
bool Session::drained() const {
    return state_->draining && state_->slots.empty() && !state_->client.begun;
}

std::size_t Session::client_wants() const {
    const FrameCursor& cursor = state_->client;
    if (!cursor.begun || cursor.opaque) return 0;
    const std::size_t left = cursor.bytes - cursor.released;
    if (state_->hold_whole || state_->committed) return state_->hold_whole ? left : 0;
    return left < limits::held_request_bytes_max ? left : limits::held_request_bytes_max;
}

std::size_t Session::broker_wants() const {
    const FrameCursor& cursor = state_->broker;
    if (!cursor.begun) return 0;
    if (state_->masked.active()) return state_->masked_wants();
    return state_->answer_held_whole ? cursor.bytes - cursor.released : 0;
}

std::size_t Session::held_bytes() const {
    return state_->masked.built.capacity();
}

const SessionCounters& Session::counters() const {
    return state_->counters;
}

Session::State::State(SessionOptions session_options, const Facts& session_facts)
    : options(std::move(session_options)), facts(session_facts), evidence(options.evidence) {}

void Session::State::close(CloseReason reason, Output& out) {
    closing = true;
    if (!out.close) out.close = reason;
}

void Session::State::emit(FrameCursor& cursor, std::vector<Piece>& pieces, std::size_t upto) {
    if (upto <= cursor.sent) return;
    const Bytes bytes = cursor.slice.subspan(cursor.sent - cursor.released, upto - cursor.sent);
    cursor.sent = upto;
    if (!pieces.empty()) {
        Piece& last = pieces.back();
        if (last.after == cursor.gate && last.bytes.data() + last.bytes.size() == bytes.data()) {
            last.bytes = Bytes(last.bytes.data(), last.bytes.size() + bytes.size());
            return;
        }
    }
    pieces.push_back({bytes, cursor.gate});
}

void Session::State::emit_patched(FrameCursor& cursor, std::vector<Piece>& pieces, std::size_t upto,
                                  Output& out) {
    while (cursor.patched < cursor.patches.size()) {
        Patch& patch = cursor.patches[cursor.patched];
        if (patch.at + patch.length > upto) {
            if (patch.at < upto) upto = patch.at;
            break;
        }
        emit(cursor, pieces, patch.at);
        cursor.sent += patch.length;
        if (!patch.bytes.empty()) emit_owned(std::move(patch.bytes), pieces, cursor.gate, out);
        ++cursor.patched;
    }
    emit(cursor, pieces, upto);
}

void Session::State::emit_owned(Buffer bytes, std::vector<Piece>& pieces, std::uint64_t after,
                                Output& out) {
    out.owned.push_back(std::move(bytes));
    pieces.push_back({out.owned.back(), after});
}

Request Session::State::take_request() {
    if (spare.empty()) return {};
    Request request = std::move(spare.back());
    spare.pop_back();
    return request;
}

void Session::State::recycle(Request request) {
    // A few are kept warm; a request that named thousands of partitions is not worth keeping.
    constexpr std::size_t spare_requests_max = 4, spare_parts_max = 64;
    if (spare.size() >= spare_requests_max || request.parts.capacity() > spare_parts_max) return;
    request.clear();
    spare.push_back(std::move(request));
}

void add_name(std::string& list, std::string_view name) {
    constexpr std::size_t list_bytes_max = 1024;
    if (name.empty() || list.size() + name.size() + 1 > list_bytes_max) return;
    if (!list.empty()) list += ',';
    list += name;
}

}  // namespace sluice::session
