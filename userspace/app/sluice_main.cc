// sluice: the command line of people who run and audit a gateway.
#include <CLI/CLI.hpp>
#include <iostream>

#include "app/cli_approvals.h"
#include "app/cli_audit.h"
#include "app/cli_erase.h"
#include "app/cli_policy.h"
#include "app/cli_status.h"
#include "app/cli_suggest.h"
#include "app/cli_uninstall.h"
#include "app/version.h"

int main(int argc, char** argv) {
    CLI::App app("Sluice: who read and wrote what on this Kafka cluster", "sluice");
    app.require_subcommand(1);
    int code = 0;
    sluice::app::add_approvals_commands(app, code);
    sluice::app::add_audit_commands(app, code);
    sluice::app::add_erase_command(*app.get_subcommand("audit"), code);
    sluice::app::add_policy_commands(app, code);
    sluice::app::add_suggest_command(*app.get_subcommand("policy"), code);
    sluice::app::add_status_command(app);
    sluice::app::add_uninstall_command(app, code);
    app.add_subcommand("version", "print the version")->callback([] {
        std::cout << "sluice " << sluice::app::kVersion << '\n';
    });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : sluice::app::kUsage;
    } catch (const std::exception& error) {
        std::cerr << "sluice: " << error.what() << '\n';
        return sluice::app::kAuditUnreadable;
    }
    return code;
}
