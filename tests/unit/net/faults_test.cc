// The I/O of the relay, failed step by step; and the system calls that fail on request (faults.h).

// The hardened inline wrappers of the C library would clash with the definitions below.
#undef _FORTIFY_SOURCE

#include "unit/net/faults.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "unit/net/relayed.h"

namespace sluice::net::testing {

namespace {

struct Fault {
    std::atomic<int> countdown{0};  // 0: none
    std::atomic<int> error{0};
};
std::array<Fault, static_cast<std::size_t>(Call::count_)> faults;
const pid_t test_thread = ::gettid();

}  // namespace

// Whether this call is to fail; errno is set then.
bool fails(Call call) {
    Fault& fault = faults[static_cast<std::size_t>(call)];
    if (fault.countdown.load() == 0 || ::gettid() == test_thread) return false;
    if (fault.countdown.fetch_sub(1) != 1) return false;
    errno = fault.error;
    return true;
}

std::string_view name(Call call) {
    constexpr std::string_view names[] = {"recv",    "sendmsg",  "accept4",     "socket",
                                          "connect", "so_error", "getsockname", "epoll_add"};
    return names[static_cast<std::size_t>(call)];
}

void fail_once(Call call, int error, int nth) {
    Fault& fault = faults[static_cast<std::size_t>(call)];
    fault.error = error;
    fault.countdown = nth;
}

bool faults_done() {
    bool done = true;
    for (Fault& fault : faults) done = fault.countdown.exchange(0) == 0 && done;
    return done;
}

}  // namespace sluice::net::testing

using sluice::net::testing::Call;
using sluice::net::testing::fails;

extern "C" {

ssize_t recv(int fd, void* into, size_t bytes, int flags) {
    if (fails(Call::recv)) return -1;
    return ::syscall(SYS_recvfrom, fd, into, bytes, flags, nullptr, nullptr);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    if (fails(Call::sendmsg)) return -1;
    return ::syscall(SYS_sendmsg, fd, message, flags);
}
int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
    if (fails(Call::accept4)) return -1;
    return static_cast<int>(::syscall(SYS_accept4, fd, address, size, flags));
}
int socket(int domain, int type, int protocol) noexcept {
    if (fails(Call::socket)) return -1;
    return static_cast<int>(::syscall(SYS_socket, domain, type, protocol));
}
int connect(int fd, const sockaddr* address, socklen_t size) {
    if (fails(Call::connect)) return -1;
    return static_cast<int>(::syscall(SYS_connect, fd, address, size));
}
int getsockopt(int fd, int level, int option, void* value, socklen_t* size) noexcept {
    if (option == SO_ERROR && level == SOL_SOCKET && fails(Call::so_error)) return -1;
    return static_cast<int>(::syscall(SYS_getsockopt, fd, level, option, value, size));
}
int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
    if (fails(Call::getsockname)) return -1;
    return static_cast<int>(::syscall(SYS_getsockname, fd, address, size));
}
int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    if (operation == EPOLL_CTL_ADD && fails(Call::epoll_add)) return -1;
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}

}  // extern "C"

namespace sluice::net::testing {

using session::CloseReason;
using session::Output;
using Ending = std::pair<std::string, std::string>;

class Faults : public Relayed {
  protected:
    Faults() {
        script.on_end = [this](Stage& stage, CloseReason, Output& output) { stage.say(output); };
    }
    ~Faults() override { EXPECT_TRUE(faults_done()); }
};

TEST_F(Faults, InterruptedCallsAreRepeated) {
    auto [client, upstream] = connect_both();
    fail_once(Call::recv, EINTR);
    fail_once(Call::sendmsg, EINTR);
    client.send("request");
    EXPECT_EQ(upstream.receive(7), "request");
}

TEST_F(Faults, ADeadClientIsAReset) {
    auto [client, upstream] = connect_both();
    fail_once(Call::recv, ETIMEDOUT);
    client.send("x");
    EXPECT_EQ(upstream.receive_to_end(), Ending("", "RST"));
    ASSERT_TRUE(all_gone());
    EXPECT_EQ(closed(CloseReason::client_reset), 1U);
}

TEST_F(Faults, AFailedWriteIsAResetOfThatSide) {
    auto [client, upstream] = connect_both();
    fail_once(Call::sendmsg, EPIPE);
    client.send("x");
    EXPECT_EQ(client.receive_to_end(), Ending("", "RST"));
    ASSERT_TRUE(all_gone());
    EXPECT_EQ(closed(CloseReason::broker_reset), 1U);
}

TEST_F(Faults, WithoutASocketTheBrokerIsUnreachable) {
    pool = std::make_unique<WorkerPool>(options, ports, counters);
    for (const Call call : {Call::socket, Call::connect, Call::so_error}) {
        fail_once(call, call == Call::socket ? EMFILE : ENETUNREACH);
        Peer client = connect();
        EXPECT_EQ(client.receive_to_end(), Ending("", "RST")) << name(call);
    }
    ASSERT_TRUE(all_gone());
    EXPECT_EQ(closed(CloseReason::broker_unreachable), 3U);
    EXPECT_EQ(audit.entries(), 3U);
}

TEST_F(Faults, ASocketThatCannotBeWatchedIsClosed) {
    pool = std::make_unique<WorkerPool>(options, ports, counters);
    for (const int nth : {1, 2}) {  // the client's, the broker's
        fail_once(Call::epoll_add, ENOSPC, nth);
        Peer client = connect();
        EXPECT_NE(client.receive_to_end().second, "nothing");
    }
    ASSERT_TRUE(all_gone());
    EXPECT_EQ(closed(CloseReason::internal_error), 2U);
    EXPECT_EQ(counters.pre_auth_connections, 0U);
    EXPECT_EQ(admission.connections(), 0U);
}

// A request and its answer, each through the outbox once, then the ends; what comes is not judged.
void exchange(Peer client, Listener& broker) {
    client.send_some("request");
    if (!broker.somebody_waits(50)) return;
    Peer upstream = broker.accept();
    char some[16];
    if (::recv(upstream.fd(), some, sizeof some, 0) <= 0) return;
    upstream.send_some("answer");
    if (::recv(client.fd(), some, sizeof some, 0) <= 0) return;
    client.finish();
    (void)upstream.receive_to_end();
    upstream.close();
    (void)client.receive_to_end();
}

TEST_F(Faults, EveryFailedStepEndsTheConnectionWhole) {
    const auto gated = [](Stage& stage, Bytes window, Output& output) {
        return forward(window, output.to_client, stage.say(output));
    };
    script.on_broker = gated;
    pool = std::make_unique<WorkerPool>(options, ports, counters);
    std::uint64_t connections = 0;
    for (const Call call : {Call::recv, Call::sendmsg, Call::socket, Call::connect, Call::so_error,
                            Call::epoll_add}) {
        int nth = 0;
        do {
            fail_once(call, EIO, ++nth);
            exchange(connect(), broker);
            ++connections;
            ASSERT_TRUE(all_gone()) << name(call) << " " << nth;
            EXPECT_EQ(counters.buffered_bytes, 0U);
            EXPECT_EQ(admission.connections(), 0U);
        } while (faults_done());
        EXPECT_GT(nth, 1) << name(call);
    }
    std::uint64_t ended = 0;
    for (const auto& count : counters.closed) ended += count;
    EXPECT_EQ(ended, connections);
}

}  // namespace sluice::net::testing
