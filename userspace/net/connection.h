// connection.h: one client, one broker, one session between them.
//
// Moves bytes between two sockets and the session, and does what the session says: record these
// events, send these pieces, close. Knows no Kafka. All of it runs on its worker's thread, as
// handlers that end in settle(): each handler notes what happened, settle() decides what follows
// from it (connect, resume, half-close, close, wait). Closing is cancelling: closing a socket ends
// its waits, and the worker destroys the connection when no wait is outstanding and the audit queue
// has taken its last event.
//
// INVARIANT: an idle connection owns no buffer. INVARIANT: no piece leaves before the events said
// before it are submitted, nor before its gate is durable.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>

#include "net/admission.h"
#include "net/outbox.h"
#include "net/relay.h"
#include "net/socket.h"
#include "net/trail.h"
#include "net/window.h"
#include "session/session.h"

namespace sluice::net {

class Worker;

// A client's connection, accepted and admitted, on its way to a worker.
struct Arrival {
    UniqueFd socket;  // non-blocking
    Endpoint client;
    Endpoint broker;         // what the client dialled
    const Cluster* cluster;  // outlives the relay's workers
    std::uint64_t session = 0;
    Admission::Permit permit;
};

class Connection {
  public:
    Connection(Worker& worker, Arrival arrival, Instant now);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // Each of these may end with the worker destroying this connection.
    void start(Instant now);
    void on_tick(Instant now);
    // More events are durable, or the audit queue has room again.
    void on_audit_progress(Instant now);
    void on_approval(std::uint64_t number, const approval::Answer& answer, Instant now);
    void drain(Instant now);
    // Now, whatever is pending.
    void stop(session::CloseReason reason, Instant now);

    [[nodiscard]] std::uint64_t session_id() const { return session_id_; }

    // The worker's bookkeeping: where it keeps this connection.
    struct Seat {
        std::uint32_t spoke = 0;
        std::uint32_t position = 0;
        bool waits_for_audit = false;
    };
    Seat seat;

  private:
    enum class Side : std::uint8_t { client, broker };
    enum class Stage : std::uint8_t {
        relaying,  // the session runs
        closing,   // it has ended; what it said is still being sent, then the sockets end in order
        closed,    // no sockets
    };
    // One of the two sockets, and what arrived from and goes to it.
    struct Leg {
        explicit Leg(asio::io_context& context) : socket(context.get_executor()) {}
        Socket socket;
        Window window;                   // received, not released by the session
        Outbox outbox;                   // to be sent
        std::int64_t stalled_since = 0;  // monotonic; 0: the peer takes what we send
        bool open = false;               // connected
        bool reading = false;            // a wait for readability is outstanding
        bool writing = false;            // a wait for writability is outstanding
        bool congested = false;          // too much in the outbox
        bool ended = false;              // the peer's FIN arrived
        bool shut = false;               // our FIN is sent
        bool sent_any = false;
    };
    using Gate = std::uint64_t;

    // -- connection.cc: the handlers, and the session
    // Runs what a handler is for, then settles. An exception ends this connection and no other.
    template <class Step>
    void enter(Instant now, Step step) {
        try {
            step();
            settle(now);
        } catch (const std::exception& exception) {
            give_up(exception, now);
        }
        if (gone()) leave();
    }
    void settle(Instant now);
    void advance(Instant now);
    void read(Side side, Instant now);
    void discard(Side side);
    std::size_t offer(Side side, Bytes window, Instant now);
    void resume_client(Instant now);
    void apply(session::Output& output, Instant now);
    [[nodiscard]] bool may_read(Side side) const;
    // A client whose request waits for a human is not read from: whether it is still there.
    [[nodiscard]] bool client_left();
    [[nodiscard]] bool over() const {
        return stage_ != Stage::relaying || failure_ || close_wanted_;
    }
    void fail(session::CloseReason reason);

    // -- connection_io.cc: sockets
    void watch(Leg& at, UniqueFd socket);
    void dial(Instant now);
    void on_dialled(Instant now);
    void send(Side side, std::span<const session::Piece> pieces, Instant now);
    void flush(Side side, Instant now);
    Gate closed_gate(const session::Piece& piece);
    void note_progress(Leg& leg, std::size_t sent, Instant now);
    void broken(Side side);
    void wait_readable(Side side);
    void wait_writable(Side side);
    void arm(Instant now);

    // -- connection_close.cc: ends
    void check_deadlines(Instant now);
    void pass_on_end(Side side, Instant now);
    void begin_close(session::CloseReason reason, Instant now);
    void continue_close(Instant now);
    void abort(session::CloseReason reason, Instant now);
    [[nodiscard]] bool hoards() const;
    [[nodiscard]] bool unheard(const Leg& at) const;
    void end_session(session::CloseReason reason, Instant now);
    void drop(Leg& leg, bool reset);
    void close_sockets(bool reset);
    void give_up(const std::exception& exception, Instant now) noexcept;
    [[nodiscard]] bool gone() const;
    // The worker destroys this connection.
    void leave();

    Leg& leg(Side side) { return side == Side::client ? client_ : broker_; }
    [[nodiscard]] const Leg& leg(Side side) const {
        return side == Side::client ? client_ : broker_;
    }
    void account();

    Worker& worker_;
    const Endpoint broker_address_;
    const std::uint64_t session_id_;
    Admission::Permit permit_;
    Leg client_;
    Leg broker_;
    session::Session session_;
    Trail trail_;
    session::SessionCounters counted_;
    std::int64_t deadline_ = 0;  // monotonic; of the present stage; 0: none
    std::int64_t last_activity_ = 0;
    std::size_t owned_bytes_ = 0;  // as last told to the tally
    std::int32_t last_correlation_ = 0;
    std::int16_t last_api_ = -1;
    std::uint8_t waits_ = 0;  // handlers the context will still call
    Stage stage_ = Stage::relaying;
    bool pre_auth_ = true;
    bool dialling_ = false;
    bool client_paused_ = false;  // the session wants no client bytes until something else happened
    bool draining_ = false;
    bool reset_at_end_ = false;
    bool lingering_ = false;  // all is sent and shut; waiting for the peers' ends
    std::optional<session::CloseReason> end_reason_;    // who ended first
    std::optional<session::CloseReason> failure_;       // end now
    std::optional<session::CloseReason> close_wanted_;  // end when what was said is sent
};

}  // namespace sluice::net
