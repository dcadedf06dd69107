// How a connection ends: whoever ends it, both sides see the end they should, and the last events
// are kept.
#include <gtest/gtest.h>

#include <thread>

#include "unit/net/relayed.h"

namespace sluice::net::testing {

using session::CloseReason;
using session::Output;
using Ending = std::pair<std::string, std::string>;

class Closing : public Relayed {
  protected:
    Closing() {
        script.on_end = [this](Stage& stage, CloseReason, Output& output) { stage.say(output); };
    }
    // Every connection is gone; each had one on_end, whose event the audit log got.
    void expect_ended(CloseReason reason, std::uint64_t connections = 1) {
        ASSERT_TRUE(all_gone());
        EXPECT_EQ(closed(reason), connections) << session::name(reason);
        std::uint64_t all = 0;
        for (const auto& count : counters.closed) all += count;
        EXPECT_EQ(all, connections);
        EXPECT_EQ(audit.entries(), connections);
        EXPECT_EQ(counters.buffered_bytes, 0U);
        EXPECT_EQ(counters.pre_auth_connections, 0U);
        EXPECT_EQ(admission.connections(), 0U);
    }
};

TEST_F(Closing, AClientsFinLeavesTheAnswersToCome) {
    auto [client, upstream] = connect_both();
    client.send("last request");
    client.finish();
    EXPECT_EQ(upstream.receive_to_end(), Ending("last request", "FIN"));
    upstream.send("last answer");
    EXPECT_EQ(client.receive(11), "last answer");
    upstream.finish();
    EXPECT_EQ(client.receive_to_end(), Ending("", "FIN"));
    expect_ended(CloseReason::client_closed);
}

TEST_F(Closing, ABrokersFinFollowsWhatWaitsForTheAudit) {
    audit.hold();
    script.on_broker = [](Stage& stage, Bytes window, Output& output) {
        return forward(window, output.to_client, stage.say(output));
    };
    script.on_end = {};
    auto [client, upstream] = connect_both();
    upstream.send("last answer");
    upstream.finish();
    ASSERT_TRUE(eventually([&] { return audit.entries() == 1; }));
    EXPECT_FALSE(client.readable());
    audit.make_durable(1);
    EXPECT_EQ(client.receive_to_end(), Ending("last answer", "FIN"));
    client.send("still up");
    EXPECT_EQ(upstream.receive(8), "still up");
    client.finish();
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "FIN"));
    expect_ended(CloseReason::broker_closed);
}

TEST_F(Closing, APausedClientsFinWaitsForItsBytes) {
    Signal paused;
    bool answered = false;
    script.on_client = [&](Stage&, Bytes window, Output& output) -> std::size_t {
        if (answered) return forward(window, output.to_broker);
        output.client_paused = true;
        return paused.raise(), 0;
    };
    script.on_broker = [&](Stage&, Bytes window, Output& output) {
        answered = true;
        return forward(window, output.to_client);
    };
    auto [client, upstream] = connect_both();
    client.send("later");
    client.finish();
    ASSERT_TRUE(paused.wait());
    upstream.send("go");
    EXPECT_EQ(upstream.receive_to_end(), Ending("later", "FIN"));
    upstream.close();
    EXPECT_EQ(client.receive_to_end(), Ending("go", "FIN"));
    expect_ended(CloseReason::client_closed);
}

TEST_F(Closing, WhatAClientWishedForGoesWithIt) {
    script.on_end = [this](Stage& stage, CloseReason, Output& output) {
        stage.say(output);
        output.left.push_back({.number = 7, .gone = true});
        output.left.push_back({.number = 8, .gone = false});
    };
    auto [client, upstream] = connect_both();
    client.send("wish");
    EXPECT_EQ(upstream.receive(4), "wish");
    client.reset();
    EXPECT_TRUE(eventually([&] { return no_approvals.wishes_gone == 1; }));
}

TEST_F(Closing, AClientsResetResetsTheBroker) {
    auto [client, upstream] = connect_both();
    client.reset();
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::client_reset);
}

TEST_F(Closing, ABrokersResetResetsTheClient) {
    auto [client, upstream] = connect_both();
    // Its connect is known to be complete: before that, a reset means a broker that is down.
    client.send("x");
    EXPECT_EQ(upstream.receive(1), "x");
    upstream.reset();
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::broker_reset);
}

TEST_F(Closing, AnUnreachableBrokerResetsTheClient) {
    broker.close();
    Peer client = connect();
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::broker_unreachable);
}

