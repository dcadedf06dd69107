// cli_approvals.h: `sluice approvals ls|show|approve|deny|revoke` and `sluice whoami`: requests
// that wait for a human, asked for and decided over the control socket.
//
// Who somebody is, the daemon knows from the kernel: nothing here is a credential. What clients
// wrote is shown without control characters and without what hides or turns text.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "app/ask_daemon.h"
#include "base/limits.h"

namespace sluice::app {

void add_approvals_commands(CLI::App& app, int& code);

// -- What the commands are made of, for their tests.

enum class ApprovalsForm { text, json };

// What a command prints, and its exit code.
struct ApprovalsAnswer {
    int code = kApprovalsDone;
    std::string out;
    std::string err;
};

enum class Listed { pending, all };
ApprovalsAnswer list_approvals(const AskDaemon& ask, Listed which, std::size_t limit,
                               ApprovalsForm form);
ApprovalsAnswer show_approval(const AskDaemon& ask, const std::string& id, ApprovalsForm form);
// `verb` is approve, deny or revoke. Goes on after a refusal.
ApprovalsAnswer vote_on_approvals(const AskDaemon& ask, const std::string& verb,
                                  const std::vector<std::string>& ids, const std::string& comment,
                                  ApprovalsForm form);
ApprovalsAnswer who_am_i(const AskDaemon& ask, ApprovalsForm form);

}  // namespace sluice::app
