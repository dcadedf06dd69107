// cli_proof.h: `sluice audit verify|prove|verify-proof`: that the log is whole, and that an entry
// is in it, for those who do not take our word for it.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::app {

// To the subcommand `audit`. Exit codes: cli_audit.h.
void add_proof_commands(CLI::App& audit, int& code);

}  // namespace sluice::app