TEST_F(Closing, AClientThatNeverSpokeJustLeaves) {
    script.on_start = [](Stage& stage) { stage.before_first_request = true; };
    Peer client = connect();
    client.finish();
    EXPECT_EQ(client.receive_to_end(), Ending("", "FIN"));
    EXPECT_FALSE(broker.somebody_waits());
    expect_ended(CloseReason::client_closed);
}

TEST_F(Closing, ASessionsCloseSendsWhatItSaidFirst) {
    const std::string farewell(3'000'000, 'f');
    script.on_client = [&](Stage&, Bytes window, Output& output) {
        output.owned.emplace_back(farewell.begin(), farewell.end());
        forward(output.owned.back(), output.to_client);
        forward(window, output.to_broker);
        output.close = CloseReason::header_malformed;
        return window.size();
    };
    auto [client, upstream] = connect_both();
    client.send("garbage");
    EXPECT_EQ(upstream.receive_to_end(), Ending("garbage", "FIN"));
    // Bytes nobody will read must not turn the end into a reset.
    client.send(std::string(100'000, 'x'));
    EXPECT_TRUE(client.receive_to_end() == Ending(farewell, "FIN"));
    client.close();
    upstream.close();
    expect_ended(CloseReason::header_malformed);
}

TEST_F(Closing, ASessionsCloseWaitsForTheAudit) {
    audit.hold();
    script.on_end = {};
    script.on_client = [&](Stage& stage, Bytes window, Output& output) {
        output.to_client.push_back({window, stage.say(output)});
        output.close = CloseReason::api_unknown;
        return window.size();
    };
    auto [client, upstream] = connect_both();
    client.send("answer");
    ASSERT_TRUE(eventually([&] { return audit.entries() == 1; }));
    EXPECT_FALSE(client.readable());
    audit.make_durable(1);
    EXPECT_EQ(client.receive_to_end(), Ending("answer", "FIN"));
    client.close();
    upstream.close();
    expect_ended(CloseReason::api_unknown);
}

TEST_F(Closing, HalfAnAnswerEndsInAReset) {
    script.on_broker = [](Stage&, Bytes window, Output& output) {
        forward(window.first(4), output.to_client);
        output.close = CloseReason::response_malformed;
        return window.size();
    };
    auto [client, upstream] = connect_both();
    upstream.send("half an answer");
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "RST"));
    const auto [text, ending] = client.receive_to_end();
    EXPECT_EQ(ending, "RST");
    EXPECT_EQ(std::string("half").starts_with(text), true) << text;
    expect_ended(CloseReason::response_malformed);
}

TEST_F(Closing, GarbageAsFirstBytesIsClosedAtOnce) {
    script.on_start = [](Stage& stage) { stage.before_first_request = true; };
    script.on_client = [](Stage&, Bytes window, Output& output) {
        output.close = CloseReason::tls_not_supported;
        return window.size();
    };
    Peer client = connect();
    client.send("\x16\x03\x01");
    // No peer closes here: nothing was said that a peer must be heard to the end for.
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    EXPECT_FALSE(broker.somebody_waits());
    expect_ended(CloseReason::tls_not_supported);
}

TEST_F(Closing, GarbageBehindAFirstRequestIsClosedAtOnce) {
    script.on_start = [](Stage& stage) { stage.before_first_request = true; };
    script.on_client = [](Stage& stage, Bytes window, Output& output) {
        stage.before_first_request = false;
        output.close = CloseReason::api_unknown;
        return forward(window.first(4), output.to_broker);
    };
    Peer client = connect();
    client.send("goodbad");
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    EXPECT_FALSE(broker.somebody_waits());
    expect_ended(CloseReason::api_unknown);
}

TEST_F(Closing, ASilentClientIsClosedAtTheFirstFrameDeadline) {
    options.deadlines.first_frame = std::chrono::milliseconds(1);
    script.on_start = [](Stage& stage) { stage.before_first_request = true; };
    Peer client = connect();
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::first_frame_deadline);
}

TEST_F(Closing, AnIdleConnectionIsClosedInOrder) {
    options.deadlines.idle = std::chrono::milliseconds(1);
    auto [client, upstream] = connect_both();
    EXPECT_EQ(client.receive_to_end(), Ending("", "FIN"));
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "FIN"));
    client.close();
    upstream.close();
    expect_ended(CloseReason::idle);
}

