#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "app/daemon.h"
#include "app/version.h"

int main(int argc, char** argv) {
    CLI::App app{
        "sluiced stands between clients and a Kafka cluster and records who produced and consumed "
        "what."};
    std::string config = "/etc/sluice/sluice.yaml";
    bool check = false;
    app.add_option("--config", config, "the configuration file")->capture_default_str();
    app.add_flag("--check", check,
                 "read the configuration and the policies, say what is wrong, and end");
    std::optional<std::uint64_t> accepted;
    app.add_option("--accept-lost-audit-tail", accepted,
                   "go on with an audit log that lost entries which were signed, if it has just so "
                   "many now; the gap is recorded and signed")
        ->type_name("SIZE");
    app.set_version_flag("--version", sluice::app::kVersion);
    app.footer(
        "SIGTERM and SIGINT end the connections in order and then the daemon; the capture stays in "
        "place and\n"
        "refuses, until `sluice uninstall` removes it. SIGHUP reads the policy files anew.\n\n"
        "Exit codes: 0 stopped as asked, 1 could not start, 2 the configuration or a policy file "
        "is wrong.\n\n"
        "Example: sluiced --config /etc/sluice/sluice.yaml --check");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : sluice::app::kConfigWrong;
    }
    const sluice::app::DaemonOptions options{config, accepted};
    return check ? sluice::app::check_files(options) : sluice::app::run_daemon(options);
}
