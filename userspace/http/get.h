// get.h: one blocking GET with limits, for documents an operator pointed us at (a JWKS).
//
// Not a browser: follows no redirect, keeps no cookie or connection, knows no proxy and sends no
// credential. For a thread that may wait, never for a worker, in a process that ignores SIGPIPE.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/limits.h"
#include "base/result.h"

namespace sluice::http {

enum class PlainHttp : std::uint8_t {
    loopback_only,  // http:// is good for an address of this machine's loopback
    allowed,        // the operator said so
};

struct GetOptions {
    std::size_t body_bytes_max = limits::jwks_bytes_max;
    std::chrono::milliseconds deadline = limits::jwks_fetch_deadline;  // for all of it
    std::string ca_file;  // PEM; empty: the machine's own. With one, no other CA is trusted
    PlainHttp plain_http = PlainHttp::loopback_only;
};

// The body of a 200. Errors: config (the URL or the CA file is not usable), denied (http:// to
// somewhere else, a link-local address), too_large, unavailable (no answer in time, not a 200, a
// certificate that does not verify). The text names the host at most, and never holds what came
// back.
Result<std::string> get(const std::string& url, const GetOptions& options);

}  // namespace sluice::http
