// How a connection ends: by a peer, by its session, by a deadline, by an error.
#include <exception>

#include "base/log.h"
#include "net/connection.h"
#include "net/worker.h"

namespace sluice::net {

using session::CloseReason;

void Connection::check_deadlines(Instant now) {
    if (stage_ == Stage::closed) return;
    const Deadlines& deadlines = worker_.deadlines();
    for (const Side side : {Side::client, Side::broker}) {
        Leg& at = leg(side);
        const bool stalled = at.stalled_since != 0 && at.outbox.sendable() &&
                             now.mono - at.stalled_since >= nanoseconds(deadlines.write_stall);
        if (stalled && stage_ == Stage::closing) drop(at, true);
        if (stalled && stage_ == Stage::relaying) fail(CloseReason::write_stalled);
    }
    if (deadline_ != 0 && now.mono >= deadline_) {
        if (stage_ == Stage::closing) return close_sockets(reset_at_end_);
        if (pre_auth_) return fail(CloseReason::first_frame_deadline);
        return fail(dialling_ ? CloseReason::broker_unreachable : CloseReason::half_close_timeout);
    }
    // A request that is being answered (a long poll, a rebalance) is not idleness.
    const bool idle = stage_ == Stage::relaying && session_.in_flight() == 0 &&
                      now.mono - last_activity_ >= nanoseconds(deadlines.idle);
    if (idle) close_wanted_ = CloseReason::idle;
}

// After a peer's FIN: once all it sent is on its way, the other side gets a FIN too.
void Connection::pass_on_end(Side side, Instant now) {
    Leg& from = leg(side);
    Leg& to = leg(side == Side::client ? Side::broker : Side::client);
    if (over() || !from.ended) return;
    if (to.shut) {
        if (to.ended && from.shut) close_wanted_ = end_reason_;
        return;
    }
    if (pre_auth_) {
        close_wanted_ = end_reason_;
        return;
    }
    // Bytes that move are bounded by the write stall; everything else an end waits for is not.
    if (deadline_ == 0 && !dialling_ && !to.outbox.sendable())
        deadline_ = now.mono + nanoseconds(worker_.deadlines().half_close);
    const bool session_will_take_more =
        side == Side::client && client_paused_ && !from.window.empty();
    if (session_will_take_more || !to.open || !to.outbox.empty() || trail_.waiting()) return;
    send_fin(to.socket.native_handle());
    to.shut = true;
    if (to.ended && from.shut) close_wanted_ = end_reason_;
}

// Ends the session; what it said so far is still sent, then the sockets are closed.
void Connection::begin_close(CloseReason reason, Instant now) {
    end_session(reason, now);
    reset_at_end_ = session::closes_with_reset(reason);
    client_.window.clear();
    broker_.window.clear();
    deadline_ = now.mono + nanoseconds(worker_.deadlines().write_stall);
}

void Connection::continue_close(Instant now) {
    // Nobody waits for a broker that was not even dialled.
    if (!broker_.open && (!dialling_ || broker_.outbox.empty())) drop(broker_, false);
    for (const Side side : {Side::client, Side::broker}) {
        Leg& to = leg(side);
        flush(side, now);
        const bool sent = to.outbox.empty() && !trail_.waiting();
        if (!to.open || to.shut || !sent || reset_at_end_) continue;
        if (unheard(to)) {
            drop(to, true);
            continue;
        }
        send_fin(to.socket.native_handle());
        to.shut = true;
    }
    const bool sent = client_.outbox.empty() && broker_.outbox.empty() && !trail_.waiting();
    if (!sent) return;
    if (reset_at_end_) return close_sockets(true);
    if (!lingering_) {
        lingering_ = true;
        deadline_ = now.mono + nanoseconds(worker_.deadlines().half_close);
    }
    // To close with bytes unread, or on their way to us, makes the kernel send a reset, which could
    // overtake our last bytes. So each peer we sent something is heard to its end.
    const auto done = [](const Leg& at) { return !at.open || at.ended || !at.sent_any; };
    if (done(client_) && done(broker_)) close_sockets(false);
}

// At once, whatever is pending.
void Connection::abort(CloseReason reason, Instant now) {
    end_session(reason, now);
    close_sockets(session::closes_with_reset(reason));
}

void Connection::end_session(CloseReason reason, Instant now) {
    stage_ = Stage::closing;
    Tally& tally = worker_.tally();
    ++tally.closed[static_cast<std::size_t>(reason)];
    session::Output& output = worker_.output();
    output.clear();
    session_.on_end(reason, now, output);
    tally.events += output.events.size();
    trail_.record(output.events, worker_.audit(), worker_.entry());
    for (const session::HoldLeft& left : output.left) worker_.leave(session_id_, left);
    tally.count_session(session_.counters(), counted_);
}

// A client that made no valid request, was told nothing and goes on: a reset loses none of our
// bytes. Our FIN would leave its address and port in TIME_WAIT here, where a SYN from there is
// answered a second late.
bool Connection::unheard(const Leg& at) const {
    return &at == &client_ && pre_auth_ && !at.sent_any && !at.ended;
}

void Connection::drop(Leg& at, bool reset) {
    if ((reset || unheard(at)) && at.open) reset_on_close(at.socket.native_handle());
    ErrorCode ignored;  // the descriptor is gone whatever close() says
    at.socket.close(ignored);
    at.open = false;
    at.outbox.clear();
    at.window.clear();
    if (&at == &broker_) dialling_ = false;
}

void Connection::close_sockets(bool reset) {
    drop(client_, reset);
    drop(broker_, reset);
    stage_ = Stage::closed;
    deadline_ = 0;
}

// Memory ran out, or a library threw: nothing this connection holds can be trusted to be whole.
void Connection::give_up(const std::exception& exception, Instant now) noexcept {
    log::error("a connection ends: {}", exception.what());
    try {
        if (stage_ == Stage::relaying) end_session(CloseReason::internal_error, now);
    } catch (const std::exception& second) {
        log::error("a session's last events are lost: {}", second.what());
    }
    close_sockets(true);
    worker_.wait_for_audit(*this, trail_.waiting());
    account();
}

void Connection::leave() {
    worker_.remove(*this);
}

bool Connection::gone() const {
    return stage_ == Stage::closed && waits_ == 0 && !trail_.waiting();
}

}  // namespace sluice::net
