// daemon.h: sluiced as a process: files, signals, systemd, exit codes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sluice::app {

// Exit codes, as --help says them.
inline constexpr int kStopped = 0;
inline constexpr int kFailed = 1;       // could not start
inline constexpr int kConfigWrong = 2;  // the configuration or a policy file is

struct DaemonOptions {
    std::filesystem::path config;
    // An audit log that lost signed entries, and has so many now, is gone on with.
    std::optional<std::uint64_t> accept_lost_audit_tail = {};
};

// Reads the configuration and the policies and says what is wrong with them. Touches nothing else.
int check_files(const DaemonOptions& options);

// Runs until SIGTERM or SIGINT; SIGHUP reloads the policies. Called before any thread is made.
int run_daemon(const DaemonOptions& options);

}  // namespace sluice::app
