// cli_uninstall.h: `sluice uninstall`: takes away what a stopped daemon leaves in place on purpose.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::app {

// Exit codes: 0 nothing of this run is left, 1 something could not be removed, 4 usage or
// configuration.
void add_uninstall_command(CLI::App& app, int& code);

}  // namespace sluice::app
