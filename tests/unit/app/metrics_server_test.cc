#include "app/metrics_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/limits.h"

namespace sluice::app {
namespace {

MetricsHandlers handlers(Readiness readiness = {}) {
    return {[] { return std::string("sluice_ready 1\n"); }, [readiness] { return readiness; }};
}
HttpAnswer asked(const char* method, const char* path, Readiness readiness = {}) {
    return answer({method, path}, handlers(std::move(readiness)));
}
HttpAnswer text(unsigned status, const char* body) {
    return {status, "text/plain; charset=utf-8", body};
}

TEST(MetricsAnswer, IsTheNumbersInPrometheusFormat) {
    EXPECT_EQ(asked("GET", "/metrics"),
              (HttpAnswer{200, "text/plain; version=0.0.4; charset=utf-8", "sluice_ready 1\n"}));
}

TEST(MetricsAnswer, SaysAliveWhateverElseIsWrong) {
    EXPECT_EQ(asked("GET", "/healthz", {{"audit: broken"}, {}}), text(200, "alive\n"));
}

TEST(MetricsAnswer, SaysReadyOrEveryReasonWhyNot) {
    EXPECT_EQ(asked("GET", "/readyz"), text(200, "ready\n"));
    EXPECT_EQ(asked("GET", "/readyz", {{}, {"policy: old"}}),
              text(200, "ready\nnote: policy: old\n"));
    EXPECT_EQ(asked("GET", "/readyz", {{"a: b", "c: d"}, {"e"}}),
              text(503, "a: b\nc: d\nnote: e\n"));
}

TEST(MetricsAnswer, RefusesOtherPathsAndMethods) {
    EXPECT_EQ(asked("GET", "/"), text(404, "only /metrics, /healthz and /readyz\n"));
    EXPECT_EQ(asked("GET", "/metrics/"), text(404, "only /metrics, /healthz and /readyz\n"));
    EXPECT_EQ(asked("POST", "/metrics"), text(405, "only GET and HEAD\n"));
}

class Socket {
  public:
    explicit Socket(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Socket() { close(fd_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    void send(const std::string& bytes) { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    // Until the server closes.
    std::string read_all() {
        std::string all;
        std::array<char, 4096> chunk;
        for (ssize_t got = 0; (got = recv(fd_, chunk.data(), chunk.size(), 0)) > 0;)
            all.append(chunk.data(), static_cast<std::size_t>(got));
        return all;
    }

  private:
    int fd_;
    bool connected_ = false;
};

std::unique_ptr<MetricsServer> started() {
    auto server = MetricsServer::start({"127.0.0.1", 0}, handlers());
    return server ? *std::move(server) : nullptr;
}
std::string ask(const MetricsServer& server, const std::string& request) {
    Socket socket(server.port());
    socket.send(request);
    return socket.read_all();
}

TEST(MetricsServer, AnswersAndCloses) {
    const auto server = started();
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(*parse_http_answer(ask(*server, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")),
              text(200, "ready\n"));
    EXPECT_EQ(parse_http_answer(ask(*server, "HEAD /readyz HTTP/1.1\r\n\r\n"))->body, "");
}

TEST(MetricsServer, TakesARequestByteByByte) {
    const auto server = started();
    ASSERT_NE(server, nullptr);
    Socket socket(server->port());
    for (const char byte : std::string("GET /healthz HTTP/1.0\r\n\r\n")) socket.send({byte});
    EXPECT_EQ(*parse_http_answer(socket.read_all()), text(200, "alive\n"));
}

TEST(MetricsServer, RefusesWhatIsNoRequestAndWhatIsTooLarge) {
    const auto server = started();
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(*parse_http_answer(ask(*server, "hello\r\n\r\n")), text(400, "no request line\n"));
    const std::string endless = "GET /" + std::string(limits::http_header_bytes_max - 5, 'a');
    EXPECT_EQ(*parse_http_answer(ask(*server, endless)), text(431, "the request is too large\n"));
}

TEST(MetricsServer, ClosesConnectionsAboveItsLimitAndServesAgainAfterThem) {
    const auto server = started();
    ASSERT_NE(server, nullptr);
    {
        std::vector<std::unique_ptr<Socket>> idle;
        for (std::size_t i = 0; i < limits::http_connections_max; ++i)
            idle.push_back(std::make_unique<Socket>(server->port()));
        // Connections are taken in order: this one finds the place full.
        Socket one_more(server->port());
        EXPECT_EQ(one_more.read_all(), "");
        idle.front()->send("GET /healthz HTTP/1.1\r\n\r\n");
        EXPECT_EQ(*parse_http_answer(idle.front()->read_all()), text(200, "alive\n"));
    }
    std::string served;
    while (served.empty()) served = ask(*server, "GET /healthz HTTP/1.1\r\n\r\n");
    EXPECT_EQ(*parse_http_answer(served), text(200, "alive\n"));
}

TEST(MetricsServer, EndsWithConnectionsOpen) {
    auto server = started();
    ASSERT_NE(server, nullptr);
    Socket silent(server->port());
    EXPECT_TRUE(silent.connected());
    server.reset();
    EXPECT_EQ(silent.read_all(), "");
}

TEST(MetricsServer, SaysWhereItCannotListen) {
    const auto first = started();
    ASSERT_NE(first, nullptr);
    const auto second = MetricsServer::start({"127.0.0.1", first->port()}, handlers());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              (Error{Errc::io, "listen on 127.0.0.1:" + std::to_string(first->port()) +
                                   " for metrics: Address already in use"}));
}

}  // namespace
}  // namespace sluice::app
