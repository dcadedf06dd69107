// The sockets of a connection: connecting, sending, waiting.
#include <array>
#include <stdexcept>

#include "net/clock.h"
#include "net/connection.h"
#include "net/worker.h"

namespace sluice::net {

using session::CloseReason;

namespace {

constexpr std::size_t kPiecesPerSendMax = 64;
using Pieces = std::array<iovec, kPiecesPerSendMax>;

std::size_t total(std::span<const iovec> pieces) {
    std::size_t bytes = 0;
    for (const iovec& piece : pieces) bytes += piece.iov_len;
    return bytes;
}

}  // namespace

// The context takes the socket over. Throws where it cannot, the socket being closed then.
void Connection::watch(Leg& at, UniqueFd socket) {
    ErrorCode error;
    at.socket.assign(asio::ip::tcp::v4(), socket.get(), error);
    if (error) throw std::runtime_error("watch a socket: " + error.message());
    (void)socket.release();
}

void Connection::dial(Instant now) {
    auto socket = begin_connect(broker_address_, worker_.unacknowledged_max());
    if (!socket) {
        worker_.complain(socket.error(), now);
        return fail(CloseReason::broker_unreachable);
    }
    watch(broker_, std::move(*socket));
    dialling_ = true;
    deadline_ = now.mono + nanoseconds(worker_.deadlines().upstream_connect);
    wait_writable(Side::broker);
}

void Connection::on_dialled(Instant now) {
    dialling_ = false;
    const int error = connect_error(broker_.socket.native_handle());
    if (error != 0) {
        worker_.complain(errno_error("connect to " + to_text(broker_address_), error), now);
        return stage_ == Stage::closing ? drop(broker_, false)
                                        : fail(CloseReason::broker_unreachable);
    }
    broker_.open = true;
    if (stage_ == Stage::relaying) deadline_ = 0;
    flush(Side::broker, now);
}

// The gate a piece has to wait for; 0: none.
Connection::Gate Connection::closed_gate(const session::Piece& piece) {
    if (piece.after == 0 || trail_.durable(worker_.audit()) >= piece.after) return 0;
    return piece.after;
}

// Writes at once what is behind no gate and fits the socket; keeps a copy of the rest.
void Connection::send(Side side, std::span<const session::Piece> pieces, Instant now) {
    Leg& to = leg(side);
    if (to.shut) return;     // the peer was told that nothing follows
    std::size_t next = 0;    // the first piece not wholly sent
    std::size_t offset = 0;  // how much of it is
    bool may_send = to.open && to.outbox.empty() && !trail_.waiting() && !failure_;
    Pieces batch;
    while (may_send && next < pieces.size()) {
        std::size_t count = 0;
        for (std::size_t i = next; i < pieces.size() && count < batch.size(); ++i) {
            if (closed_gate(pieces[i]) != 0) break;
            const Bytes bytes = pieces[i].bytes.subspan(i == next ? offset : 0);
            batch[count++] = {.iov_base = const_cast<Byte*>(bytes.data()), .iov_len = bytes.size()};
        }
        if (count == 0) break;
        const std::span<const iovec> ready(batch.data(), count);
        const Transfer put = net::send(to.socket.native_handle(), ready);
        if (put.error != 0 && !put.would_block()) return broken(side);
        note_progress(to, put.bytes, now);
        may_send = put.bytes == total(ready);
        offset += put.bytes;
        while (next < pieces.size() && offset >= pieces[next].bytes.size())
            offset -= pieces[next++].bytes.size();
        if (!may_send) to.stalled_since = now.mono;
    }
    for (; next < pieces.size(); ++next, offset = 0) {
        const Gate gate = closed_gate(pieces[next]);
        if (gate != 0) {
            ++worker_.tally().audit_waits;
            worker_.audit().hurry();
        }
        to.outbox.append(pieces[next].bytes.subspan(offset), gate, now.mono);
    }
    if (to.outbox.bytes() > limits::pending_bytes_max) to.congested = true;
}

void Connection::flush(Side side, Instant now) {
    Leg& to = leg(side);
    if (!to.open || trail_.waiting() || to.outbox.empty()) return;
    if (to.outbox.gated())
        to.outbox.open_gates(trail_.durable(worker_.audit()), [&](std::int64_t queued_at) {
            worker_.tally().count_held(now.mono - queued_at);
        });
    Pieces batch;
    while (to.outbox.sendable() && !to.writing) {
        const std::span<const iovec> ready(batch.data(), to.outbox.gather(batch));
        const Transfer put = net::send(to.socket.native_handle(), ready);
        if (put.error != 0 && !put.would_block()) return broken(side);
        to.outbox.sent(put.bytes);
        note_progress(to, put.bytes, now);
        if (put.bytes < total(ready)) {
            if (to.stalled_since == 0) to.stalled_since = now.mono;
            break;
        }
    }
    if (to.outbox.bytes() < limits::pending_bytes_max / 2) to.congested = false;
}

void Connection::note_progress(Leg& to, std::size_t sent, Instant now) {
    if (sent == 0) return;
    to.stalled_since = 0;
    to.sent_any = true;
    last_activity_ = now.mono;
}

// A socket failed: the peer reset it, or the kernel gave the peer up. Passed on as a reset.
void Connection::broken(Side side) {
    if (stage_ == Stage::closing) return drop(leg(side), true);
    fail(side == Side::client ? CloseReason::client_reset : CloseReason::broker_reset);
}

void Connection::wait_readable(Side side) {
    leg(side).socket.async_wait(Socket::wait_read, [this, side](const ErrorCode& error) {
        --waits_;
        leg(side).reading = false;
        const Instant now = read_clock();
        enter(now, [&] {
            if (!error) read(side, now);
        });
    });
    ++waits_;
    leg(side).reading = true;
}

void Connection::wait_writable(Side side) {
    leg(side).socket.async_wait(Socket::wait_write, [this, side](const ErrorCode& error) {
        --waits_;
        leg(side).writing = false;
        const Instant now = read_clock();
        enter(now, [&] {
            if (error) return;
            if (leg(side).open)
                flush(side, now);
            else if (dialling_)
                on_dialled(now);
        });
    });
    ++waits_;
    leg(side).writing = true;
}

// Waits for whatever may happen next and is not yet waited for.
void Connection::arm(Instant now) {
    for (const Side side : {Side::client, Side::broker}) {
        Leg& at = leg(side);
        if (at.open && !at.writing && at.outbox.sendable() && !trail_.waiting()) {
            if (at.stalled_since == 0) at.stalled_since = now.mono;
            wait_writable(side);
        }
        if (!at.reading && may_read(side)) wait_readable(side);
    }
}

}  // namespace sluice::net
