// log.h: the process's log (spdlog), one line an event, to stderr. Never payload, never a secret.
//
// Only the shell logs (net, app, capture, auditlog); the pure folders return values instead.
#pragma once

#include <spdlog/spdlog.h>

#include <string_view>

#include "base/result.h"

namespace sluice::log {

// Sets level ("debug", "info", "warn", "error") and format. Called once, by a main.
Status init(std::string_view level);

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

}  // namespace sluice::log
