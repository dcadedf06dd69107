// cli_audit_search.h: `sluice audit search|export`; see cli_audit.h.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::app {

void add_search_commands(CLI::App& audit, int& code);

}  // namespace sluice::app
