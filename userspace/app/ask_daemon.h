// ask_daemon.h: one question to the running daemon over its control socket, for the commands that
// need it.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "http/local.h"

namespace sluice::app {

inline constexpr const char* kControlSocket = "/run/sluice/control.sock";

// Exit codes of the commands that ask it, as their --help says them; 4 is usage, as everywhere.
inline constexpr int kApprovalsDone = 0;
inline constexpr int kApprovalsRefused = 1;   // at least one of what was asked
inline constexpr int kApprovalsNoAnswer = 2;  // no daemon, or it cannot do it now

// Asks the daemon: method, target, body.
using AskDaemon = std::function<Result<http::LocalAnswer>(
    const std::string& method, const std::string& target, const std::string& body)>;
AskDaemon daemon_at(const std::string& socket);

// An answer of the daemon: what it says, or how it refused.
struct Said {
    int code = kApprovalsDone;
    nlohmann::ordered_json body;
    std::string problem;  // for people; empty with kApprovalsDone
};
Said ask_for(const AskDaemon& ask, const std::string& method, const std::string& target,
             const std::string& body = "");

std::string one_line(const nlohmann::ordered_json& body);

}  // namespace sluice::app
