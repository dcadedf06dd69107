// cli_hold.h: `sluice audit hold add|ls|release`: entries that retention must keep.
//
// Works on the log's files; the daemon sees them at its next look. Who may write them may do it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace sluice::app {

// To the subcommand `audit`. Exit codes: cli_audit.h.
void add_hold_commands(CLI::App& audit, int& code);

// "4000-4999", or "4711" alone: both ends included. Errors: config.
Result<std::pair<std::int64_t, std::int64_t>> parse_entries(std::string_view text);

}  // namespace sluice::app
