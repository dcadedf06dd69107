#include "http/get.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace sluice::http {
namespace {

struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct Target {
    bool is_tls = false;
    std::string host;  // for messages
};

// Null, or the part of a URL that a caller of curl_url_get() has to free.
struct FreeText {
    void operator()(char* text) const { curl_free(text); }
};
std::unique_ptr<char, FreeText> part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    curl_url_get(url, which, &text, 0);
    return std::unique_ptr<char, FreeText>(text);
}

Result<Target> read_url(const std::string& text) {
    const Owned<CURLU> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return Error{Errc::config, "this is no URL"};
    const auto scheme = part(url.get(), CURLUPART_SCHEME);
    const auto host = part(url.get(), CURLUPART_HOST);
    if (!scheme || !host) return Error{Errc::config, "this is no URL"};
    if (part(url.get(), CURLUPART_USER) || part(url.get(), CURLUPART_PASSWORD))
        return Error{Errc::config, "a URL must not hold a name or password"};
    const std::string_view name = scheme.get();
    if (name != "https" && name != "http")
        return Error{Errc::config, "only https and http are spoken"};
    return Target{name == "https", host.get()};
}

struct Exchange {
    const GetOptions& options;
    bool is_tls;
    std::string body;
    std::size_t header_bytes = 0;
    bool is_too_large = false;
    bool address_refused = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    const std::size_t bytes = size * count;
    exchange.is_too_large =
        exchange.is_too_large || bytes > exchange.options.body_bytes_max - exchange.body.size();
    if (exchange.is_too_large) return 0;
    exchange.body.append(data, bytes);
    return bytes;
}

std::size_t on_header(char*, std::size_t size, std::size_t count, void* context) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    exchange.header_bytes += size * count;
    exchange.is_too_large = exchange.header_bytes > limits::http_answer_header_bytes_max;
    return exchange.is_too_large ? 0 : size * count;
}

enum class Reach : std::uint8_t { loopback, link_local, elsewhere };

Reach reach(std::uint32_t ipv4) {
    if (ipv4 >> 24 == 127) return Reach::loopback;
    return ipv4 >> 16 == 0xa9fe ? Reach::link_local : Reach::elsewhere;
}

// Of the address itself, whatever name led to it. Unknown families are refused like link-local.
Reach reach(const curl_sockaddr& address) {
    if (address.family == AF_INET && address.addrlen >= sizeof(sockaddr_in)) {
        sockaddr_in ipv4;
        std::memcpy(&ipv4, &address.addr, sizeof ipv4);
        return reach(ntohl(ipv4.sin_addr.s_addr));
    }
    if (address.family != AF_INET6 || address.addrlen < sizeof(sockaddr_in6))
        return Reach::link_local;
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &address.addr, sizeof ipv6);
    if (IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr)) return Reach::loopback;
    if (IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr)) return Reach::link_local;
    if (!IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) return Reach::elsewhere;
    std::uint32_t mapped;
    std::memcpy(&mapped, ipv6.sin6_addr.s6_addr + 12, sizeof mapped);
    return reach(ntohl(mapped));
}

curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) {
    Exchange& exchange = *static_cast<Exchange*>(context);
    const Reach where = reach(*address);
    const bool needs_loopback =
        !exchange.is_tls && exchange.options.plain_http == PlainHttp::loopback_only;
    // Link-local is where clouds keep their credentials.
    if (where == Reach::link_local || (needs_loopback && where != Reach::loopback)) {
        exchange.address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool prepare(CURL* handle, const std::string& url, const GetOptions& options, Exchange& exchange) {
    CURLcode code = CURLE_OK;
    const auto set = [&](CURLoption option, auto value) {
        if (code == CURLE_OK) code = curl_easy_setopt(handle, option, value);
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, exchange.is_tls ? "https" : "http");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");  // also of the environment
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_USERAGENT, "sluice");
    // Threads: no SIGALRM; and the deadline also ends a look-up of the name.
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.deadline.count()));
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&exchange));
    if (!options.ca_file.empty()) {
        set(CURLOPT_CAINFO, options.ca_file.c_str());
        // Else the machine's directory of CAs would be trusted beside the file.
        set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
    return code == CURLE_OK;
}

std::optional<Error> failure(CURLcode code, const Exchange& exchange) {
    if (exchange.is_too_large) return Error{Errc::too_large, "the answer is too long"};
    if (exchange.address_refused)
        return Error{Errc::denied, exchange.is_tls ? "a link-local address"
                                                   : "http:// is for this machine's loopback only"};
    switch (code) {
        case CURLE_OK:
            return std::nullopt;
        case CURLE_SSL_CACERT_BADFILE:
            return Error{Errc::config, "the CA file cannot be used"};
        case CURLE_PEER_FAILED_VERIFICATION:
            return Error{Errc::unavailable, "its certificate does not verify"};
        case CURLE_OPERATION_TIMEDOUT:
            return Error{Errc::unavailable, "no whole answer in time"};
        default:
            return Error{Errc::unavailable, curl_easy_strerror(code)};
    }
}

Result<std::string> fetch(const std::string& url, const GetOptions& options, bool is_tls) {
    const Owned<CURL> handle(curl_easy_init());
    Exchange exchange{options, is_tls, {}};
    if (!handle || !prepare(handle.get(), url, options, exchange))
        return Error{Errc::unavailable, "curl cannot do what it is asked for"};
    const CURLcode code = curl_easy_perform(handle.get());
    if (auto error = failure(code, exchange)) return std::move(*error);
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return Error{Errc::unavailable, "it answered " + std::to_string(status)};
    return std::move(exchange.body);
}

}  // namespace

Result<std::string> get(const std::string& url, const GetOptions& options) {
    // Once; thread-safe by the language and, where others use curl too, by curl itself.
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) return Error{Errc::unavailable, "curl cannot start"};
    const Result<Target> target = read_url(url);
    if (!target) return target.error();
    auto body = fetch(url, options, target->is_tls);
    if (!body) return std::move(body).error().in("get from " + target->host);
    return body;
}

}  // namespace sluice::http
