#include "app/cli_audit_search.h"

#include <charconv>
#include <iostream>

#include "app/audit_command.h"
#include "app/audit_form.h"
#include "kafka/api.h"

namespace sluice::app {
namespace {

using auditlog::Entry;
using auditlog::SearchQuestion;

// "42", or "40..50".
Result<OffsetRange> parse_offsets(const std::string& text) {
    OffsetRange range;
    const char* end = text.data() + text.size();
    auto [at, failure] = std::from_chars(text.data(), end, range.first);
    range.last = range.first;
    if (failure == std::errc{} && std::string_view(at, end).starts_with("..")) {
        const auto second = std::from_chars(at + 2, end, range.last);
        at = second.ptr;
        failure = second.ec;
    }
    if (failure != std::errc{} || at != end || range.first < 0 || range.last < range.first)
        return Error{Errc::config, "`" + text + "` is no offset and no range (40..50)"};
    return range;
}

// What search and export have in common.
struct Filters {
    PersonFilter person;
    TimeSpan span;
    std::vector<std::string> apis;
    std::string offsets, outcome;

    void add_to(CLI::App& command, SearchQuestion& question) {
        person.add_to(command);
        command.add_option("--topic", question.topic, "a glob");
        command.add_option("--partition", question.partition);
        command.add_option("--offset", offsets, "entries that touched it; or a range, 40..50");
        command.add_option("--type", question.type,
                           "produce, fetch, request, read_lease, session_open, ...; a glob");
        command.add_option("--api", apis, "Kafka's name of an API; repeatable");
        command.add_option("--operation", question.operation,
                           "what a decision was about, a glob: `topic.*`");
        command.add_option("--outcome", outcome, "how it ended")
            ->check(CLI::IsMember({"ok", "error", "refused", "unknown"}));
        command.add_option("--rule", question.rule, "the id of a rule that decided");
        command.add_option("--session", question.session);
        command.add_option("--error", question.error_code, "Kafka's error code");
        span.add_to(command);
    }
    Status complete(SearchQuestion& question, People& people) const {
        auto status = span.parse(question.since_ns, question.until_ns);
        if (status) status = person.apply(people, question);
        if (!status) return status;
        if (!offsets.empty()) {
            const auto parsed = parse_offsets(offsets);
            if (!parsed) return parsed.error();
            question.offsets = *parsed;
        }
        for (const auto one : {audit::Outcome::ok, audit::Outcome::error, audit::Outcome::refused,
                               audit::Outcome::unknown})
            if (outcome == name(one)) question.outcome = one;
        for (const std::string& api : apis) {
            status = add_api(api, question);
            if (!status) return status;
        }
        return ok();
    }

  private:
    static Status add_api(const std::string& api, SearchQuestion& question) {
        for (const kafka::ApiRange& range : kafka::understood_apis()) {
            if (range.name != api) continue;
            question.api_keys.push_back(range.key);
            return ok();
        }
        return Error{Errc::config, "no API `" + api + "` (Kafka's names: Produce, Fetch, ...)"};
    }
};

struct Search {
    AuditCommand common;
    SearchQuestion question;
    Filters filters;

    void run() {
        const auto log = common.log();
        if (log.empty()) return;
        People people = common.people(log);
        auto status = filters.complete(question, people);
        if (!status) return common.fail(status.error());
        const auto page = auditlog::search(log, question, progress_line("searching"));
        if (!page) return common.fail(page.error());
        EntryPrinter printer(common, Shape::entries, people);
        for (const Entry& entry : page->entries) printer.print(entry);
        printer.finish("nothing on record\n");
        remark_known(common, page->known);
        if (page->entries.empty()) return;
        if (page->older && !question.after)
            remark(common, "there may be older ones: go on with --before " +
                               std::to_string(page->entries.front().index));
        if (page->newer && question.after)
            remark(common, "there may be newer ones: go on with --after " +
                               std::to_string(page->entries.back().index));
    }
};

struct Export {
    AuditCommand common;
    SearchQuestion question;
    Filters filters;

    void run() {
        const auto log = common.log();
        if (log.empty()) return;
        People people = common.people(log);
        auto status = filters.complete(question, people);
        if (!status) return common.fail(status.error());
        EntryPrinter printer(common, Shape::entries, people);
        const auto known = auditlog::each_match(
            log, question,
            [&printer](const Entry& entry) {
                printer.print(entry);
                return std::cout.good();
            },
            progress_line("exporting"));
        if (!known) return common.fail(known.error());
        std::cout.flush();
        if (!std::cout.good()) return common.fail({Errc::io, "the output cannot be written"});
        remark_known(common, *known);
    }
};

template <class Command>
Command& add_filtered(CLI::App& audit, int& code, const char* called, const char* about,
                      const char* footer, CLI::App*& app) {
    Command& command = add_audit_command<Command>(audit, code, called, about, footer, app, false);
    command.filters.add_to(*app, command.question);
    app->add_option("--after", command.question.after, "entries behind this one, the oldest first");
    app->add_option("--before", command.question.before, "entries before this one");
    return command;
}

}  // namespace

void add_search_commands(CLI::App& audit, int& code) {
    CLI::App* app = nullptr;
    Search& search = add_filtered<Search>(
        audit, code, "search", "entries that match all that is given, newest last",
        "example: sluice audit search --topic 'orders*' --type fetch --since 1h", app);
    app->add_option("--limit", search.question.limit, "at most so many, the newest")
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{1}, limits::audit_page_entries_max));
    add_form(*app, search.common, {"table", "json", "csv"},
             "table, json (one object a line) or csv");
    Export& all =
        add_filtered<Export>(audit, code, "export", "all entries that match, oldest first",
                             "example: sluice audit export --since 30d -o csv > november.csv", app);
    add_form(*app, all.common, {"json", "csv"}, "json (one object a line) or csv");
}

}  // namespace sluice::app
