#include "app/http_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::app {

namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

Error malformed(std::string what) {
    return {Errc::malformed, std::move(what)};
}

const char* phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
    }
    return "Unknown";
}

bool is_word(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<HttpRequest> parse_http_request(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t first = line.find(' ');
    const std::size_t second = line.rfind(' ');
    if (first == std::string_view::npos || second == first) return malformed("no request line");
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    if (!is_word(method) || !is_word(target) || target.front() != '/' ||
        (version != "HTTP/1.1" && version != "HTTP/1.0"))
        return malformed("no request line");
    return HttpRequest{std::string(method), std::string(target.substr(0, target.find('?')))};
}

std::string to_text(const HttpAnswer& answer, HttpBody body) {
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " + phrase(answer.status) +
                       "\r\nContent-Type: " + answer.content_type +
                       "\r\nContent-Length: " + std::to_string(answer.body.size()) +
                       "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
    if (body == HttpBody::sent) text += answer.body;
    return text;
}

Result<HttpAnswer> parse_http_answer(std::string_view text) {
    const std::size_t end = text.find(kEnd);
    if (end == std::string_view::npos || text.substr(0, 7) != "HTTP/1.")
        return malformed("not an http answer");
    HttpAnswer answer;
    const std::string_view line = text.substr(0, text.find("\r\n"));
    const std::string_view number = line.substr(std::min<std::size_t>(line.size(), 9), 3);
    const auto [stopped, failure] =
        std::from_chars(number.data(), number.data() + number.size(), answer.status);
    if (failure != std::errc() || stopped != number.data() + 3)
        return malformed("not an http answer");
    constexpr std::string_view kType = "\r\nContent-Type: ";
    const std::size_t type = text.substr(0, end + 2).find(kType);
    if (type != std::string_view::npos) {
        const std::size_t from = type + kType.size();
        answer.content_type = text.substr(from, text.find("\r\n", from) - from);
    }
    answer.body = text.substr(end + kEnd.size());
    return answer;
}

}  // namespace sluice::app
