#include "app/cli_uninstall.h"

#include <iostream>
#include <memory>

#include "app/config_files.h"
#include "capture/steering.h"

namespace sluice::app {

void add_uninstall_command(CLI::App& app, int& code) {
    CLI::App* command = app.add_subcommand(
        "uninstall", "remove capture program, guard, rule and route: opens the way to the brokers");
    auto config = std::make_shared<std::string>("/etc/sluice/sluice.yaml");
    command->add_option("--config", *config, "the daemon's configuration")->capture_default_str();
    command->footer(
        "run it on the gateway after stopping sluiced; the audit log stays\nexample: sluice "
        "uninstall");
    command->callback([config, &code] {
        const auto loaded = load_config(*config);
        if (!loaded) {
            std::cerr << loaded.error().context << '\n';
            code = 4;
            return;
        }
        capture::SteeringOptions options;
        options.run_id = loaded->run_id;
        options.client_interfaces = loaded->client_interfaces;
        const auto done = capture::uninstall(options);
        if (done) return;
        std::cerr << "sluice: " << done.error().context << '\n';
        code = 1;
    });
}

}  // namespace sluice::app
