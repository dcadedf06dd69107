// server.h: the control socket: the control API (docs/control.md) on a unix socket.
//
// Its callers are people of this machine, known by their Unix user; clients of Kafka never come
// here, and nothing of the data path waits for it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/people.h"
#include "control/ports.h"

namespace sluice::http {
class Server;
}

namespace sluice::control {

struct ControlOptions {
    std::filesystem::path socket = "/run/sluice/control.sock";
    std::string group;  // whose members may connect; empty: the daemon's own
    std::vector<Person> people;
    UserName user_name_of = user_name;
};

class Api;

class ControlServer {
  public:
    // The ports outlive the server. Errors: those of http::Server::start.
    static Result<std::unique_ptr<ControlServer>> start(ControlOptions options,
                                                        ApprovalsPort& approvals, LogPort& log,
                                                        OnRefused on_refused);
    // Waits for the calls that run.
    ~ControlServer();

  private:
    ControlServer();

    std::unique_ptr<const Api> api_;
    std::unique_ptr<http::Server> server_;  // goes first: it uses the API
};

}  // namespace sluice::control
