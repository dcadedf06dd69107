#include "net/connection.h"

#include <algorithm>

#include "net/worker.h"

namespace sluice::net {

using session::CloseReason;

namespace {

// Reads of one wakeup, so that one fast peer does not starve the worker's other connections.
constexpr int kReadsPerWakeMax = 4;
// A small rest is put in front of the scratch buffer and read behind: it stays small. A larger one,
// or one the session wants much more of, is read behind in its own memory.
constexpr std::size_t kRestInScratchMax = 4096;
constexpr std::size_t kRoomMin = 16 * 1024;
// What a window may hold beyond what the session asks for.
constexpr std::size_t kWindowBytesMax = limits::held_request_bytes_max + limits::scratch_bytes;
// Ticks go on this long after the last byte: a session's last report is due within it.
constexpr std::int64_t kTickedAfterTraffic = 2 * limits::empty_fetch_report_interval.count();

session::SessionOptions options_for(const Arrival& arrival, const Worker& worker) {
    session::SessionOptions options;
    options.id = arrival.session;
    options.cluster = arrival.cluster->name;
    options.evidence.source = arrival.client.address;
    options.client = arrival.client;
    options.broker = arrival.broker;
    options.durability = worker.durability();
    options.observe = worker.observe();
    options.tokens = arrival.cluster->tokens;
    options.upstream = arrival.cluster->credential;
    return options;
}

}  // namespace

Connection::Connection(Worker& worker, Arrival arrival, Instant now)
    : worker_(worker),
      broker_address_(arrival.broker),
      session_id_(arrival.session),
      permit_(std::move(arrival.permit)),
      client_(worker.context()),
      broker_(worker.context()),
      session_(options_for(arrival, worker), worker),
      deadline_(now.mono + nanoseconds(worker.deadlines().first_frame)),
      last_activity_(now.mono) {
    tune(arrival.socket.get(), worker.unacknowledged_max());
    watch(client_, std::move(arrival.socket));
    client_.open = true;
    worker_.counters().pre_auth_connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
    if (pre_auth_) worker_.counters().pre_auth_connections.fetch_sub(1, std::memory_order_relaxed);
    worker_.tally().buffered_bytes -= static_cast<std::int64_t>(owned_bytes_);
}

void Connection::start(Instant now) {
    enter(now, [] {});
}

void Connection::on_tick(Instant now) {
    const bool quiet = stage_ == Stage::relaying && deadline_ == 0 && !client_paused_ &&
                       !session_.waits_for_human() && client_.outbox.empty() &&
                       broker_.outbox.empty() && now.mono - last_activity_ > kTickedAfterTraffic &&
                       now.mono - last_activity_ < nanoseconds(worker_.deadlines().idle);
    if (quiet) return;
    enter(now, [&] {
        check_deadlines(now);
        if (over()) return;
        if (session_.waits_for_human() && client_left()) return fail(CloseReason::client_closed);
        session::Output& output = worker_.output();
        output.clear();
        session_.on_tick(now, output);
        apply(output, now);
        resume_client(now);
        worker_.tally().count_session(session_.counters(), counted_);
    });
}

void Connection::on_audit_progress(Instant now) {
    enter(now, [&] {
        if (trail_.waiting() && !trail_.resubmit(worker_.audit())) return;
        flush(Side::broker, now);
        flush(Side::client, now);
    });
}

void Connection::on_approval(std::uint64_t number, const approval::Answer& answer, Instant now) {
    enter(now, [&] {
        if (over()) return;
        // What a client that left had asked for is not done behind its back.
        if (client_left()) return fail(CloseReason::client_closed);
        session::Output& output = worker_.output();
        output.clear();
        session_.on_approval(number, answer, now, output);
        apply(output, now);
        resume_client(now);
        worker_.tally().count_session(session_.counters(), counted_);
    });
}

bool Connection::client_left() {
    return client_.ended ||
           (session_.waits_for_human() && has_left(client_.socket.native_handle()));
}

void Connection::drain(Instant now) {
    enter(now, [&] {
        draining_ = true;
        if (stage_ == Stage::relaying) session_.drain();
    });
}

void Connection::stop(CloseReason reason, Instant now) {
    enter(now, [&] {
        if (stage_ == Stage::relaying)
            fail(reason);
        else if (stage_ == Stage::closing)
            close_sockets(session::closes_with_reset(reason));
    });
}

void Connection::fail(CloseReason reason) {
    if (!failure_) failure_ = reason;
}

// Decides what follows from what happened, and waits for what may happen next.
void Connection::settle(Instant now) {
    if (stage_ == Stage::relaying) {
        if (hoards()) fail(CloseReason::buffers_full);
        if (!over()) advance(now);
        if (failure_)
            abort(*failure_, now);
        else if (close_wanted_)
            begin_close(*close_wanted_, now);
    }
    if (stage_ == Stage::closing) continue_close(now);
    if (stage_ != Stage::closed) arm(now);
    const bool gated = client_.outbox.gated() || broker_.outbox.gated();
    worker_.wait_for_audit(*this, gated || trail_.waiting());
    account();
}

// All together hold too much, and this one is among those that hold most.
bool Connection::hoards() const {
    return owned_bytes_ > limits::held_request_bytes_max &&
           worker_.counters().buffered_bytes.load(std::memory_order_relaxed) >
               limits::buffered_bytes_max;
}

void Connection::advance(Instant now) {
    if (pre_auth_ && !session_.before_first_request()) {
        pre_auth_ = false;
        permit_.authenticated();
        worker_.counters().pre_auth_connections.fetch_sub(1, std::memory_order_relaxed);
        dial(now);
    }
    pass_on_end(Side::client, now);
    pass_on_end(Side::broker, now);
    const bool to_broker_done = broker_.outbox.empty() && !dialling_;
    if (!over() && draining_ && to_broker_done && session_.drained())
        close_wanted_ = CloseReason::drained;
}

bool Connection::may_read(Side side) const {
    const Leg& from = leg(side);
    if (!from.open || from.ended) return false;
    if (stage_ == Stage::closing) return true;
    if (over() || trail_.waiting() || client_.congested) return false;
    // What the other socket does not take now would only be copied: it waits where it is.
    if (leg(side == Side::client ? Side::broker : Side::client).outbox.sendable()) return false;
    if (side == Side::broker) return true;
    return !client_paused_ && !broker_.congested && !dialling_ &&
           from.window.size() < std::max(session_.client_wants(), kWindowBytesMax);
}

void Connection::read(Side side, Instant now) {
    Leg& from = leg(side);
    for (int round = 0; round < kReadsPerWakeMax && may_read(side); ++round) {
        if (stage_ == Stage::closing) return discard(side);
        const std::size_t wants =
            side == Side::client ? session_.client_wants() : session_.broker_wants();
        const std::size_t rest = from.window.size();
        const bool in_scratch =
            rest == 0 || (rest <= kRestInScratchMax && wants <= limits::scratch_bytes);
        std::span<Byte> room;
        if (in_scratch) {
            const Bytes kept = from.window.bytes();
            std::copy(kept.begin(), kept.end(), worker_.scratch().begin());
            room = worker_.scratch().subspan(rest);
        } else {
            room =
                from.window.room(std::min(kRoomMin, wants > rest ? wants - rest : kRoomMin), wants);
        }
        const Transfer got = receive(from.socket.native_handle(), room);
        if (got.would_block()) return;
        if (got.error != 0) return broken(side);
        if (got.bytes == 0) {
            from.ended = true;
            if (!end_reason_)
                end_reason_ =
                    side == Side::client ? CloseReason::client_closed : CloseReason::broker_closed;
            return;
        }
        last_activity_ = now.mono;
        (side == Side::client ? worker_.tally().client_bytes : worker_.tally().broker_bytes) +=
            got.bytes;
        if (in_scratch) {
            const Bytes window = worker_.scratch().first(rest + got.bytes);
            const std::size_t released = offer(side, window, now);
            from.window.assign(window.subspan(released));
        } else {
            from.window.grew(got.bytes);
            if (from.window.size() >= wants)
                from.window.release(offer(side, from.window.bytes(), now));
        }
        if (side == Side::broker) resume_client(now);
        if (got.bytes < room.size()) return;
    }
}

// A closing connection reads only to learn of the peer's end: unread bytes would turn our close
// into a reset.
void Connection::discard(Side side) {
    Leg& from = leg(side);
    for (int round = 0; round < kReadsPerWakeMax; ++round) {
        const Transfer got = receive(from.socket.native_handle(), worker_.scratch());
        if (got.would_block()) return;
        if (got.error != 0) return broken(side);
        if (got.bytes == 0) {
            from.ended = true;
            return;
        }
    }
}

// Shows the session its window and does what it says. Returns how much of the window is done with.
std::size_t Connection::offer(Side side, Bytes window, Instant now) {
    session::Output& output = worker_.output();
    output.clear();
    std::size_t released = 0;
    if (side == Side::client) {
        released = session_.on_client(window, now, output);
        client_paused_ = output.client_paused;
    } else {
        released = session_.on_broker(window, now, output);
    }
    SLUICE_CHECK(released <= window.size());
    apply(output, now);
    const std::size_t kept = window.size() - released;
    const bool stuck = released == 0 && kept >= kWindowBytesMax && !client_paused_ && !draining_;
    const std::size_t wants =
        side == Side::client ? session_.client_wants() : session_.broker_wants();
    if (stuck && wants <= kept && !over()) fail(CloseReason::internal_error);
    return released;
}

// Something happened that a paused session may have waited for.
void Connection::resume_client(Instant now) {
    if (!client_paused_ || over()) return;
    client_paused_ = false;
    if (!client_.window.empty())
        client_.window.release(offer(Side::client, client_.window.bytes(), now));
}

void Connection::apply(session::Output& output, Instant now) {
    Tally& tally = worker_.tally();
    bool lease = false;
    for (const audit::Event& event : output.events) {
        lease |= event.type == audit::EventType::read_lease;
        const bool counted = event.type == audit::EventType::request ||
                             event.type == audit::EventType::produce ||
                             event.type == audit::EventType::fetch;
        // A request has one event per partition; they come together.
        if (!counted || (event.api_key == last_api_ && event.correlation_id == last_correlation_))
            continue;
        last_api_ = event.api_key;
        last_correlation_ = event.correlation_id;
        tally.count_request(event.api_key);
    }
    tally.events += output.events.size();
    const bool waited = trail_.waiting();
    trail_.record(output.events, worker_.audit(), worker_.entry());
    // Nothing waits for it yet, but the records it is for are on their way.
    if (lease) worker_.audit().hurry();
    if (!waited && trail_.waiting()) ++tally.audit_full_waits;
    if (!output.learned.empty()) worker_.learned(output.learned);
    for (session::HoldAsk& ask : output.asks) worker_.ask(*this, std::move(ask));
    for (const session::HoldLeft& left : output.left) worker_.leave(session_id_, left);
    send(Side::broker, output.to_broker, now);
    send(Side::client, output.to_client, now);
    if (output.close) close_wanted_ = *output.close;
}

void Connection::account() {
    const std::size_t owned = client_.window.capacity() + broker_.window.capacity() +
                              client_.outbox.capacity() + broker_.outbox.capacity() +
                              trail_.capacity() + session_.held_bytes();
    worker_.tally().buffered_bytes +=
        static_cast<std::int64_t>(owned) - static_cast<std::int64_t>(owned_bytes_);
    owned_bytes_ = owned;
}

}  // namespace sluice::net
