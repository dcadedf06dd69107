// local.h: one blocking request to a server on a unix socket of this machine: the other end of
// server.h, for the command line.
//
// One connection a request; no redirects, no credentials: the kernel tells the server who calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "base/limits.h"
#include "base/result.h"

namespace sluice::http {

struct LocalCall {
    std::filesystem::path socket;
    std::string method = "GET";
    std::string target;     // begins with '/'
    std::string body = {};  // JSON; empty: none is sent
    std::size_t answer_bytes_max = limits::control_answer_bytes_max;
    std::chrono::milliseconds deadline = limits::control_answer_deadline;  // for all of it
};

struct LocalAnswer {
    unsigned status = 0;
    std::string body;
    bool operator==(const LocalAnswer&) const = default;
};

// An answer, whatever its status is. Errors: permission (the caller may not connect), unavailable
// (nobody listens, no whole answer in time), too_large.
Result<LocalAnswer> call(const LocalCall& what);

}  // namespace sluice::http
