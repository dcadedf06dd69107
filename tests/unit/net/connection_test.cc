// Bytes, events and gates through one connection; how it ends is in connection_close_test.cc.
#include "net/connection.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "unit/net/relayed.h"

namespace sluice::net::testing {

using session::CloseReason;
using session::Output;

std::string noise(std::size_t bytes, unsigned seed) {
    std::mt19937 random(seed);
    std::string text(bytes, '\0');
    for (char& at : text) at = static_cast<char>(random());
    return text;
}

TEST_F(Relayed, ForwardsBothWays) {
    auto [client, upstream] = connect_both();
    client.send("request");
    EXPECT_EQ(upstream.receive(7), "request");
    upstream.send("answer");
    EXPECT_EQ(client.receive(6), "answer");
}

TEST_F(Relayed, TellsTheSessionWhoCallsAndWhatWasDialled) {
    session::SessionOptions seen;
    script.on_start = [&](Stage& stage) { seen = stage.options; };
    options.durability = session::Durability::strict;
    auto [client, upstream] = connect_both();
    pool.reset();  // its thread wrote what is read here
    EXPECT_EQ(seen.id, 1U);
    EXPECT_EQ(seen.cluster, "lab");
    EXPECT_EQ(seen.evidence.source, kLoopback);
    EXPECT_EQ(seen.client, *local_endpoint(client.fd()));
    EXPECT_EQ(seen.broker, broker.endpoint());
    EXPECT_EQ(seen.durability, session::Durability::strict);
}

TEST_F(Relayed, OpensNoUpstreamBeforeTheFirstRequest) {
    Signal read_once;
    script.on_start = [](Stage& stage) { stage.before_first_request = true; };
    script.on_client = [&](Stage& stage, Bytes window, Output& output) -> std::size_t {
        if (window.size() < 8) return read_once.raise(), 0;
        stage.before_first_request = false;
        return forward(window, output.to_broker);
    };
    Peer client = connect();
    client.send("1234");
    ASSERT_TRUE(read_once.wait());
    EXPECT_FALSE(broker.somebody_waits());
    EXPECT_EQ(counters.pre_auth_connections, 1U);
    EXPECT_EQ(admission.pre_auth_connections(), 1U);
    client.send("5678");
    Peer upstream = broker.accept();
    EXPECT_EQ(upstream.receive(8), "12345678");
    EXPECT_EQ(counters.pre_auth_connections, 0U);
    EXPECT_EQ(admission.pre_auth_connections(), 0U);
}

// Releases random parts of the window in random pieces, sometimes waiting for more.
Script::OnBytes chopping(std::vector<session::Piece> Output::*pieces, unsigned seed) {
    auto random = std::make_shared<std::mt19937>(seed);
    return [=](Stage& stage, Bytes window, Output& output) -> std::size_t {
        auto& wants = pieces == &Output::to_broker ? stage.client_wants : stage.broker_wants;
        const bool wait = (*random)() % 3 == 0 && window.size() < 700'000;
        wants = wait ? window.size() + (*random)() % 300'000 : 0;
        if (wait && (*random)() % 2 == 0) return 0;
        // All but a little, so that an end without more bytes leaves nothing.
        std::size_t released = 0;
        const std::size_t keep = wait ? (*random)() % window.size() : 0;
        while (released < window.size() - keep) {
            const std::size_t most = window.size() - keep - released;
            const std::size_t size = 1 + (*random)() % std::min<std::size_t>(most, 40'000);
            Bytes piece = window.subspan(released, size);
            if ((*random)() % 4 == 0) {
                output.owned.emplace_back(piece.begin(), piece.end());
                piece = output.owned.back();
            }
            const bool gated = (*random)() % 3 == 0;
            (output.*pieces).push_back({piece, gated ? stage.say(output) : 0});
            released += size;
        }
        return released;
    };
}

class RelayedAtRandom : public Relayed, public ::testing::WithParamInterface<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RelayedAtRandom, ::testing::Range(1U, 5U));

TEST_P(RelayedAtRandom, KeepsEveryByteWhateverTheSessionReleases) {
    const std::string up = noise(4'000'000, GetParam());
    const std::string down = noise(4'000'000, GetParam() + 100);
    // A session may want more than what comes; these bytes are for that, and nobody reads them.
    const std::string more(1'100'000, 'x');
    audit.hold();
    script.on_client = chopping(&Output::to_broker, GetParam());
    script.on_broker = chopping(&Output::to_client, GetParam() + 50);
    auto [client_end, broker_end] = connect_both();
    Peer &client = client_end, &upstream = broker_end;
    std::atomic<bool> done{false};
    std::thread committer([&] {
        while (!done) {
            audit.make_durable(audit.entries());
            std::this_thread::yield();
        }
    });
    std::thread client_sender([&] { client.send(up + more); });
    std::thread broker_sender([&] { upstream.send(down + more); });
    std::string at_broker;
    std::thread broker_reader([&] { at_broker = upstream.receive(up.size()); });
    EXPECT_TRUE(client.receive(down.size()) == down);
    broker_reader.join();
    EXPECT_TRUE(at_broker == up);
    client_sender.join();
    broker_sender.join();
    done = true;
    committer.join();
}

TEST_F(Relayed, SendsNothingBeforeItsEventIsDurable) {
    audit.hold();
    script.on_broker = [](Stage& stage, Bytes window, Output& output) {
        const std::uint64_t outcome = stage.say(output);
        output.to_client.push_back({window.first(2), 0});
        output.to_client.push_back({window.subspan(2), outcome});
        return window.size();
    };
    auto [client, upstream] = connect_both();
    upstream.send("hotail");
    EXPECT_EQ(client.receive(2), "ho");
    upstream.send("second");
    ASSERT_TRUE(eventually([&] { return audit.entries() == 2; }));
    EXPECT_FALSE(client.readable());
    audit.make_durable(1);
    // The second answer's ungated head follows the first answer's tail, its tail does not.
    EXPECT_EQ(client.receive(6), "tailse");
    EXPECT_FALSE(client.readable());
    audit.make_durable(2);
    EXPECT_EQ(client.receive(4), "cond");
}

TEST_F(Relayed, OpensGatesOneByOneInOrder) {
    constexpr int kBlocks = 200;
    audit.hold();
    script.on_broker = [](Stage& stage, Bytes window, Output& output) {
        for (const Byte& byte : window)
            output.to_client.push_back({Bytes(&byte, 1), stage.say(output)});
        return window.size();
    };
    auto [client, upstream] = connect_both();
    std::string blocks;
    for (int i = 0; i < kBlocks; ++i) {
        blocks.push_back(static_cast<char>('a' + i % 26));
        upstream.send(blocks.substr(static_cast<std::size_t>(i)));
        ASSERT_TRUE(eventually([&] { return audit.entries() > static_cast<std::size_t>(i); }));
    }
    EXPECT_FALSE(client.readable());
    // Some gates may share a later commit; none opens early, and each opens by its own last.
    std::string received;
    for (int durable = 1; durable <= kBlocks; ++durable) {
        audit.make_durable(static_cast<std::uint64_t>(durable));
        while (durable == kBlocks ? received.size() < blocks.size() : client.readable())
            received += client.receive(1);
        ASSERT_LE(received.size(), static_cast<std::size_t>(durable));
    }
    EXPECT_EQ(received, blocks);
}

TEST_F(Relayed, CountsHowLongItHeldBytes) {
    audit.hold();
    script.on_broker = [](Stage& stage, Bytes window, Output& output) {
        return forward(window, output.to_client, stage.say(output));
    };
    auto [client, upstream] = connect_both();
    upstream.send("held");
    ASSERT_TRUE(eventually([&] { return counters.audit_waits == 1; }));
    audit.make_durable(1);
    EXPECT_EQ(client.receive(4), "held");
    // A worker publishes its numbers one after the other.
    EXPECT_TRUE(eventually([&] {
        std::uint64_t in_buckets = 0;
        for (const auto& bucket : counters.held_buckets) in_buckets += bucket;
        return counters.held_count == 1 && counters.held_ns > 0 && in_buckets == 1;
    }));
}

TEST_F(Relayed, HurriesTheLogOnlyForWhatSomebodyWaitsFor) {
    audit.hold();
    script.on_client = [](Stage& stage, Bytes window, Output& output) {
        stage.say(output);
        return forward(window, output.to_broker);
    };
    script.on_broker = [](Stage& stage, Bytes window, Output& output) {
        return forward(window, output.to_client, stage.say(output));
    };
    auto [client, upstream] = connect_both();
    client.send("request");
    EXPECT_EQ(upstream.receive(7), "request");
    EXPECT_EQ(audit.hurries(), 0U);
    upstream.send("answer");
    EXPECT_TRUE(eventually([&] { return audit.hurries() == 1; }));
}

TEST_F(Relayed, LetsNothingOvertakeEventsTheFullQueueRefused) {
    audit.fill();
    Signal offered;
    audit.on_offer = [&] { offered.raise(); };
    std::atomic<int> calls{0};
    script.on_client = [&](Stage& stage, Bytes window, Output& output) {
        ++calls;
        stage.say(output);
        return forward(window, output.to_broker);
    };
    auto [client, upstream] = connect_both();
    client.send("first");
    ASSERT_TRUE(offered.wait());
    client.send("second");
    ASSERT_TRUE(eventually([&] { return counters.audit_full_waits == 1; }));
    EXPECT_FALSE(upstream.readable());
    EXPECT_EQ(calls, 1) << "a full queue stops reading";
    audit.make_room();
    EXPECT_EQ(upstream.receive(11), "firstsecond");
    EXPECT_EQ(audit.entries(), 2U);
}

TEST_F(Relayed, StopsReadingFromABrokerWhoseClientDoesNotRead) {
    auto [client, upstream] = connect_both();
    const std::string block = noise(1 << 20, 7);
    // Socket buffers of loopback take a few MiB each; what comes on top would be ours.
    std::size_t taken = 0;
    int stuck = 0;
    while (stuck < 1000) {
        const std::size_t sent = upstream.send_some(block);
        taken += sent;
        stuck = sent == 0 ? stuck + 1 : 0;
        if (sent == 0) std::this_thread::yield();
        ASSERT_LT(taken, 256u << 20);
    }
    ASSERT_TRUE(eventually([&] { return counters.buffered_bytes > 0; }));
    EXPECT_LE(counters.buffered_bytes, limits::pending_bytes_max + 4 * limits::scratch_bytes);
    std::thread rest([&, &upstream = upstream] { upstream.finish(); });
    std::size_t received = 0;
    for (;;) {
        static char some[1 << 20];
        const ssize_t got = ::recv(client.fd(), some, sizeof some, 0);
        if (got <= 0) break;
        received += static_cast<std::size_t>(got);
    }
    rest.join();
    EXPECT_EQ(received, taken);
    client.finish();
    ASSERT_TRUE(all_gone());
    EXPECT_EQ(counters.buffered_bytes, 0U);
    EXPECT_EQ(counters.broker_bytes, taken);
}

TEST_F(Relayed, AnIdleConnectionOwnsNoBuffer) {
    script.on_client = [](Stage& stage, Bytes window, Output& output) -> std::size_t {
        stage.client_wants = window.size() < 600'000 ? 600'000 : 0;
        return stage.client_wants != 0 ? 0 : forward(window, output.to_broker);
    };
    auto [client, upstream] = connect_both();
    client.send(std::string(300'000, 'x'));
    ASSERT_TRUE(eventually([&] { return counters.buffered_bytes >= 600'000; }));
    client.send(std::string(300'000, 'x'));
    EXPECT_EQ(upstream.receive(600'000), std::string(600'000, 'x'));
    EXPECT_TRUE(eventually([&] { return counters.buffered_bytes == 0; }));
}

TEST_F(Relayed, DoesNotAskTheSessionBeforeItHasWhatItWants) {
    std::vector<std::size_t> sizes;
    script.on_client = [&](Stage& stage, Bytes window, Output& output) -> std::size_t {
        sizes.push_back(window.size());
        stage.client_wants = window.size() < 1'000'000 ? 1'000'000 : 0;
        return stage.client_wants != 0 ? 0 : forward(window, output.to_broker);
    };
    auto [client, upstream] = connect_both();
    client.send(std::string(1'000'000, 'x'));
    EXPECT_EQ(upstream.receive(1'000'000).size(), 1'000'000U);
    pool.reset();  // its thread wrote what is read here
    ASSERT_EQ(sizes.size(), 2U);
    EXPECT_LE(sizes[0], limits::scratch_bytes);
    EXPECT_EQ(sizes[1], 1'000'000U);
}

TEST_F(Relayed, WhereAllHoldTooMuchThoseWhoHoldMuchAreClosed) {
    counters.buffered_bytes = limits::buffered_bytes_max + 1;
    script.on_client = [&](Stage& stage, Bytes window, Output& output) -> std::size_t {
        const bool large = window[0] == 'x';
        stage.client_wants = large ? 4 * limits::held_request_bytes_max : 0;
        return large ? 0 : forward(window, output.to_broker);
    };
    auto [client, upstream] = connect_both();
    auto [modest, its_broker] = connect_both();
    client.send(std::string(limits::held_request_bytes_max + 50'000, 'x'));
    EXPECT_NE(client.receive_to_end().second, "nothing");
    modest.send("small");
    EXPECT_EQ(its_broker.receive(5), "small");
    pool.reset();
    const auto full = static_cast<std::size_t>(session::CloseReason::buffers_full);
    EXPECT_EQ(counters.closed[full], 1U);
}

TEST_F(Relayed, OffersAPausedClientsBytesAgainAfterTheBrokerSpoke) {
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
    options.deadlines.tick = std::chrono::hours(1);
    auto [client, upstream] = connect_both();
    client.send("later");
    ASSERT_TRUE(paused.wait());
    EXPECT_FALSE(upstream.readable());
    upstream.send("go");
    EXPECT_EQ(upstream.receive(5), "later");
}

TEST_F(Relayed, OffersAPausedClientsBytesAgainAfterATick) {
    bool ticked = false;
    script.on_client = [&](Stage&, Bytes window, Output& output) -> std::size_t {
        if (ticked) return forward(window, output.to_broker);
        output.client_paused = true;
        return 0;
    };
    script.on_tick = [&](Stage&, Output&) { ticked = true; };
    auto [client, upstream] = connect_both();
    client.send("later");
    EXPECT_EQ(upstream.receive(5), "later");
    pool.reset();  // before what the ticks write to
}

audit::Event event_of(audit::EventType type, std::int16_t api_key, std::int32_t correlation_id) {
    audit::Event event;
    event.type = type;
    event.api_key = api_key;
    event.correlation_id = correlation_id;
    return event;
}

TEST_F(Relayed, CountsRequestsOncePerCorrelation) {
    script.on_client = [](Stage& stage, Bytes window, Output& output) {
        using audit::EventType;
        for (int partition = 0; partition < 3; ++partition)
            stage.say(output, event_of(EventType::produce, 0, 7));
        stage.say(output, event_of(EventType::request, 3, 8));
        stage.say(output, event_of(EventType::write_lease, 0, 8));
        stage.say(output, event_of(EventType::request, 999, 9));
        stage.counters.answered_here += 5;
        return forward(window, output.to_broker);
    };
    auto [client, upstream] = connect_both();
    client.send("x");
    EXPECT_EQ(upstream.receive(1), "x");
    client.close();
    upstream.close();
    ASSERT_TRUE(all_gone());
    EXPECT_EQ(counters.requests_by_api[0], 1U);
    EXPECT_EQ(counters.requests_by_api[3], 1U);
    EXPECT_EQ(counters.requests_by_api[127], 1U);
    EXPECT_EQ(counters.answered_here, 5U);
    EXPECT_EQ(counters.events, 6U);
    EXPECT_EQ(counters.client_bytes, 1U);
}

TEST_F(Relayed, TellsOtherWorkersTheTopicsItLearned) {
    const TopicId id{.bytes = {1, 2, 3}};
    options.workers = 2;
    script.on_broker = [&](Stage&, Bytes window, Output& output) {
        output.learned.emplace_back(id, "orders");
        return forward(window, output.to_client);
    };
    script.on_client = [&](Stage& stage, Bytes window, Output& output) {
        const std::string_view name = stage.facts->topic_name(id);
        output.owned.emplace_back(name.begin(), name.end());
        output.owned.back().push_back('.');
        forward(output.owned.back(), output.to_broker);
        return window.size();
    };
    auto [first, first_upstream] = connect_both();
    auto [second, second_upstream] = connect_both();
    second.send("?");
    EXPECT_EQ(second_upstream.receive(1), ".");
    first_upstream.send("metadata");
    EXPECT_EQ(first.receive(8), "metadata");
    std::string answer;
    EXPECT_TRUE(eventually([&, &second = second, &second_upstream = second_upstream] {
        second.send("?");
        const std::string some = second_upstream.receive(1);
        return some != "." && (answer = some + second_upstream.receive(6)) == "orders.";
    })) << answer;
}

TEST_F(Relayed, AnExceptionEndsOneConnectionAndNoOther) {
    script.on_client = [](Stage&, Bytes window, Output& output) -> std::size_t {
        if (as_text(window) == "poison") throw std::bad_alloc();
        return forward(window, output.to_broker);
    };
    auto [good, good_upstream] = connect_both();
    auto [bad, bad_upstream] = connect_both();
    bad.send("poison");
    EXPECT_EQ(bad.receive_to_end(), std::make_pair(std::string(), std::string("RST")));
    EXPECT_EQ(bad_upstream.receive_to_end(), std::make_pair(std::string(), std::string("RST")));
    good.send("fine");
    EXPECT_EQ(good_upstream.receive(4), "fine");
    EXPECT_EQ(closed(CloseReason::internal_error), 1U);
}

}  // namespace sluice::net::testing