TEST_F(Closing, ALongPollIsNotIdleness) {
    options.deadlines.idle = std::chrono::milliseconds(1);
    Signal ticks;
    script.on_start = [](Stage& stage) { stage.in_flight = 1; };
    script.on_tick = [&](Stage&, Output&) { ticks.raise(); };
    auto [client, upstream] = connect_both();
    EXPECT_TRUE(ticks.wait(4));
    EXPECT_FALSE(client.readable());
    pool.reset();  // before the signal goes
}

TEST_F(Closing, AHalfClosedConnectionIsResetAtItsDeadline) {
    options.deadlines.half_close = std::chrono::milliseconds(1);
    auto [client, upstream] = connect_both();
    client.finish();
    // Depending on who is faster, the broker sees the FIN before the reset or only the reset.
    EXPECT_NE(upstream.receive_to_end().second, "nothing");
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::half_close_timeout);
}

TEST_F(Closing, AnEndWaitsForTheAuditOnlySoLong) {
    options.deadlines.half_close = std::chrono::milliseconds(1);
    audit.hold();
    script.on_end = {};
    script.on_broker = [](Stage& stage, Bytes window, Output& output) {
        return forward(window, output.to_client, stage.say(output));
    };
    auto [client, upstream] = connect_both();
    upstream.send("never durable");
    upstream.finish();
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::half_close_timeout);
}

TEST_F(Closing, NothingFollowsAFin) {
    Signal ticks;
    script.on_tick = [&](Stage&, Output& output) {
        forward(as_bytes("late"), output.to_broker);
        ticks.raise();
    };
    script.on_client = [&](Stage&, Bytes window, Output&) { return window.size(); };
    options.deadlines.tick = std::chrono::milliseconds(400);
    auto [client, upstream] = connect_both();
    client.finish();
    EXPECT_EQ(upstream.receive_to_end().second, "FIN");
    EXPECT_TRUE(ticks.wait(ticks.raised() + 1));
    upstream.send("answer");
    EXPECT_EQ(client.receive(6), "answer");
    pool.reset();  // before the signal goes
}

TEST_F(Closing, APeerThatTakesNothingIsGivenUp) {
    options.deadlines.write_stall = std::chrono::milliseconds(500);
    auto [client, upstream] = connect_both();
    const std::string block(1 << 20, 'x');
    while (counters.connections != 0) upstream.send_some(block);
    expect_ended(CloseReason::write_stalled);
}

TEST_F(Closing, LastEventsAreKeptUntilTheFullQueueTakesThem) {
    audit.fill();
    Signal offered;
    audit.on_offer = [&] { offered.raise(); };
    auto [client, upstream] = connect_both();
    client.reset();
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "RST"));
    ASSERT_TRUE(offered.wait());
    EXPECT_EQ(counters.connections, 1U);
    audit.make_room();
    expect_ended(CloseReason::client_reset);
}

TEST_F(Closing, DrainFinishesWhatIsInFlight) {
    Signal asked;
    script.on_client = [&](Stage& stage, Bytes window, Output& output) {
        ++stage.in_flight;
        asked.raise();
        return forward(window, output.to_broker);
    };
    script.on_broker = [&](Stage& stage, Bytes window, Output& output) {
        --stage.in_flight;
        return forward(window, output.to_client);
    };
    auto [client, upstream] = connect_both();
    auto [idle, idle_upstream] = connect_both();
    client.send("q");
    ASSERT_TRUE(asked.wait());
    std::thread drain([&] { pool->drain(std::chrono::minutes(1)); });
    EXPECT_EQ(idle.receive_to_end(), Ending("", "FIN"));
    idle.close();
    idle_upstream.close();
    EXPECT_EQ(upstream.receive(1), "q");
    upstream.send("a");
    EXPECT_EQ(client.receive_to_end(), Ending("a", "FIN"));
    client.close();
    upstream.close();
    drain.join();
    // One that comes too late is closed too.
    Peer late = connect();
    EXPECT_EQ(late.receive_to_end(), Ending("", "FIN"));
    expect_ended(CloseReason::drained, 3);
}

TEST_F(Closing, DrainEndsAtItsDeadline) {
    script.on_start = [](Stage& stage) { stage.in_flight = 1; };
    auto [client, upstream] = connect_both();
    pool->drain(std::chrono::milliseconds(1));
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "RST"));
    expect_ended(CloseReason::drain_deadline);
}

TEST_F(Closing, StoppingEndsEverythingAtOnce) {
    auto [client, upstream] = connect_both();
    pool.reset();
    EXPECT_EQ(client.receive_to_end(), Ending("", "FIN"));
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "FIN"));
    expect_ended(CloseReason::gateway_stopping);
}

}  // namespace sluice::net::testing
