// config.h: /etc/sluice/sluice.yaml as a value: where this gateway runs, not what is allowed there.
//
// Every key is in docs/configuration.md. Reading finds all mistakes of the file at once and never
// half- applies one: with a mistake there is no Config. Not reloaded: a change takes effect at the
// next start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/address.h"
#include "base/limits.h"
#include "policy/policy.h"

namespace sluice::app {

struct Cluster {
    std::string name;
    std::vector<Network4> networks;
    std::vector<std::string> ipv6_networks;  // guarded, not captured
    std::vector<std::uint16_t> ports;
    bool operator==(const Cluster&) const = default;
};

struct Config {
    std::string run_id = "default";
    std::string origin;  // names the audit log; empty in the file: HOSTNAME/run_id
    std::vector<std::string> client_interfaces;
    std::vector<Cluster> clusters;
    std::filesystem::path data = "/var/lib/sluice";
    // Empty: no policy files, the default set.
    std::filesystem::path policies;
    bool shadow = false;  // decisions are recorded, and nothing is refused for them
    ListenAddress metrics{"127.0.0.1", 9464};
    std::string log_level = "info";
    unsigned workers = 0;  // 0: one per core
    std::size_t connections_max = limits::connections_max;
    std::size_t connections_per_source_max = limits::connections_per_source_max;

    [[nodiscard]] std::filesystem::path audit_directory() const { return data / "audit"; }
    bool operator==(const Config&) const = default;
};

struct ReadConfig {
    Config config;
    std::vector<policy::Mistake> mistakes;  // the config counts only when there is none
};
// `hostname` is for the default of `origin`.
ReadConfig read_config(const policy::PolicyFile& file, const std::string& hostname);

// One line each, for stderr.
std::string to_text(const std::vector<policy::Mistake>& mistakes);

}  // namespace sluice::app
