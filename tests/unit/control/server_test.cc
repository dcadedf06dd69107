#include "control/server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "control/json.h"
#include "http/local.h"
#include "support/temp_directory.h"
#include "unit/control/support.h"
#include "unit/http/unix_client.h"

namespace sluice::control {
namespace {

using Json = nlohmann::json;

// This process's user is ann.
struct Running {
    explicit Running(
        OnRefused on_refused = [](const RefusedCall&) {}, std::string user = "ann") {
        ControlOptions options;
        options.socket = socket;
        options.people = fake::people();
        options.user_name_of = [user](std::uint32_t uid) {
            return uid == ::geteuid() ? user : std::string();
        };
        auto started = ControlServer::start(std::move(options), port, log, std::move(on_refused));
        SLUICE_CHECK(started.has_value());
        server = *std::move(started);
    }
    http::LocalAnswer ask(const std::string& method, const std::string& target,
                          const std::string& body = "") const {
        http::LocalCall call{socket, method, target, body};
        auto answer = http::call(call);
        EXPECT_TRUE(answer) << answer.error().context;
        return answer ? *answer : http::LocalAnswer{};
    }
    tests::TempDirectory folder;
    std::filesystem::path socket = folder.path() / "control.sock";
    fake::Port port;
    fake::Log log;
    std::unique_ptr<ControlServer> server;
};

TEST(ControlServer, AnswersTheUserTheKernelNames) {
    const Running run;
    EXPECT_EQ(Json::parse(run.ask("GET", "/v1/whoami").body)["human"], "ann@example.org");
    EXPECT_EQ(run.ask("GET", "/v1/approvals/R-7F3KQ2AV"),
              (http::LocalAnswer{200, to_json(fake::request())}));
    EXPECT_EQ(run.ask("POST", "/v1/approvals/R-7F3KQ2AV/deny", R"({"comment":"no"})").status, 200u);
    EXPECT_EQ(run.port.asked.back(), "deny R-7F3KQ2AV no");
    EXPECT_EQ(run.port.voters.back().human, "ann@example.org");
}

TEST(ControlServer, RefusesAStrangerAndSaysWho) {
    std::vector<RefusedCall> refused;
    const Running run([&](const RefusedCall& call) { refused.push_back(call); }, "bob");
    EXPECT_EQ(run.ask("GET", "/v1/approvals"),
              (http::LocalAnswer{
                  403, to_json(Refusal{Code::unknown_caller,
                                       "user bob is not in `people` of the configuration"})}));
    EXPECT_EQ(refused, (std::vector<RefusedCall>{{::geteuid(), "bob", "", "", "approvals.list", "",
                                                  Code::unknown_caller}}));
}

TEST(ControlServer, AnswersGarbageInJson) {
    const Running run;
    http::fake::UnixClient client(run.socket);
    client.send("hello\r\n\r\n");
    const std::string all = client.read_all();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 400 ")) << all;
    EXPECT_TRUE(all.ends_with(to_json(Refusal{Code::bad_request, "this is no HTTP request"})));
    const std::string large(limits::control_body_bytes_max + 1, ' ');
    EXPECT_EQ(run.ask("POST", "/v1/approvals/R-7F3KQ2AV/deny", large),
              (http::LocalAnswer{413, to_json(Refusal{Code::too_large, "the body is too large"})}));
}

TEST(ControlServer, LetsNothingThroughThatCannotBeRecorded) {
    const Running run([](const RefusedCall&) { throw std::runtime_error("the log is full"); });
    EXPECT_EQ(run.ask("GET", "/nowhere").status, 500u);
    EXPECT_EQ(run.ask("GET", "/v1/whoami").status, 200u);
}

TEST(ControlServer, AnswersManyAtOnce) {
    const Running run;
    std::vector<std::thread> clients;
    std::atomic<int> served{0};
    for (std::size_t i = 0; i < limits::control_connections_per_user_max / 2; ++i)
        clients.emplace_back([&] {
            for (int j = 0; j < 50; ++j)
                // A connection's place is free a moment after its client left.
                while (http::call({run.socket, "GET", "/v1/approvals"})->status != 200) continue;
            ++served;
        });
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(served, static_cast<int>(clients.size()));
    EXPECT_GE(run.port.filters.size(), 50 * clients.size());
}

TEST(ControlServer, SaysWhereItCannotListen) {
    Running run;
    ControlOptions options;
    options.socket = run.socket;
    const auto second = ControlServer::start(options, run.port, run.log, [](const RefusedCall&) {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::denied);
    EXPECT_EQ(run.ask("GET", "/v1/whoami").status, 200u);
}

}  // namespace
}  // namespace sluice::control
