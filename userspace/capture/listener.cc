#include "capture/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/limits.h"

namespace sluice::capture {

Result<int> open_listener() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno_error("open the listener", errno);
    const auto failed = [fd](std::string_view doing) {
        Error error = errno_error(doing, errno);
        ::close(fd);
        return error;
    };
    const int on = 1;
    if (::setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on) < 0)
        return failed("make the listener transparent (needs CAP_NET_ADMIN)");
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) < 0)
        return failed("bind the listener to 127.0.0.1");
    if (::listen(fd, limits::listen_backlog) < 0) return failed("listen");
    return fd;
}

}  // namespace sluice::capture
