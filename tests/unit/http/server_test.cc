#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "support/temp_directory.h"
#include "unit/http/unix_client.h"

namespace sluice::http {
namespace {

using fake::UnixClient;
using tests::TempDirectory;
using namespace std::chrono_literals;

// Says back what it was asked; `/throw` fails inside.
ServerHandlers echo() {
    return {[](const Request& request) {
                if (request.target == "/throw") throw std::runtime_error("inside");
                return Response{200, "text/plain",
                                request.method + " " + request.target + " " + request.body + "."};
            },
            [](unsigned status, const std::string& sentence, const Peer&) {
                return Response{status, "text/plain", sentence + "."};
            }};
}

struct Running {
    explicit Running(ServerHandlers handlers = echo(), ServerOptions options = {}) {
        options.socket = socket;
        auto started = Server::start(std::move(options), std::move(handlers));
        SLUICE_CHECK(started.has_value());
        server = *std::move(started);
    }
    std::string ask(const std::string& bytes) const {
        UnixClient client(socket);
        client.send(bytes);
        client.end_sending();
        return client.read_all();
    }
    TempDirectory folder;
    std::filesystem::path socket = folder.path() / "s";
    std::unique_ptr<Server> server;
};

std::string wire(const std::string& status, const std::string& body, bool closes = true) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n" +
           (closes ? "Connection: close\r\n" : "") +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string get(const std::string& target, const std::string& headers = "Connection: close\r\n") {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}
std::string post(const std::string& target, const std::string& body) {
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(Server, AnswersWhatWasAsked) {
    const Running run;
    EXPECT_EQ(run.ask(get("/a?b=c")), wire("200 OK", "GET /a?b=c ."));
    EXPECT_EQ(run.ask(post("/a", "body")), wire("200 OK", "POST /a body."));
    EXPECT_EQ(run.ask("BREW /pot HTTP/1.1\r\nConnection: close\r\n\r\n"),
              wire("200 OK", "BREW /pot ."));
    EXPECT_EQ(run.ask("POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
              wire("200 OK", "POST / abcd."));
}

TEST(Server, SendsNoBodyForHead) {
    const Running run;
    const std::string whole = wire("200 OK", "HEAD / .");
    EXPECT_EQ(run.ask("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n"),
              whole.substr(0, whole.size() - 8));
}

TEST(Server, KnowsWhoCalls) {
    std::atomic<bool> is_us{false};
    ServerHandlers handlers = echo();
    handlers.answer = [&](const Request& request) {
        is_us = request.peer == Peer{::geteuid(), ::getegid(), ::getpid()};
        return Response{};
    };
    const Running run(std::move(handlers));
    run.ask(get("/"));
    EXPECT_TRUE(is_us);
}

TEST(Server, TakesARequestByteByByte) {
    const Running run;
    UnixClient client(run.socket);
    for (const char byte : post("/a", "body")) client.send({byte});
    EXPECT_EQ(client.read_all(), wire("200 OK", "POST /a body."));
}

TEST(Server, AnswersManyRequestsOnOneConnectionUpToItsLimit) {
    ServerOptions options;
    options.requests_per_connection_max = 3;
    const Running run(echo(), options);
    UnixClient client(run.socket);
    client.send(get("/1", "") + get("/2", "") + get("/3", "") + get("/4", ""));
    EXPECT_EQ(client.read_all(), wire("200 OK", "GET /1 .", false) +
                                     wire("200 OK", "GET /2 .", false) +
                                     wire("200 OK", "GET /3 ."));
}

TEST(Server, RefusesWhatIsNoHttp) {
    const Running run;
    const std::string refused = wire("400 Bad Request", "this is no HTTP request.");
    EXPECT_EQ(run.ask("hello\r\n\r\n"), refused);
    EXPECT_EQ(run.ask(std::string("\x16\x03\x01\0\0\xff", 6) + "\r\n\r\n"), refused);
    EXPECT_EQ(run.ask("GET / HTTP/9.9\r\n\r\n"), refused);
    EXPECT_EQ(run.ask("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), refused);
    EXPECT_EQ(run.ask("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"), refused);
    EXPECT_EQ(run.ask("GET / HT"), refused);
    EXPECT_EQ(run.ask(""), "");
}

// More than fits into the socket: the client is still sending when the answer is written.
TEST(Server, WhoSendsTooMuchSeesTheAnswerAllTheSame) {
    const Running run;
    UnixClient client(run.socket);
    EXPECT_TRUE(client.send(post("/a", std::string(14 * limits::control_body_bytes_max, 'a'))));
    client.end_sending();
    EXPECT_EQ(client.read_all(), wire("413 Payload Too Large", "the body is too large."));
}

TEST(Server, RefusesWhatIsTooLarge) {
    const Running run;
    const std::string body = wire("413 Payload Too Large", "the body is too large.");
    const std::string header =
        wire("431 Request Header Fields Too Large", "the header is too large.");
    const std::string most(limits::control_body_bytes_max, 'a');
    EXPECT_EQ(run.ask(post("/", most)), wire("200 OK", "POST / " + most + "."));
    EXPECT_EQ(run.ask(post("/", most + "a")), body);
    EXPECT_EQ(run.ask("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n"), body);
    EXPECT_EQ(run.ask("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" + most +
                      "a\r\n0\r\n\r\n"),
              body);
    EXPECT_EQ(run.ask(get("/" + std::string(limits::http_header_bytes_max, 'a'))), header);
    EXPECT_EQ(run.ask(get("/", "A: " + std::string(limits::http_header_bytes_max, 'a'))), header);
}

TEST(Server, ClosesWhoIsTooSlowWhateverIsMissing) {
    ServerOptions options;
    options.deadline = 20ms;
    const Running run(echo(), options);
    const std::string whole = post("/", "body");
    for (const std::size_t sent : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
        UnixClient client(run.socket);
        client.send(whole.substr(0, sent));
        EXPECT_EQ(client.read_all(), "") << sent;
    }
    UnixClient idle(run.socket);
    idle.send(get("/", ""));
    EXPECT_EQ(idle.read_all(), wire("200 OK", "GET / .", false));
}

TEST(Server, ClosesWhoDripsBytesAtTheDeadlineOfTheWholeRequest) {
    ServerOptions options;
    options.deadline = 50ms;
    const Running run(echo(), options);
    UnixClient client(run.socket);
    client.send("GET / HTTP/1.1\r\nA: ");
    // Each byte comes well within the deadline; all of them would take a hundred times as long.
    int sent = 0;
    for (; sent < 5'000 && !client.is_closed_within(1ms); ++sent) client.send("a");
    EXPECT_LT(sent, 5'000);
    EXPECT_EQ(client.read_all(), "");
}

TEST(Server, ClosesWhoDoesNotReadItsAnswer) {
    ServerOptions options;
    options.deadline = 20ms;
    options.connections_max = 1;
    ServerHandlers handlers = echo();
    handlers.answer = [](const Request& request) {
        return Response{200, "text/plain",
                        request.target == "/big" ? std::string(8 * 1024 * 1024, 'a') : "small"};
    };
    const Running run(std::move(handlers), options);
    UnixClient client(run.socket);
    client.send(get("/big"));
    // The only place is free again once the server gave up on it.
    const std::string served = wire("200 OK", "small");
    while (run.ask(get("/small")) != served) continue;
    EXPECT_LT(client.read_all().size(), 8u * 1024 * 1024);
}

TEST(Server, AnswersFiveHundredWhereTheHandlerFails) {
    const Running run;
    EXPECT_EQ(run.ask(get("/throw")),
              wire("500 Internal Server Error", "the request failed inside."));
    EXPECT_EQ(run.ask(get("/after")), wire("200 OK", "GET /after ."));
}

TEST(Server, RefusesConnectionsAboveItsLimitsAndServesAgainAfterThem) {
    for (const bool for_each_user : {false, true}) {
        ServerOptions options;
        options.connections_max = for_each_user ? 9 : 3;
        options.connections_per_user_max = for_each_user ? 3 : 9;
        const Running run(echo(), options);
        const std::string busy =
            wire("503 Service Unavailable", "too many connections; try again.");
        {
            std::vector<std::unique_ptr<UnixClient>> idle;
            for (int i = 0; i < 3; ++i) idle.push_back(std::make_unique<UnixClient>(run.socket));
            // Connections are taken in order: this one finds the place full.
            EXPECT_EQ(UnixClient(run.socket).read_all(), busy);
            idle.front()->send(get("/"));
            EXPECT_EQ(idle.front()->read_all(), wire("200 OK", "GET / ."));
        }
        std::string served = busy;
        while (served != wire("200 OK", "GET / .")) served = run.ask(get("/"));
    }
}

TEST(Server, OutlivesThousandsOfConnects) {
    const Running run;
    for (int i = 0; i < 3'000; ++i) UnixClient(run.socket).send(i % 2 == 0 ? "GET" : "");
    while (run.ask(get("/")) != wire("200 OK", "GET / .")) continue;
}

// Handlers that wait until they are let go.
struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    int waiting = 0;
    bool open = false;

    void wait() {
        std::unique_lock lock(mutex);
        ++waiting;
        changed.notify_all();
        changed.wait(lock, [&] { return open; });
    }
    void await(int count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return waiting >= count; });
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
};

TEST(Server, GoesOnWhileHandlersWait) {
    Gate gate;
    ServerHandlers handlers = echo();
    handlers.answer = [&, answer = handlers.answer](const Request& request) {
        if (request.target == "/wait") gate.wait();
        return answer(request);
    };
    ServerOptions options;
    options.deadline = 5s;
    options.threads = 3;
    const Running run(std::move(handlers), options);
    UnixClient first(run.socket);
    UnixClient second(run.socket);
    first.send(get("/wait"));
    second.send(get("/wait"));
    gate.await(2);
    EXPECT_EQ(run.ask(get("/quick")), wire("200 OK", "GET /quick ."));
    gate.let_go();
    EXPECT_EQ(first.read_all(), wire("200 OK", "GET /wait ."));
    EXPECT_EQ(second.read_all(), wire("200 OK", "GET /wait ."));
}

TEST(Server, TheHandlersOwnTimeIsNotTheClients) {
    Gate gate;
    ServerHandlers handlers = echo();
    handlers.answer = [&, answer = handlers.answer](const Request& request) {
        if (request.target == "/wait") gate.wait();
        return answer(request);
    };
    ServerOptions options;
    options.deadline = 20ms;
    const Running run(std::move(handlers), options);
    UnixClient client(run.socket);
    client.send(get("/wait"));
    gate.await(1);
    // Longer than the deadline: another client's runs out meanwhile.
    EXPECT_EQ(UnixClient(run.socket).read_all(), "");
    gate.let_go();
    EXPECT_EQ(client.read_all(), wire("200 OK", "GET /wait ."));
}

TEST(Server, EndsWithConnectionsOpenAndAHandlerAtWork) {
    Gate gate;
    std::atomic<bool> finished{false};
    ServerHandlers handlers = echo();
    handlers.answer = [&](const Request&) {
        gate.wait();
        finished = true;
        return Response{};
    };
    auto run = std::make_unique<Running>(std::move(handlers));
    UnixClient silent(run->socket);
    UnixClient waits(run->socket);
    waits.send(get("/"));
    gate.await(1);
    gate.let_go();
    run->server.reset();
    EXPECT_TRUE(finished);
    EXPECT_EQ(silent.read_all(), "");
    EXPECT_FALSE(std::filesystem::exists(run->socket));
}

TEST(Server, SaysWhereItCannotListen) {
    const Running first;
    ServerOptions options;
    options.socket = first.socket;
    const auto second = Server::start(options, echo());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::denied);
    EXPECT_EQ(first.ask(get("/")), wire("200 OK", "GET / ."));
}

}  // namespace
}  // namespace sluice::http
