// config.h: /etc/sluice/sluice.yaml as a value: where this gateway runs, not what is allowed there.
//
// Every key is in docs/configuration.md. Reading finds all mistakes of the file at once and never
// half- applies one: with a mistake there is no Config. Not reloaded: a change takes effect at the
// next start.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/address.h"
#include "base/limits.h"
#include "control/people.h"
#include "policy/policy.h"

namespace sluice::app {

// An issuer of tokens, as `from: {oidc: NAME}` of the policy files names it.
struct IdentityProvider {
    std::string name;
    std::string issuer;
    std::vector<std::string> audiences;
    std::string jwks;               // an absolute path, or a URL
    std::filesystem::path ca_file;  // for a URL; empty: the machine's CAs
    bool access_tokens_only = false;
    std::chrono::seconds age_max{0};  // 0: until they expire
    bool operator==(const IdentityProvider&) const = default;
};

// SASL/PLAIN, by which the gateway logs in at the brokers.
struct Credential {
    std::string user;
    std::filesystem::path password_file;
    bool operator==(const Credential&) const = default;
};

// A key of masks' pseudonyms; the secret is in the file.
struct MaskKey {
    std::string name;
    std::string id;  // stands in every pseudonym
    std::filesystem::path file;
    bool operator==(const MaskKey&) const = default;
};

struct Cluster {
    std::string name;
    std::vector<Network4> networks;
    std::vector<std::string> ipv6_networks;  // guarded, not captured
    std::vector<std::uint16_t> ports;
    bool plaintext_tokens = false;  // clients may show tokens though nothing is encrypted
    std::optional<Credential> credential = {};
    bool operator==(const Cluster&) const = default;
};

// Who signs the audit log, and how long it is kept.
struct AuditConfig {
    // The first one signs as the log; the others sign as well, while a key is being replaced.
    // None: DATA/audit.key.
    std::vector<std::filesystem::path> keys;
    std::filesystem::path anchor = {};  // a copy of each checkpoint; empty: none
    std::chrono::nanoseconds compress_after = limits::audit_compress_after;
    // Neither: everything is kept. Both: what is older than `keep`, while it is more than
    // `keep_bytes`.
    std::optional<std::chrono::nanoseconds> keep = {};
    std::optional<std::uint64_t> keep_bytes = {};
    bool operator==(const AuditConfig&) const = default;
};

struct Config {
    std::string run_id = "default";
    std::string origin;  // names the audit log; empty in the file: HOSTNAME/run_id
    std::vector<std::string> client_interfaces;
    std::vector<Cluster> clusters;
    std::filesystem::path data = "/var/lib/sluice";
    // Empty: no policy files, the default set.
    std::filesystem::path policies;
    std::vector<IdentityProvider> identity_providers;
    std::vector<control::Person> people;
    std::vector<MaskKey> keys;
    AuditConfig audit;
    bool shadow = false;  // decisions are recorded, and nothing is refused for them
    ListenAddress metrics{"127.0.0.1", 9464};
    std::filesystem::path control = "/run/sluice/control.sock";
    std::string control_group;  // of the socket; empty: the daemon's own
    std::string log_level = "info";
    unsigned workers = 0;  // 0: one per core
    std::size_t connections_max = limits::connections_max;
    std::size_t connections_per_source_max = limits::connections_per_source_max;

    [[nodiscard]] std::filesystem::path audit_directory() const { return data / "audit"; }
    [[nodiscard]] std::vector<std::filesystem::path> audit_keys() const {
        return audit.keys.empty() ? std::vector{data / "audit.key"} : audit.keys;
    }
    [[nodiscard]] std::filesystem::path people_file() const { return data / "people.db"; }
    [[nodiscard]] std::filesystem::path approvals_file() const { return data / "approvals.db"; }
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
