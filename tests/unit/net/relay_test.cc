#include "net/relay.h"

#include <gtest/gtest.h>

#include "unit/net/relayed.h"

namespace sluice::net::testing {

using session::CloseReason;
using Ending = std::pair<std::string, std::string>;

TEST(RelayStart, ReportsAListenerThatIsNone) {
    ScriptedAudit audit;
    const NobodysPolicy nobody;
    const NobodysTokens no_tokens;
    NobodysApprovals no_approvals;
    const Ports ports{audit, nobody, no_tokens, no_approvals};
    const auto relay = start_relay({}, ports);
    ASSERT_FALSE(relay);
    EXPECT_EQ(relay.error(), (Error{Errc::io,
                                    "start the relay: read the local address of a socket: "
                                    "Bad file descriptor"}));
}

TEST(RelayStart, ServesUntilDrained) {
    ScriptedAudit audit;
    const NobodysPolicy nobody;
    const NobodysTokens no_tokens;
    NobodysApprovals no_approvals;
    const Ports ports{audit, nobody, no_tokens, no_approvals};
    Listener door(SOCK_NONBLOCK);
    RelayOptions options;
    options.workers = 1;
    options.clusters = {{.name = "lab",
                         .networks = {{.address = kLoopback, .prefix = 8}},
                         .ports = {door.endpoint().port}}};
    const Endpoint address = door.endpoint();
    options.listener = door.release().release();
    auto relay = start_relay(std::move(options), ports);
    ASSERT_TRUE(relay);
    // Dialling the relay itself is all a test without capture can do.
    EXPECT_EQ(Peer(dial(address)).receive_to_end(), Ending("", "RST"));
    const RelayCounters& counters = (*relay)->counters();
    EXPECT_EQ(counters.accepted, 1U);
    EXPECT_EQ(counters.closed[static_cast<std::size_t>(CloseReason::self_connection)], 1U);
    (*relay)->drain();
    const UniqueFd late(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in there = loopback(address.port);
    EXPECT_NE(::connect(late.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
}

}  // namespace sluice::net::testing
