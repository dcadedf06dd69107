// cli_status.h: `sluice status`: what the running daemon says of itself on its metrics listener.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <string_view>

namespace sluice::app {

// Exit codes of the command, as its --help says them.
inline constexpr int kReady = 0;
inline constexpr int kNotReady = 1;
inline constexpr int kStatusConfigWrong = 2;
inline constexpr int kUnreachable = 3;

// Parsing it runs the command and ends the process with one of these codes.
void add_status_command(CLI::App& app);

// -- What the command is made of, for its tests.

// The samples of a Prometheus text, by name with labels: `sluice_closed_total{reason="idle"}`.
std::map<std::string, double> parse_samples(std::string_view text);

struct StatusReport {
    bool ready = false;
    std::string readiness;  // the body of /readyz
    std::map<std::string, double> samples;
};
enum class StatusForm { table, json };
std::string to_text(const StatusReport& report, StatusForm form);

}  // namespace sluice::app
