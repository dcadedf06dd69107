#include "net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::net {

namespace {

// A peer that vanished is noticed within about two minutes of silence.
constexpr int kKeepaliveIdleSeconds = 60;
constexpr int kKeepaliveIntervalSeconds = 15;
constexpr int kKeepaliveProbes = 4;

void set_option(int fd, int level, int option, int value) noexcept {
    ::setsockopt(fd, level, option, &value, sizeof value);
}

sockaddr_in to_address(const Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(endpoint.address);
    return address;
}

template <class Call>
Result<Endpoint> endpoint_of(int fd, Call call, std::string_view doing) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (call(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return errno_error(doing, errno);
    if (address.sin_family != AF_INET)
        return Error{Errc::unsupported, std::string(doing) + ": not an ipv4 socket"};
    return Endpoint{.address = ntohl(address.sin_addr.s_addr), .port = ntohs(address.sin_port)};
}

}  // namespace

UniqueFd::~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
}

bool Transfer::would_block() const {
    return error == EAGAIN || error == EWOULDBLOCK;
}

Transfer receive(int fd, std::span<Byte> into) noexcept {
    for (;;) {
        const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
        if (got >= 0) return {.bytes = static_cast<std::size_t>(got)};
        if (errno != EINTR) return {.error = errno};
    }
}

Transfer send(int fd, std::span<const iovec> pieces) noexcept {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    for (;;) {
        const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
        if (errno != EINTR) return {.error = errno};
    }
}

void tune(int fd, std::chrono::nanoseconds unacknowledged_max) noexcept {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(unacknowledged_max);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(ms.count()));
}

void reset_on_close(int fd) noexcept {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void send_fin(int fd) noexcept {
    ::shutdown(fd, SHUT_WR);
}

bool has_left(int fd) noexcept {
    pollfd asked{fd, POLLRDHUP, 0};
    return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

Result<Endpoint> local_endpoint(int fd) {
    return endpoint_of(fd, ::getsockname, "read the local address of a socket");
}

Result<Endpoint> peer_endpoint(int fd) {
    return endpoint_of(fd, ::getpeername, "read the peer address of a socket");
}

Result<UniqueFd> begin_connect(const Endpoint& to, std::chrono::nanoseconds unacknowledged_max) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!fd) return errno_error("open a socket to " + to_text(to), errno);
    tune(fd.get(), unacknowledged_max);
    const sockaddr_in address = to_address(to);
    const int begun =
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (begun != 0 && errno != EINPROGRESS) return errno_error("connect to " + to_text(to), errno);
    return fd;
}

int connect_error(int fd) noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

}  // namespace sluice::net
