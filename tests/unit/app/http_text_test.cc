#include "app/http_text.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::app {
namespace {

TEST(HttpText, ReadsARequestLine) {
    EXPECT_EQ(*parse_http_request("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"),
              (HttpRequest{"GET", "/metrics"}));
    EXPECT_EQ(*parse_http_request("HEAD /readyz?verbose=1 HTTP/1.0\r\n\r\n"),
              (HttpRequest{"HEAD", "/readyz"}));
}

TEST(HttpText, RefusesWhatIsNoRequestLine) {
    for (const std::string head :
         {"", "\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2\r\n\r\n",
          "GET x HTTP/1.1\r\n\r\n", "GET / / HTTP/1.1\r\n\r\n", " / HTTP/1.1\r\n\r\n",
          "GET  HTTP/1.1\r\n\r\n", "G\x01T / HTTP/1.1\r\n\r\n", "GET /\xff HTTP/1.1\r\n\r\n"})
        EXPECT_EQ(parse_http_request(head).error(), (Error{Errc::malformed, "no request line"}))
            << head;
}

TEST(HttpText, WritesAnAnswerAndLeavesTheBodyOutForHead) {
    const HttpAnswer answer{503, "text/plain", "why\n"};
    const std::string head =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(to_text(answer, HttpBody::left_out), head);
    EXPECT_EQ(to_text(answer, HttpBody::sent), head + "why\n");
}

TEST(HttpText, ReadsBackEveryAnswerItWrites) {
    for (const unsigned status : {200u, 400u, 404u, 405u, 431u, 503u}) {
        const HttpAnswer answer{status, "text/plain; version=0.0.4", "a\r\n\r\nb"};
        EXPECT_EQ(*parse_http_answer(to_text(answer, HttpBody::sent)), answer);
    }
}

TEST(HttpText, RefusesWhatIsNoAnswer) {
    for (const std::string text :
         {"", "HTTP/1.1 200 OK\r\n", "SMTP 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
          "HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n"})
        EXPECT_EQ(parse_http_answer(text).error(), (Error{Errc::malformed, "not an http answer"}))
            << text;
}

}  // namespace
}  // namespace sluice::app
