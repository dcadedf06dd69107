// peers.h: the two ends of a relayed connection, as blocking loopback sockets for tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/types.h"
#include "net/socket.h"

namespace sluice::net::testing {

inline constexpr std::uint32_t kLoopback = 0x7f000001;
// A test that waits this long has failed.
inline constexpr int kPatienceMs = 20000;

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(kLoopback);
    address.sin_port = htons(port);
    return address;
}

// A blocking socket that gives up after kPatienceMs.
class Peer {
  public:
    explicit Peer(UniqueFd fd) : fd_(std::move(fd)) {
        SLUICE_CHECK(fd_.get() >= 0);
        const timeval patience{.tv_sec = kPatienceMs / 1000, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        const int one = 1;
        ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }

    [[nodiscard]] int fd() const { return fd_.get(); }

    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            ASSERT_GT(sent, 0) << "send: errno " << errno;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    // As much as the peer takes without waiting.
    std::size_t send_some(std::string_view text) {
        const ssize_t sent =
            ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    std::string receive(std::size_t bytes) {
        std::string text(bytes, '\0');
        std::size_t have = 0;
        while (have < bytes) {
            const ssize_t got = ::recv(fd_.get(), text.data() + have, bytes - have, 0);
            if (got <= 0) {
                ADD_FAILURE() << "receive " << bytes << ", have " << have << ": "
                              << (got == 0 ? "end" : "errno " + std::to_string(errno));
                break;
            }
            have += static_cast<std::size_t>(got);
        }
        text.resize(have);
        return text;
    }
    // Everything up to the end: then "FIN", "RST" or "nothing" says how it ended.
    std::pair<std::string, std::string> receive_to_end() {
        std::string text;
        for (;;) {
            char some[4096];
            const ssize_t got = ::recv(fd_.get(), some, sizeof some, 0);
            if (got == 0) return {text, "FIN"};
            if (got < 0) return {text, errno == ECONNRESET ? "RST" : "nothing"};
            text.append(some, static_cast<std::size_t>(got));
        }
    }
    // Whether a byte (or an end) is there already.
    [[nodiscard]] bool readable() const {
        pollfd at{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        return ::poll(&at, 1, 0) > 0;
    }
    void finish() { ::shutdown(fd_.get(), SHUT_WR); }
    void reset() {
        reset_on_close(fd_.get());
        close();
    }
    void close() { fd_ = UniqueFd(); }

  private:
    UniqueFd fd_;
};

class Listener {
  public:
    explicit Listener(int flags = 0) : fd_(::socket(AF_INET, SOCK_STREAM | flags, 0)) {
        sockaddr_in address = loopback(0);
        SLUICE_CHECK(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        SLUICE_CHECK(::listen(fd_.get(), 4096) == 0);
        endpoint_ = *local_endpoint(fd_.get());
    }
    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] bool somebody_waits(int for_ms = 0) const {
        pollfd at{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        return ::poll(&at, 1, for_ms) > 0;
    }
    UniqueFd accept_fd(int flags = 0) {
        if (!somebody_waits(kPatienceMs)) return UniqueFd();
        return UniqueFd(::accept4(fd_.get(), nullptr, nullptr, flags));
    }
    Peer accept() { return Peer(accept_fd()); }
    [[nodiscard]] UniqueFd release() { return std::move(fd_); }
    void close() { fd_ = UniqueFd(); }

  private:
    UniqueFd fd_;
    Endpoint endpoint_;
};

inline UniqueFd dial(const Endpoint& endpoint) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = loopback(endpoint.port);
    const int failed =
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    // A connection that is reset at once may be so before connect() returns; reading says it too.
    SLUICE_CHECK(failed == 0 || errno == ECONNRESET);
    return fd;
}

}  // namespace sluice::net::testing
