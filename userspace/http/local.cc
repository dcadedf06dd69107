#include "http/local.h"

#include <curl/curl.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace sluice::http {
namespace {

struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct Exchange {
    const LocalCall& what;
    std::string body;
    bool is_too_large = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    const std::size_t bytes = size * count;
    exchange.is_too_large = bytes > exchange.what.answer_bytes_max - exchange.body.size();
    if (exchange.is_too_large) return 0;
    exchange.body.append(data, bytes);
    return bytes;
}

bool prepare(CURL* handle, curl_slist* headers, Exchange& exchange) {
    const LocalCall& what = exchange.what;
    CURLcode code = CURLE_OK;
    const auto set = [&](CURLoption option, auto value) {
        if (code == CURLE_OK) code = curl_easy_setopt(handle, option, value);
    };
    set(CURLOPT_UNIX_SOCKET_PATH, what.socket.c_str());
    set(CURLOPT_URL, ("http://localhost" + what.target).c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http");
    set(CURLOPT_PROXY, "");  // also of the environment
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, "sluice");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(what.deadline.count()));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    if (what.method != "GET") {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
        set(CURLOPT_POSTFIELDS, what.body.c_str());
        set(CURLOPT_CUSTOMREQUEST, what.method.c_str());
        set(CURLOPT_HTTPHEADER, headers);
    }
    return code == CURLE_OK;
}

std::optional<Error> failure(CURL* handle, CURLcode code, const Exchange& exchange) {
    if (exchange.is_too_large) return Error{Errc::too_large, "the answer is too long"};
    if (code == CURLE_OK) return std::nullopt;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return Error{Errc::unavailable, "no whole answer in time"};
    long number = 0;
    curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number);
    if (code != CURLE_COULDNT_CONNECT || number == 0)
        return Error{Errc::unavailable, curl_easy_strerror(code)};
    if (number == EACCES || number == EPERM)
        return Error{Errc::permission, "you may not connect: only members of its group may"};
    if (number == ENOENT || number == ECONNREFUSED)
        return Error{Errc::unavailable, "no daemon listens there"};
    return Error{Errc::unavailable, errno_error("connect", static_cast<int>(number)).context};
}

}  // namespace

Result<LocalAnswer> call(const LocalCall& what) {
    // Once; thread-safe by the language and, where others use curl too, by curl itself.
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::string doing = "ask the daemon at " + what.socket.string();
    const Owned<CURL> handle(ready == CURLE_OK ? curl_easy_init() : nullptr);
    const Owned<curl_slist> headers(curl_slist_append(nullptr, "Content-Type: application/json"));
    Exchange exchange{what, {}};
    if (!handle || !headers || !prepare(handle.get(), headers.get(), exchange))
        return Error{Errc::unavailable, doing + ": curl cannot do what it is asked for"};
    const CURLcode code = curl_easy_perform(handle.get());
    if (auto error = failure(handle.get(), code, exchange)) return std::move(*error).in(doing);
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    return LocalAnswer{static_cast<unsigned>(status), std::move(exchange.body)};
}

}  // namespace sluice::http
