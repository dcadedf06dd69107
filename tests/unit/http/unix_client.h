// unix_client.h: a client on a unix socket that says any bytes.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

namespace sluice::http::fake {

class UnixClient {
  public:
    explicit UnixClient(const std::filesystem::path& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~UnixClient() { ::close(fd_); }
    UnixClient(const UnixClient&) = delete;
    UnixClient& operator=(const UnixClient&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    // True where somebody was there to take all of it.
    bool send(const std::string& bytes) {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    void end_sending() { ::shutdown(fd_, SHUT_WR); }
    // Or it has said something.
    [[nodiscard]] bool is_closed_within(std::chrono::milliseconds time) const {
        pollfd entry{fd_, POLLIN, 0};
        return ::poll(&entry, 1, static_cast<int>(time.count())) > 0;
    }
    // Until the server closes.
    std::string read_all() {
        std::string all;
        while (more(all)) continue;
        return all;
    }
    // Until `end` stands at the end of what came, or the server closes.
    std::string read_up_to(const std::string& end) {
        std::string all;
        while (!all.ends_with(end) && more(all)) continue;
        return all;
    }

  private:
    bool more(std::string& all) {
        std::array<char, 16 * 1024> chunk;
        const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), 0);
        if (got > 0) all.append(chunk.data(), static_cast<std::size_t>(got));
        return got > 0;
    }
    int fd_;
    bool connected_ = false;
};

}  // namespace sluice::http::fake
