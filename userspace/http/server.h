// server.h: a small HTTP/1.1 server on a unix socket, for people and tools of this machine.
//
// Bounded in connections (in total and for each user), bytes, requests and time. It knows who
// calls by what the kernel says of the socket; what a path means, and who may use it, is the
// handler's matter. No TLS, no TCP, no files, no compression.
//
// Threads: one for all sockets; handlers run on `threads` others, so that they may wait for a
// disk, and several at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"

namespace sluice::http {

// Of the process at the moment it connected (SO_PEERCRED).
struct Peer {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int32_t pid = 0;
    bool operator==(const Peer&) const = default;
};

struct Request {
    std::string method;
    std::string target;  // as sent: path and query
    std::string body;
    Peer peer;
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body = {};
    bool operator==(const Response&) const = default;
};

// Called on the server's threads, several at once. What they throw is logged and answered 500.
struct ServerHandlers {
    std::function<Response(const Request&)> answer;
    // What never became a request: 400 (no HTTP), 413 or 431 (too large); and 500, 503 (too many
    // connections). The words are for people.
    std::function<Response(unsigned status, const std::string& sentence, const Peer&)> refuse;
};

struct ServerOptions {
    std::filesystem::path socket;
    std::string group;  // whose members may connect; empty: the process's own
    std::size_t connections_max = limits::control_connections_max;
    std::size_t connections_per_user_max = limits::control_connections_per_user_max;
    std::size_t requests_per_connection_max = limits::control_requests_per_connection_max;
    std::size_t threads = limits::control_threads;
    // A whole request, and a whole answer, takes at most this long; so does waiting for the next
    // request. The handler's own time does not count.
    std::chrono::milliseconds deadline = limits::control_deadline;
};

class Server {
  public:
    // Errors: those of SocketFile::listen (socket_file.h).
    static Result<std::unique_ptr<Server>> start(ServerOptions options, ServerHandlers handlers);
    // Removes the socket, closes every connection, waits for the handlers that run.
    ~Server();

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sluice::http
