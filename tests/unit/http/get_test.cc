#include "http/get.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "unit/http/fake_server.h"

namespace sluice::http {
namespace {

using namespace std::chrono_literals;
using fake::answer;
using fake::Server;

// The body, or the name of the error.
std::string outcome(const std::string& url, const GetOptions& options = {}) {
    const auto body = get(url, options);
    return body ? *body : "error: " + std::string(name(body.error().code));
}
std::string outcome(const Server& server, const GetOptions& options = {}) {
    return outcome(server.url(), options);
}
GetOptions with_body(std::size_t bytes) {
    GetOptions options;
    options.body_bytes_max = bytes;
    return options;
}

TEST(Get, GivesTheBodyOfA200) {
    const Server server(answer(R"({"keys":[]})"));
    EXPECT_EQ(outcome(server), R"({"keys":[]})");
    EXPECT_TRUE(server.asked().starts_with("GET /keys HTTP/1.1\r\n")) << server.asked();
}

TEST(Get, SendsNoCredentialAndNoCookie) {
    const Server server(answer("x", "200 OK", "Set-Cookie: a=b\r\n"));
    EXPECT_EQ(outcome(server), "x");
    EXPECT_EQ(outcome(server), "x");
    EXPECT_EQ(server.asked().find("ookie"), std::string::npos);
    EXPECT_EQ(server.asked().find("uthorization"), std::string::npos);
    EXPECT_EQ(outcome("http://name:word@127.0.0.1/"), "error: config");
}

TEST(Get, AnEmptyBodyIsABody) {
    EXPECT_EQ(outcome(Server(answer(""))), "");
}

TEST(Get, AnythingButA200IsNoAnswer) {
    for (const char* status :
         {"404 Not Found", "500 Oops", "204 No Content", "206 Partial Content"})
        EXPECT_EQ(outcome(Server(answer("secret", status))), "error: unavailable") << status;
}

TEST(Get, TheErrorNamesTheHostAndNothingThatCameBack) {
    const auto body = get(Server(answer("secret", "403 secret")).url(), {});
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error(), (Error{Errc::unavailable, "get from 127.0.0.1: it answered 403"}));
}

TEST(Get, FollowsNoRedirect) {
    const Server target(answer("elsewhere"));
    const Server server(answer("", "302 Found", "Location: " + target.url() + "\r\n"));
    EXPECT_EQ(outcome(server), "error: unavailable");
    EXPECT_EQ(target.accepted(), 0);
}

TEST(Get, StopsAtTheLimitOfTheBodyWhetherItIsAnnouncedOrNot) {
    const std::string body(5000, 'x');
    const Server announced(answer(body));
    EXPECT_EQ(outcome(announced, with_body(5000)), body);
    EXPECT_EQ(outcome(announced, with_body(4999)), "error: too_large");
    const Server chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + body +
                         "\r\n0\r\n\r\n");
    EXPECT_EQ(outcome(chunked, with_body(5000)), body);
    EXPECT_EQ(outcome(chunked, with_body(4999)), "error: too_large");
    const Server endless("HTTP/1.1 200 OK\r\n\r\n" + std::string(1 << 20, 'x'));
    EXPECT_EQ(outcome(endless, with_body(5000)), "error: too_large");
}

TEST(Get, StopsAtTheLimitOfTheHeaders) {
    std::string headers;
    for (std::size_t i = 0; headers.size() <= limits::http_answer_header_bytes_max; ++i)
        headers += "X-" + std::to_string(i) + ": " + std::string(100, 'x') + "\r\n";
    EXPECT_EQ(outcome(Server(answer("x", "200 OK", headers))), "error: too_large");
}

TEST(Get, GivesUpOnAServerThatDoesNotFinish) {
    GetOptions options;
    options.deadline = 50ms;
    EXPECT_EQ(outcome(Server(""), options), "error: unavailable");
    EXPECT_EQ(outcome(Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx"), options),
              "error: unavailable");
}

TEST(Get, IsUnavailableWhereNobodyListens) {
    std::string url;
    {
        const Server server("");
        url = server.url();
    }
    EXPECT_EQ(outcome(url), "error: unavailable");
}

TEST(Get, TakesNoProxyFromTheEnvironment) {
    const Server proxy(answer("by proxy"));
    const Server server(answer("itself"));
    for (const char* variable : {"http_proxy", "ALL_PROXY", "all_proxy"})
        ::setenv(variable, proxy.url().c_str(), 1);
    EXPECT_EQ(outcome(server), "itself");
    for (const char* variable : {"http_proxy", "ALL_PROXY", "all_proxy"}) ::unsetenv(variable);
    EXPECT_EQ(proxy.accepted(), 0);
}

TEST(Get, RefusesUrlsOfOtherKinds) {
    for (const char* url : {"", "keys", "file:///etc/passwd", "ftp://127.0.0.1/", "http://",
                            "gopher://127.0.0.1/", "http://127.0.0.1:99999/", "http://a b/"})
        EXPECT_EQ(outcome(url), "error: config") << url;
}

TEST(Get, PlainHttpStaysOnTheLoopback) {
    // Addresses for documentation: nobody is ever asked.
    EXPECT_EQ(outcome("http://192.0.2.1/keys"), "error: denied");
    EXPECT_EQ(outcome("http://[2001:db8::1]/keys"), "error: denied");
    EXPECT_EQ(outcome("http://[::ffff:192.0.2.1]/keys"), "error: denied");
    EXPECT_EQ(outcome("http://0.0.0.0/keys"), "error: denied");
    EXPECT_EQ(outcome(Server(answer("x")).url("http", "localhost")), "x");
}

TEST(Get, NoAddressThatIsLinkLocalIsAsked) {
    GetOptions options;
    options.plain_http = PlainHttp::allowed;
    EXPECT_EQ(outcome("http://169.254.169.254/latest", options), "error: denied");
    EXPECT_EQ(outcome("https://169.254.169.254/latest", options), "error: denied");
    EXPECT_EQ(outcome("http://[::ffff:169.254.169.254]/", options), "error: denied");
    EXPECT_EQ(outcome("http://[fe80::1]/", options), "error: denied");
}

TEST(Get, TrustsTheCaOfItsFileAndNoOther) {
    const fake::Identity ours, other;
    const Server server(answer("signed"), &ours);
    GetOptions options;
    EXPECT_EQ(outcome(server.url("https", "localhost"), options), "error: unavailable");
    options.ca_file = other.ca_file;
    EXPECT_EQ(outcome(server.url("https", "localhost"), options), "error: unavailable");
    options.ca_file = ours.ca_file;
    EXPECT_EQ(outcome(server.url("https", "localhost"), options), "signed");
    // A certificate for another name.
    EXPECT_EQ(outcome(server.url("https", "127.0.0.1"), options), "error: unavailable");
}

TEST(Get, ACaFileThatIsNoneIsAMistakeOfTheConfiguration) {
    const fake::Identity ours;
    const Server server(answer("signed"), &ours);
    GetOptions options;
    options.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(outcome(server.url("https", "localhost"), options), "error: config");
}

TEST(Get, DoesNotSpeakTlsWherePlainHttpAnswers) {
    EXPECT_EQ(outcome(Server(answer("x")).url("https", "localhost")), "error: unavailable");
}

}  // namespace
}  // namespace sluice::http
