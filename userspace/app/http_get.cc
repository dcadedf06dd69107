#include "app/http_get.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include "base/limits.h"

namespace sluice::app {

namespace {

using Clock = std::chrono::steady_clock;

// A non-blocking socket that waits until one moment and no longer.
class Exchange {
  public:
    explicit Exchange(int family)
        : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
    ~Exchange() {
        if (fd_ >= 0) close(fd_);
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // 0, or what went wrong as an errno value.
    int connect(const sockaddr_storage& address, socklen_t length);
    int send(std::string_view text);
    // Appends what came; `text` stops growing at the end of the answer.
    int read_some(std::string& text, bool& ended);

  private:
    int wait(short events);

    int fd_;
    const Clock::time_point deadline_ = Clock::now() + limits::http_deadline;
};

int Exchange::wait(short events) {
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        pollfd entry{fd_, events, 0};
        const int ready = poll(&entry, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready > 0) return 0;
        if (ready == 0) return ETIMEDOUT;
        if (errno != EINTR) return errno;
    }
}

int Exchange::connect(const sockaddr_storage& address, socklen_t length) {
    if (fd_ < 0) return errno;
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (const int failure = wait(POLLOUT)) return failure;
    int failure = 0;
    socklen_t size = sizeof failure;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size);
    return failure;
}

int Exchange::send(std::string_view text) {
    while (!text.empty()) {
        if (const int failure = wait(POLLOUT)) return failure;
        const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return 0;
}

int Exchange::read_some(std::string& text, bool& ended) {
    if (const int failure = wait(POLLIN)) return failure;
    std::array<char, 16 * 1024> chunk;
    const ssize_t got = recv(fd_, chunk.data(), chunk.size(), 0);
    if (got < 0) return errno;
    ended = got == 0;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    return 0;
}

socklen_t fill(sockaddr_storage& out, const ListenAddress& address) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    if (inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        return sizeof v4;
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    return sizeof v6;
}

}  // namespace

Result<HttpAnswer> http_get(const ListenAddress& address, std::string_view path) {
    const std::string doing = "ask the daemon at " + to_text(address);
    sockaddr_storage to{};
    const socklen_t length = fill(to, address);
    Exchange exchange(to.ss_family);
    int failure = exchange.connect(to, length);
    if (failure == 0)
        failure =
            exchange.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + to_text(address) +
                          "\r\nConnection: close\r\n\r\n");
    std::string text;
    for (bool ended = false; failure == 0 && !ended;) {
        failure = exchange.read_some(text, ended);
        if (text.size() > limits::http_answer_bytes_max)
            return Error{Errc::too_large, doing + ": the answer is too long"};
    }
    if (failure != 0) return errno_error(doing, failure);
    auto answer = parse_http_answer(text);
    if (!answer) return std::move(answer).error().in(doing);
    return answer;
}

}  // namespace sluice::app
