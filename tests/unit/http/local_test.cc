#include "http/local.h"

#include <gtest/gtest.h>

#include "http/server.h"
#include "support/temp_directory.h"
#include "unit/http/unix_client.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;

struct Running {
    explicit Running(Response says) {
        ServerOptions options;
        options.socket = socket;
        auto started = Server::start(
            std::move(options),
            {[says](const Request& request) {
                 Response response = says;
                 if (response.body.empty())
                     response.body = request.method + " " + request.target + " " + request.body;
                 return response;
             },
             [](unsigned status, const std::string&, const Peer&) { return Response{status}; }});
        SLUICE_CHECK(started.has_value());
        server = *std::move(started);
    }
    tests::TempDirectory folder;
    std::filesystem::path socket = folder.path() / "s";
    std::unique_ptr<Server> server;
};

TEST(LocalCall, CarriesMethodTargetAndBodyThereAndStatusAndBodyBack) {
    const Running run(Response{404, "text/plain", ""});
    EXPECT_EQ(*call({run.socket, "GET", "/a?b=c"}), (LocalAnswer{404, "GET /a?b=c "}));
    EXPECT_EQ(*call({run.socket, "POST", "/a", "{}"}), (LocalAnswer{404, "POST /a {}"}));
    EXPECT_EQ(*call({run.socket, "POST", "/a"}), (LocalAnswer{404, "POST /a "}));
}

TEST(LocalCall, SaysThatNobodyListens) {
    const tests::TempDirectory folder;
    const std::string path = folder.path() / "s";
    EXPECT_EQ(
        call({path, "GET", "/"}).error(),
        (Error{Errc::unavailable, "ask the daemon at " + path + ": no daemon listens there"}));
}

TEST(LocalCall, StopsReadingAtItsLimit) {
    const Running run(Response{200, "text/plain", std::string(1000, 'a')});
    LocalCall what{run.socket, "GET", "/"};
    what.answer_bytes_max = 1000;
    EXPECT_EQ(call(what)->body.size(), 1000u);
    what.answer_bytes_max = 999;
    EXPECT_EQ(call(what).error().code, Errc::too_large);
}

TEST(LocalCall, WaitsNoLongerThanItsDeadline) {
    const tests::TempDirectory folder;
    // Listens and never answers.
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (folder.path() / "s").c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd, 4), 0);
    LocalCall what{folder.path() / "s", "GET", "/"};
    what.deadline = 20ms;
    EXPECT_EQ(call(what).error(),
              (Error{Errc::unavailable,
                     "ask the daemon at " + what.socket.string() + ": no whole answer in time"}));
    ::close(fd);
}

}  // namespace
}  // namespace sluice::http
