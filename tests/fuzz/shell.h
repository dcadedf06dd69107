// shell.h: a session as net runs it, without sockets: everything is sent at once, and every event
// is durable at once. For targets that play a conversation twice, cut differently.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "fuzz/fuzz.h"
#include "session/session.h"

namespace sluice::fuzz {

class Shell {
  public:
    // `chunk`: bytes a call; 0: as many as come.
    Shell(session::SessionOptions options, const session::Facts& facts, std::size_t chunk)
        : chunk_(chunk), session_(std::move(options), facts) {}

    void from_client(Bytes bytes) {
        arrive(bytes, client_, [this] {
            if (!paused_) run_client();
        });
    }
    void from_broker(Bytes bytes) {
        arrive(bytes, broker_, [this] {
            run(broker_, &session::Session::on_broker);
            if (!closed()) run_client();
        });
    }
    void tick() {
        now_.mono += 1'000'000'000;
        now_.wall += 1'000'000'000;
        session_.on_tick(now_, out_);
        take(out_);
        if (!closed()) run_client();
    }
    void drain() { session_.drain(); }
    void end() {
        session_.on_end(reason.value_or(session::CloseReason::client_closed), now_, out_);
        take(out_);
    }
    [[nodiscard]] bool closed() const { return reason.has_value(); }
    [[nodiscard]] const session::SessionCounters& counters() const { return session_.counters(); }

    static constexpr std::int64_t kStart = 1'700'000'000;  // of the wall clock, in seconds
    Buffer to_client, to_broker;
    std::vector<audit::Event> events;
    std::optional<session::CloseReason> reason;

  private:
    template <class Call>
    void arrive(Bytes bytes, Buffer& window, Call&& call) {
        const std::size_t step = chunk_ == 0 ? std::max<std::size_t>(bytes.size(), 1) : chunk_;
        for (std::size_t at = 0; at < bytes.size() && !closed(); at += step) {
            append(window, bytes.subspan(at, std::min(step, bytes.size() - at)));
            call();
        }
    }
    void run_client() { run(client_, &session::Session::on_client); }
    using OnBytes = std::size_t (session::Session::*)(Bytes, Instant, session::Output&);
    void run(Buffer& window, OnBytes on_bytes) {
        Buffer exact_window = exact(window);
        const std::size_t released = (session_.*on_bytes)(exact_window, now_, out_);
        SLUICE_CHECK(released <= window.size());
        take(out_);
        window.erase(window.begin(), window.begin() + std::ptrdiff_t(released));
    }
    void take(session::Output& out) {
        events.insert(events.end(), out.events.begin(), out.events.end());
        for (const session::Piece& piece : out.to_client) append_piece(piece, to_client);
        for (const session::Piece& piece : out.to_broker) append_piece(piece, to_broker);
        if (out.close) reason = out.close;
        paused_ = out.client_paused;
        out.clear();
    }
    void append_piece(const session::Piece& piece, Buffer& to) {
        SLUICE_CHECK(piece.after <= events.size());
        append(to, piece.bytes);
    }

    std::size_t chunk_;
    session::Session session_;
    session::Output out_;
    Instant now_{1'000'000'000, kStart * 1'000'000'000};
    Buffer client_, broker_;
    bool paused_ = false;
};

inline bool begins_with(const Buffer& bytes, const Buffer& start) {
    return start.size() <= bytes.size() && std::equal(start.begin(), start.end(), bytes.begin());
}

// Both played the same conversation to its end.
inline void check_alike(const Shell& whole, const Shell& pieces) {
    SLUICE_CHECK(whole.reason == pieces.reason);
    SLUICE_CHECK(whole.events == pieces.events);
    // What comes in pieces goes on in pieces: more of a frame may have left when its error shows.
    SLUICE_CHECK(begins_with(pieces.to_broker, whole.to_broker));
    SLUICE_CHECK(begins_with(pieces.to_client, whole.to_client));
    SLUICE_CHECK(whole.closed() || pieces.to_broker.size() == whole.to_broker.size());
    SLUICE_CHECK(whole.closed() || pieces.to_client.size() == whole.to_client.size());
}

}  // namespace sluice::fuzz
