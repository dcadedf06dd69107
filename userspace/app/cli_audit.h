// cli_audit.h: `sluice audit who|search|export|show|tail|reindex`: the audit log, asked from the
// shell; what is proven with it is in cli_proof.h.
//
// Reads the log's files; needs no daemon. Exit codes of all of them: 0 answered (or the log is
// whole), 1 the log is damaged, 2 there is no such log, part of it is missing, or it cannot be
// read, 3 it is not signed by the key, 4 the command line is wrong.
#pragma once

#include <CLI/CLI.hpp>

namespace sluice::app {

inline constexpr int kAuditOk = 0;
inline constexpr int kAuditDamaged = 1;
inline constexpr int kAuditUnreadable = 2;
inline constexpr int kAuditUnsigned = 3;
inline constexpr int kUsage = 4;

// The command that was parsed leaves its exit code in `code`.
void add_audit_commands(CLI::App& app, int& code);

}  // namespace sluice::app
