// socket.h: the system calls of the data path on TCP sockets, as values.
//
// Not a stream: nothing here waits, buffers or knows a connection. Waiting for readiness is Asio's
// part.
#pragma once

#include <sys/uio.h>

#include <chrono>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"
#include "net/asio.h"

namespace sluice::net {

// Typed to its context: smaller and cheaper than the any_io_executor of asio::ip::tcp::socket.
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

// Closes what it owns.
class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~UniqueFd();
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

// What one system call did. `error` is an errno; 0 with `bytes` == 0 is the end of the stream.
struct Transfer {
    std::size_t bytes = 0;
    int error = 0;
    [[nodiscard]] bool would_block() const;
};
Transfer receive(int fd, std::span<Byte> into) noexcept;
// Never raises SIGPIPE.
Transfer send(int fd, std::span<const iovec> pieces) noexcept;

// No delay, keepalive, and `unacknowledged_max` before the kernel gives the peer up. An option the
// kernel refuses is left out: the connection works without.
void tune(int fd, std::chrono::nanoseconds unacknowledged_max) noexcept;
// close() will send RST and drop what is unsent.
void reset_on_close(int fd) noexcept;
void send_fin(int fd) noexcept;
// The peer's FIN or RST arrived, whether or not what came before it was read.
bool has_left(int fd) noexcept;

Result<Endpoint> local_endpoint(int fd);
Result<Endpoint> peer_endpoint(int fd);
// A non-blocking socket whose connect has begun; it is decided when the socket becomes writable.
Result<UniqueFd> begin_connect(const Endpoint& to, std::chrono::nanoseconds unacknowledged_max);
// The errno a finished connect left behind; 0: connected.
int connect_error(int fd) noexcept;

}  // namespace sluice::net
