// audit_command.h: what all commands of `sluice audit` have in common: where the log is, how the
// answer is printed, and what an error means for the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "app/cli_audit.h"
#include "app/config_files.h"
#include "app/people.h"
#include "base/result.h"

namespace sluice::app {

// What every command takes.
struct AuditCommand {
    std::string directory, people_file;
    std::string config = "/etc/sluice/sluice.yaml";
    std::string form = "table";
    int* code = nullptr;

    void add_to(CLI::App& command, bool with_form = true) {
        command.add_option("--dir", directory,
                           "the audit log's folder (default: data/audit of the configuration)");
        command.add_option("--people", people_file,
                           "the file of the names that the log's ids stand for (default: "
                           "people.db beside the log's folder)");
        command.add_option("--config", config, "the daemon's configuration")->capture_default_str();
        if (with_form)
            command.add_option("-o", form, "table or json (one object a line)")
                ->check(CLI::IsMember({"table", "json"}))
                ->capture_default_str();
    }
    [[nodiscard]] bool json() const { return form == "json"; }
    void fail(const Error& error) const {
        std::cerr << "sluice: " << error.context << '\n';
        *code = error.code == Errc::corrupt  ? kAuditDamaged
                : error.code == Errc::config ? kUsage
                : error.code == Errc::denied ? kAuditUnsigned
                                             : kAuditUnreadable;
    }
    // Empty after an error, which has been told.
    [[nodiscard]] std::filesystem::path log() const {
        if (!directory.empty()) return directory;
        auto loaded = load_config(config);
        if (loaded) return loaded->audit_directory();
        fail(std::move(loaded).error().in("the audit log's folder"));
        return {};
    }
    // Of the log in this folder. Where the file cannot be read, a word about it, and nobody is
    // known.
    [[nodiscard]] People people(const std::filesystem::path& log) const {
        auto opened = open_people(log, people_file);
        if (opened) return *std::move(opened);
        std::cerr << "sluice: names are not shown: " << opened.error().context << '\n';
        return {};
    }
};

// Makes a command whose state lives as long as the parser.
template <class Command>
Command& add_audit_command(CLI::App& parent, int& code, const char* called, const char* about,
                           const char* footer, CLI::App*& app, bool with_form = true) {
    app = parent.add_subcommand(called, about);
    auto command = std::make_shared<Command>();
    command->common.code = &code;
    command->common.add_to(*app, with_form);
    app->footer(footer);
    app->callback([command] { command->run(); });
    return *command;
}

}  // namespace sluice::app
