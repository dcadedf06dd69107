#include "app/metrics_server.h"

// First: it says how Asio is compiled.
#include "net/asio.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "telemetry/metrics.h"

namespace sluice::app {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
// After a failed accept (no file descriptor left): how long until the next.
constexpr std::chrono::milliseconds kAcceptPause{100};

// A socket and the moment at which it is closed, whatever it is doing.
struct Connection {
    explicit Connection(tcp::socket accepted)
        : socket(std::move(accepted)), deadline(socket.get_executor()) {}
    tcp::socket socket;
    asio::steady_timer deadline;
};

HttpAnswer ready_answer(const Readiness& readiness) {
    HttpAnswer answer;
    answer.status = readiness.ready() ? 200 : 503;
    if (readiness.ready()) answer.body = "ready\n";
    for (const std::string& reason : readiness.reasons) answer.body += reason + "\n";
    for (const std::string& note : readiness.notes) answer.body += "note: " + note + "\n";
    return answer;
}

// The text that answers what was read up to its empty line, or to its limit.
std::string answer_text(const error_code& failure, const std::string& head,
                        const MetricsHandlers& handlers) {
    const std::string plain = HttpAnswer{}.content_type;
    if (failure) return to_text({431, plain, "the request is too large\n"}, HttpBody::sent);
    const auto request = parse_http_request(head);
    if (!request) return to_text({400, plain, request.error().context + "\n"}, HttpBody::sent);
    const HttpBody body = request->method == "HEAD" ? HttpBody::left_out : HttpBody::sent;
    return to_text(answer(*request, handlers), body);
}

}  // namespace

HttpAnswer answer(const HttpRequest& request, const MetricsHandlers& handlers) {
    const bool known =
        request.path == "/metrics" || request.path == "/healthz" || request.path == "/readyz";
    if (!known) return {404, HttpAnswer{}.content_type, "only /metrics, /healthz and /readyz\n"};
    if (request.method != "GET" && request.method != "HEAD")
        return {405, HttpAnswer{}.content_type, "only GET and HEAD\n"};
    if (request.path == "/healthz") return {200, HttpAnswer{}.content_type, "alive\n"};
    if (request.path == "/readyz") return ready_answer(handlers.readiness());
    return {200, std::string(telemetry::kMetricsContentType), handlers.metrics()};
}

struct MetricsServer::State {
    explicit State(MetricsHandlers given) : handlers(std::move(given)) {}

    Status listen(const ListenAddress& address);
    asio::awaitable<void> accept();
    asio::awaitable<void> serve(std::shared_ptr<Connection> connection);
    void run();

    MetricsHandlers handlers;
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    std::size_t connections = 0;
    std::thread thread;
};

Status MetricsServer::State::listen(const ListenAddress& address) {
    const tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
    error_code failure;
    acceptor.open(endpoint.protocol(), failure);
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor.bind(endpoint, failure);
    if (!failure) acceptor.listen(static_cast<int>(limits::http_connections_max), failure);
    if (failure)
        return errno_error("listen on " + to_text(address) + " for metrics", failure.value());
    return ok();
}

asio::awaitable<void> MetricsServer::State::accept() {
    asio::steady_timer pause(io);
    while (acceptor.is_open()) {
        auto [failure, socket] = co_await acceptor.async_accept(kTuple);
        if (failure) {
            pause.expires_after(kAcceptPause);
            co_await pause.async_wait(kTuple);
            continue;
        }
        if (connections >= limits::http_connections_max) continue;  // closes it
        ++connections;
        asio::co_spawn(io, serve(std::make_shared<Connection>(std::move(socket))),
                       [this](const std::exception_ptr& thrown) {
                           --connections;
                           if (thrown) log::error("metrics: a request failed inside");
                       });
    }
}

asio::awaitable<void> MetricsServer::State::serve(std::shared_ptr<Connection> connection) {
    connection->deadline.expires_after(limits::http_deadline);
    connection->deadline.async_wait([connection](const error_code& ended) {
        error_code ignored;
        if (!ended) connection->socket.close(ignored);
    });
    std::string head;
    auto [unread, length] = co_await asio::async_read_until(
        connection->socket, asio::dynamic_buffer(head, limits::http_header_bytes_max), "\r\n\r\n",
        kTuple);
    if (!unread || unread == asio::error::not_found) {
        const std::string text = answer_text(unread, head, handlers);
        auto [unsent, sent] =
            co_await asio::async_write(connection->socket, asio::buffer(text), kTuple);
        error_code ignored;
        if (!unsent) connection->socket.shutdown(tcp::socket::shutdown_send, ignored);
    }
    connection->deadline.cancel();
}

void MetricsServer::State::run() {
    asio::co_spawn(io, accept(), [](const std::exception_ptr& thrown) {
        if (thrown) log::error("metrics: the listener ended");
    });
    thread = std::thread([this] { io.run(); });
}

MetricsServer::MetricsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const ListenAddress& address,
                                                            MetricsHandlers handlers) {
    auto state = std::make_unique<State>(std::move(handlers));
    auto listening = state->listen(address);
    if (!listening) return std::move(listening).error();
    state->run();
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(state)));
}

MetricsServer::~MetricsServer() {
    state_->io.stop();
    state_->thread.join();
}

std::uint16_t MetricsServer::port() const {
    return state_->acceptor.local_endpoint().port();
}

}  // namespace sluice::app
