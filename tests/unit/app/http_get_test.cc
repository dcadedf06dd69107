#include "app/http_get.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "app/metrics_server.h"
#include "base/limits.h"

namespace sluice::app {
namespace {

// Answers one connection with these bytes, whatever it asks, and closes.
class OneAnswer {
  public:
    explicit OneAnswer(std::string text) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        bind(fd_, reinterpret_cast<sockaddr*>(&address), length);
        listen(fd_, 1);
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, text = std::move(text)] {
            const int peer = accept(fd_, nullptr, nullptr);
            send(peer, text.data(), text.size(), MSG_NOSIGNAL);
            shutdown(peer, SHUT_WR);
            char byte = 0;
            while (recv(peer, &byte, 1, 0) > 0) {
            }
            close(peer);
        });
    }
    ~OneAnswer() {
        thread_.join();
        close(fd_);
    }
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;
    [[nodiscard]] ListenAddress address() const { return {"127.0.0.1", port_}; }

  private:
    int fd_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TEST(HttpGet, AsksTheDaemon) {
    auto server = MetricsServer::start(
        {"127.0.0.1", 0}, {[] { return std::string("x 1\n"); }, [] { return Readiness{}; }});
    ASSERT_TRUE(server) << server.error().context;
    const ListenAddress address{"127.0.0.1", (*server)->port()};
    EXPECT_EQ(http_get(address, "/metrics")->body, "x 1\n");
    EXPECT_EQ(http_get(address, "/nothing")->status, 404u);
}

TEST(HttpGet, SpeaksIpv6) {
    auto server = MetricsServer::start({"::1", 0},
                                       {[] { return std::string(); }, [] { return Readiness{}; }});
    if (!server) GTEST_SKIP() << "no IPv6 here: " << server.error().context;
    EXPECT_EQ(http_get({"::1", (*server)->port()}, "/healthz")->body, "alive\n");
}

TEST(HttpGet, SaysThatNobodyListens) {
    ListenAddress address{"127.0.0.1", 0};
    {
        const OneAnswer gone("HTTP/1.1 200 OK\r\n\r\n");
        address = gone.address();
        EXPECT_TRUE(http_get(address, "/"));
    }
    EXPECT_EQ(http_get(address, "/").error(),
              (Error{Errc::io, "ask the daemon at " + to_text(address) + ": Connection refused"}));
}

TEST(HttpGet, RefusesWhatIsNoAnswer) {
    const OneAnswer other("SSH-2.0-x\r\n");
    EXPECT_EQ(http_get(other.address(), "/").error(),
              (Error{Errc::malformed,
                     "ask the daemon at " + to_text(other.address()) + ": not an http answer"}));
}

TEST(HttpGet, StopsReadingAnAnswerThatIsTooLong) {
    const OneAnswer endless("HTTP/1.1 200 OK\r\n\r\n" +
                            std::string(limits::http_answer_bytes_max + 100'000, 'x'));
    EXPECT_EQ(http_get(endless.address(), "/").error().code, Errc::too_large);
}

}  // namespace
}  // namespace sluice::app
