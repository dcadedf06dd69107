#include "app/cli_hold.h"

#include <charconv>
#include <chrono>
#include <iostream>
#include <string>

#include "app/audit_command.h"
#include "app/cli_output.h"
#include "auditlog/holds.h"

namespace sluice::app {

namespace {

using auditlog::Hold;

std::int64_t wall_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string end_of(const Hold& hold, std::int64_t end) {
    if (hold.over == Hold::Over::entries) return std::to_string(end);
    if (end == INT64_MIN || end == INT64_MAX) return "-";
    return to_text_time(end);
}

std::string over(const Hold& hold) {
    return hold.over == Hold::Over::entries ? "entries" : "time";
}

struct Add {
    AuditCommand common;
    std::string entries, since, until, reason;

    void run() const {
        auto hold = asked();
        if (!hold) return common.fail(hold.error());
        const auto log = common.log();
        if (log.empty()) return;
        const auto files = auditlog::real_file_system();
        const auto added = auditlog::add_hold(*files, log, *std::move(hold));
        if (!added) return common.fail(added.error());
        if (common.json())
            std::cout << nlohmann::ordered_json{{"hold", *added}}.dump() << '\n';
        else
            std::cout << "hold " << *added << ": kept until it is released\n";
    }

  private:
    [[nodiscard]] Result<Hold> asked() const {
        Hold hold;
        hold.made_ns = wall_now();
        hold.reason = reason;
        if (!entries.empty()) {
            const auto range = parse_entries(entries);
            if (!range) return range.error();
            std::tie(hold.from, hold.to) = *range;
            return hold;
        }
        if (since.empty() && until.empty())
            return Error{Errc::config, "--entries, --since or --until says what is to be kept"};
        hold.over = Hold::Over::time;
        hold.from = INT64_MIN;
        hold.to = INT64_MAX;
        for (const auto& [text, end] : {std::pair{&since, &hold.from}, {&until, &hold.to}}) {
            if (text->empty()) continue;
            const auto parsed = parse_time(*text, hold.made_ns);
            if (!parsed) return parsed.error();
            *end = *parsed;
        }
        return hold;
    }
};

struct List {
    AuditCommand common;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        const auto holds = auditlog::read_holds(log);
        if (!holds) return common.fail(holds.error());
        if (common.json()) {
            for (const Hold& hold : *holds)
                std::cout << nlohmann::ordered_json{{"hold", hold.id},
                                                    {"over", over(hold)},
                                                    {"from", end_of(hold, hold.from)},
                                                    {"to", end_of(hold, hold.to)},
                                                    {"made", to_text_time(hold.made_ns)},
                                                    {"reason", hold.reason}}
                                 .dump()
                          << '\n';
            return;
        }
        Table table({"HOLD", "OVER", "FROM", "TO", "MADE", "REASON"});
        for (const Hold& hold : *holds)
            table.add({std::to_string(hold.id), over(hold), end_of(hold, hold.from),
                       end_of(hold, hold.to), to_text_time(hold.made_ns), hold.reason});
        std::cout << (table.empty() ? "no holds\n" : table.text());
    }
};

struct Release {
    AuditCommand common;
    std::uint64_t id = 0;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        const auto files = auditlog::real_file_system();
        const auto released = auditlog::release_hold(*files, log, id);
        if (!released) return common.fail(released.error());
        std::cout << "hold " << id << " is released: " << released->reason << '\n';
    }
};

}  // namespace

Result<std::pair<std::int64_t, std::int64_t>> parse_entries(std::string_view text) {
    const Error wrong{Errc::config,
                      "`" + std::string(text) + "` is no range of entries: 4000-4999"};
    const char* end = text.data() + text.size();
    std::int64_t from = 0;
    auto [at, failure] = std::from_chars(text.data(), end, from);
    if (failure != std::errc{} || from < 0) return wrong;
    if (at == end) return std::pair{from, from};
    if (*at != '-') return wrong;
    std::int64_t to = 0;
    const auto [after, wrong_end] = std::from_chars(at + 1, end, to);
    if (wrong_end != std::errc{} || after != end || to < from) return wrong;
    return std::pair{from, to};
}

void add_hold_commands(CLI::App& audit, int& code) {
    CLI::App* hold = audit.add_subcommand("hold", "entries that retention must keep, and why");
    hold->require_subcommand(1);
    CLI::App* command = nullptr;
    Add& add = add_audit_command<Add>(
        *hold, code, "add", "keeps entries until the hold is released",
        "example: sluice audit hold add --entries 4000-4999 --reason 'case 12'", command);
    auto* entries = command->add_option("--entries", add.entries, "FIRST-LAST, by index");
    command->add_option("--since", add.since, "15m, 2h, 30d, or a time in UTC")->excludes(entries);
    command->add_option("--until", add.until, "the same")->excludes(entries);
    command->add_option("--reason", add.reason, "one line")->required();
    add_audit_command<List>(*hold, code, "ls", "the holds of this log",
                            "example: sluice audit hold ls", command);
    Release& release =
        add_audit_command<Release>(*hold, code, "release", "ends a hold",
                                   "example: sluice audit hold release 1", command, false);
    command->add_option("hold", release.id, "its number")->required();
}

}  // namespace sluice::app
