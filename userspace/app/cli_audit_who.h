// cli_audit_who.h: `sluice audit who`; see cli_audit.h.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::app {

void add_who_command(CLI::App& audit, int& code);

}  // namespace sluice::app
