#include "net/acceptor.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "unit/net/faults.h"
#include "unit/net/relayed.h"

namespace sluice::net::testing {

using session::CloseReason;
using Ending = std::pair<std::string, std::string>;
constexpr std::uint32_t kElsewhere = 0x0a5b0202;

// An acceptor whose listener is, as if by capture, the very broker the clients dial.
class Accepting : public Relayed {
  protected:
    Accepting() {
        options.clusters = {{.name = "lab",
                             .networks = {{.address = kLoopback, .prefix = 8}},
                             .ports = {door.endpoint().port}}};
        script.on_start = [this](Stage& stage) {
            stage.before_first_request = true;
            if (stage.options.broker == door.endpoint()) started.raise();
        };
    }
    ~Accepting() override {
        acceptor.reset();
        pool.reset();
    }
    void start(Endpoint own_address = {.address = kElsewhere, .port = 1}) {
        pool = std::make_unique<WorkerPool>(options, ports, counters);
        acceptor =
            std::make_unique<Acceptor>(door.release(), own_address, options, *pool, few, counters);
    }
    Peer call() { return Peer(dial(door.endpoint())); }

    Listener door{SOCK_NONBLOCK};
    Signal started;
    Admission few{{.connections_max = 3, .connections_per_source_max = 2}};
    std::unique_ptr<Acceptor> acceptor;
};

TEST_F(Accepting, HandsOverWhoDialledABroker) {
    start();
    Peer client = call();
    ASSERT_TRUE(started.wait());
    EXPECT_EQ(counters.accepted, 1U);
    EXPECT_EQ(counters.connections, 1U);
}

TEST_F(Accepting, RefusesWhoDialledTheListenerItself) {
    start(door.endpoint());
    EXPECT_EQ(call().receive_to_end(), Ending("", "RST"));
    EXPECT_EQ(closed(CloseReason::self_connection), 1U);
}

TEST_F(Accepting, RefusesAnAddressOfNoCluster) {
    options.clusters[0].networks = {{.address = kElsewhere, .prefix = 24}};
    start();
    EXPECT_EQ(call().receive_to_end(), Ending("", "RST"));
    EXPECT_EQ(closed(CloseReason::not_a_broker), 1U);
}

TEST_F(Accepting, RefusesTheConnectionOverTheLimit) {
    start();
    Peer first = call(), second = call();
    ASSERT_TRUE(started.wait(2));
    EXPECT_EQ(call().receive_to_end(), Ending("", "RST"));
    EXPECT_EQ(closed(CloseReason::too_many_connections_per_source), 1U);
    first.close();
    ASSERT_TRUE(eventually([&] { return few.connections() == 1; }));
    Peer third = call();
    ASSERT_TRUE(started.wait(3));
}

TEST_F(Accepting, GoesOnAfterErrors) {
    start();
    for (const int error : {ECONNABORTED, EMFILE, EINVAL}) {
        fail_once(Call::accept4, error);
        const int before = started.raised();
        Peer client = call();
        ASSERT_TRUE(started.wait(before + 1)) << error;
        client.close();
        ASSERT_TRUE(all_gone());
        EXPECT_TRUE(faults_done());
    }
    fail_once(Call::getsockname, ENOTCONN);
    EXPECT_EQ(call().receive_to_end(), Ending("", "RST"));
    EXPECT_EQ(closed(CloseReason::client_reset), 1U);
    EXPECT_TRUE(faults_done());
}

TEST_F(Accepting, ThousandsOfSilentClientsOwnNothing) {
    few.~Admission();
    new (&few) Admission({.pre_auth_max = 600, .pre_auth_per_source_max = 500});
    start();
    std::vector<Peer> crowd;
    for (int i = 0; i < 500; ++i) crowd.push_back(call());
    ASSERT_TRUE(started.wait(500));
    EXPECT_EQ(call().receive_to_end(), Ending("", "RST"));
    EXPECT_EQ(closed(CloseReason::too_many_connections_per_source), 1U);
    EXPECT_TRUE(eventually([&] { return counters.pre_auth_connections == 500; }));
    EXPECT_EQ(counters.buffered_bytes, 0U);
    EXPECT_FALSE(broker.somebody_waits());
    RecordProperty("connection_bytes", static_cast<int>(sizeof(Connection)));
    EXPECT_LE(sizeof(Connection), 1024U);
}

}  // namespace sluice::net::testing
