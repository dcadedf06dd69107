// scripted_session.h: stands in for the session library in the tests of net: a Session that does
// what the test says.
//
// scripted_session_test.cc defines the members of session::Session, so that the linker takes none
// from the library.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "session/session.h"

namespace sluice::net::testing {

// One session as the script sees it.
struct Stage {
    session::SessionOptions options;
    const session::Facts* facts = nullptr;
    std::uint64_t events = 0;  // said so far
    bool before_first_request = false;
    bool draining = false;
    std::size_t in_flight = 0;
    std::size_t client_wants = 0, broker_wants = 0;
    session::SessionCounters counters;

    // Says an event and returns its number.
    std::uint64_t say(session::Output& output, audit::Event event = {});
};

// What sessions made from now on do. By default they forward every byte.
struct Script {
    using OnBytes = std::function<std::size_t(Stage&, Bytes, session::Output&)>;
    OnBytes on_client;
    OnBytes on_broker;
    std::function<void(Stage&, session::Output&)> on_tick;
    std::function<void(Stage&, session::CloseReason, session::Output&)> on_end;
    std::function<void(Stage&)> on_start;

    static Script& current();
};

// Forwards the whole window as one piece.
std::size_t forward(Bytes window, std::vector<session::Piece>& pieces, std::uint64_t after = 0);

}  // namespace sluice::net::testing
