// cli_erase.h: `sluice audit erase`: has the daemon delete what is known of a person.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/ask_daemon.h"

namespace sluice::app {

void add_erase_command(CLI::App& audit, int& code);

// -- What it is made of, for its tests.

// For people, and the exit code (ask_daemon.h).
struct Erased {
    int code = kApprovalsDone;
    std::string out, err;
};
Erased erase_person(const AskDaemon& ask, const std::string& person, const std::string& comment);

}  // namespace sluice::app
