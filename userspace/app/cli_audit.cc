#include "app/cli_audit.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <thread>

#include "app/audit_command.h"
#include "app/audit_form.h"
#include "app/cli_audit_search.h"
#include "app/cli_audit_who.h"
#include "app/cli_hold.h"
#include "app/cli_output.h"
#include "app/cli_proof.h"
#include "auditlog/indexer.h"

namespace sluice::app {

namespace {

using auditlog::Entry;

struct Show {
    AuditCommand common;
    std::uint64_t index = 0;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        std::optional<std::uint64_t> met;
        People people = common.people(log);
        const auto read = auditlog::read_log(log, index, [&](const Entry& entry) {
            met = entry.index;
            if (entry.index == index)
                std::cout << to_json(entry, people).dump(common.json() ? -1 : 2) << '\n';
            return false;
        });
        if (!read) return common.fail(read.error());
        const std::string wanted = "the log has no entry " + std::to_string(index);
        if (!met) return common.fail({Errc::unavailable, wanted + " yet"});
        if (*met != index)
            common.fail(
                {Errc::unavailable, wanted + " any more: the next one is " + std::to_string(*met)});
    }
};

std::atomic<bool> stop_following{false};

struct Tail {
    AuditCommand common;
    std::uint64_t count = 20;
    bool follow = false;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        const auto size = auditlog::log_size(log);
        if (!size) return common.fail(size.error());
        auto follower = auditlog::Follower::open(log, *size > count ? *size - count : 0);
        if (!follower) return common.fail(follower.error());
        People people = common.people(log);
        std::signal(SIGINT, [](int) { stop_following = true; });
        EntryPrinter printer(common, Shape::entries, people);
        do {
            const auto seen = follower->poll([&printer](const Entry& entry) {
                printer.print(entry);
                return true;
            });
            if (!seen) return common.fail(seen.error());
            printer.finish({});
            if (follow) std::this_thread::sleep_for(std::chrono::milliseconds(200));
        } while (follow && !stop_following);
    }
};

struct Reindex {
    AuditCommand common;
    bool all = false;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        auditlog::IndexingOptions options;
        if (all) options.which = auditlog::IndexingOptions::Which::all;
        options.progress = progress_line("indexing");
        options.failed = [](const Error& why) { std::cerr << "sluice: " << why.context << '\n'; };
        const auto files = auditlog::real_file_system();
        const auto report = auditlog::index_segments(*files, log, options);
        if (!report) return common.fail(report.error());
        std::cout << counted(report->made, "index", "indexes") << " made, of "
                  << counted(report->entries, "entry", "entries") << "; "
                  << std::to_string(report->kept) << " were there\n";
        if (report->failed > 0)
            common.fail({Errc::unavailable, counted(report->failed, "segment is", "segments are") +
                                                " left without an index"});
    }
};

}  // namespace

void add_audit_commands(CLI::App& app, int& code) {
    CLI::App* audit = app.add_subcommand("audit", "ask the audit log, and check it");
    audit->require_subcommand(1);
    audit->footer(
        "exit codes: 0 answered, or the log is whole; 1 the log is damaged, or a proof does not "
        "hold; 2 no such log, or part of it is missing; 3 not signed by the key; 4 usage");
    add_who_command(*audit, code);
    add_search_commands(*audit, code);
    CLI::App* command = nullptr;
    Show& show = add_audit_command<Show>(*audit, code, "show", "one entry, whole",
                                         "example: sluice audit show 4711", command);
    command->add_option("index", show.index, "the entry's index")->required();
    Tail& tail = add_audit_command<Tail>(*audit, code, "tail", "the newest entries",
                                         "example: sluice audit tail -f", command, false);
    command->add_option("-n", tail.count, "how many")->capture_default_str();
    command->add_flag("-f,--follow", tail.follow, "go on as entries are written");
    add_form(*command, tail.common, {"table", "json", "csv"},
             "table, json (one object a line) or csv");
    Reindex& reindex = add_audit_command<Reindex>(
        *audit, code, "reindex", "make the indexes that are missing; the daemon does it by itself",
        "example: sluice audit reindex --dir /mnt/copy/audit", command, false);
    command->add_flag("--all", reindex.all, "make all of them again");
    add_proof_commands(*audit, code);
    add_hold_commands(*audit, code);
}

}  // namespace sluice::app
