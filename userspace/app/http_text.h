// http_text.h: the little of HTTP/1.1 that /metrics, /healthz and /readyz need, as text.
//
// GET and HEAD without a body, one request a connection. Not a web server: order 4's console has
// one.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::app {

struct HttpRequest {
    std::string method;
    std::string path;  // without the query
    bool operator==(const HttpRequest&) const = default;
};
// `head` ends with the empty line. Errors: malformed.
Result<HttpRequest> parse_http_request(std::string_view head);

struct HttpAnswer {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    bool operator==(const HttpAnswer&) const = default;
};
enum class HttpBody : bool { left_out, sent };  // left out of the answer to HEAD
std::string to_text(const HttpAnswer& answer, HttpBody body);

// The whole answer of a server that closes the connection after it. Errors: malformed.
Result<HttpAnswer> parse_http_answer(std::string_view text);

}  // namespace sluice::app
