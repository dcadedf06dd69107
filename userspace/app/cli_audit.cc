#include "app/cli_audit.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include "app/audit_command.h"
#include "app/cli_hold.h"
#include "app/cli_output.h"
#include "app/cli_proof.h"
#include "auditlog/glob.h"
#include "kafka/api.h"

namespace sluice::app {

namespace {

using auditlog::Entry;
using auditlog::WhoAnswer;
using auditlog::WhoQuestion;

std::int64_t wall_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

const char* did(const Entry& entry) {
    switch (entry.event.type) {
        case audit::EventType::produce:
        case audit::EventType::write_lease:
            return "wrote";
        default:
            return "read";
    }
}

std::string place(const audit::Event& event) {
    std::string text = !event.topic.empty() ? event.topic : to_text(event.topic_id);
    if (event.partition >= 0) text += "-" + std::to_string(event.partition);
    return text.empty() ? event.resource : text;
}

std::string outcome(const audit::Event& event) {
    std::string text(name(event.outcome));
    if (event.error_code != 0) text += " " + std::to_string(event.error_code);
    if (!event.reason.empty()) text += (text == "unset" ? "" : " ") + event.reason;
    if (text.rfind("unset", 0) == 0) text.erase(0, 5);
    if (event.masked_values + event.withheld_records > 0) text += ", masked";
    return text;
}

std::vector<std::string> who_row(const WhoAnswer& answer, People& people) {
    const audit::Event& event = answer.entry.event;
    return {to_text_time(event.wall_ns),
            people.name_of(event.subject),
            answer.possible ? std::string("possibly ") + did(answer.entry) : did(answer.entry),
            to_text(event.offsets),
            std::to_string(event.records),
            people.client_of(event),
            people.of(event.subject).subject.client_id,
            answer.possible ? "unknown" : outcome(event),
            std::to_string(answer.entry.index)};
}

nlohmann::ordered_json who_json(const WhoAnswer& answer, People& people) {
    auto json = to_json(answer.entry, people);
    json["possible"] = answer.possible;
    return json;
}

Result<WhoQuestion::Op> parse_op(const std::string& text) {
    if (text == "any") return WhoQuestion::Op::any;
    if (text == "read") return WhoQuestion::Op::read;
    if (text == "write") return WhoQuestion::Op::write;
    return Error{Errc::config, "`" + text + "` is not read, write or any"};
}

struct Who {
    AuditCommand common;
    std::string topic, op = "any", batch;
    std::int32_t partition = -1;
    std::int64_t offset = -1;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        if (!batch.empty()) return run_batch(log);
        if (topic.empty() || partition < 0 || offset < 0)
            return common.fail(
                {Errc::config, "who needs --topic, --partition and --offset (or --batch)"});
        const auto parsed = parse_op(op);
        if (!parsed) return common.fail(parsed.error());
        const WhoQuestion question{topic, {}, partition, offset, *parsed};
        const auto answers = auditlog::who(log, question, progress_line("reading"));
        if (!answers) return common.fail(answers.error());
        People people = common.people(log);
        if (common.json()) {
            for (const WhoAnswer& answer : *answers)
                std::cout << who_json(answer, people).dump() << '\n';
            return;
        }
        if (answers->empty()) {
            std::cout << "nobody on record touched offset " << offset << " of " << topic << "-"
                      << partition << '\n';
            return;
        }
        Table table({"time (UTC)", "who", "did", "offsets", "records", "from", "client id",
                     "outcome", "entry"});
        for (const WhoAnswer& answer : *answers) table.add(who_row(answer, people));
        std::cout << table.text();
    }

    // Lines "topic partition offset op"; one JSON array a line answers each.
    void run_batch(const std::filesystem::path& log) const {
        std::ifstream file(batch);
        if (!file) return common.fail({Errc::io, "cannot read `" + batch + "`"});
        std::vector<WhoQuestion> questions;
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            WhoQuestion question;
            std::string word;
            const bool whole = static_cast<bool>(words >> question.topic >> question.partition >>
                                                 question.offset >> word);
            const auto parsed = parse_op(word);
            if (!whole || !parsed)
                return common.fail(
                    {Errc::config, batch + ":" + std::to_string(questions.size() + 1) +
                                       ": want `topic partition offset read|write|any`"});
            question.op = *parsed;
            questions.push_back(std::move(question));
        }
        const auto answers = auditlog::who_batch(log, questions, progress_line("reading"));
        if (!answers) return common.fail(answers.error());
        People people = common.people(log);
        for (const auto& some : *answers) {
            auto list = nlohmann::ordered_json::array();
            for (const WhoAnswer& answer : some) list.push_back(who_json(answer, people));
            std::cout << list.dump() << '\n';
        }
    }
};

void print(const Entry& entry, bool json, Table& table, People& people) {
    if (json) {
        std::cout << to_json(entry, people).dump() << '\n';
        return;
    }
    const audit::Event& event = entry.event;
    const std::string what = event.type == audit::EventType::request && event.api_key >= 0
                                 ? std::string(kafka::api_name(event.api_key))
                                 : std::string(name(event.type));
    table.add({std::to_string(entry.index), to_text_time(event.wall_ns),
               people.name_of(event.subject), what, place(event), to_text(event.offsets),
               std::to_string(event.records), people.client_of(event),
               people.of(event.subject).subject.client_id, outcome(event)});
}
Table entries_table() {
    return Table({"entry", "time (UTC)", "who", "what", "where", "offsets", "records", "from",
                  "client id", "outcome"});
}

struct Search {
    AuditCommand common;
    auditlog::SearchQuestion question;
    std::string since, until, principal, client;
    std::vector<std::string> apis;

    void run() {
        const auto log = common.log();
        if (log.empty()) return;
        for (const auto& [text, target] :
             {std::pair{&since, &question.since_ns}, {&until, &question.until_ns}}) {
            if (text->empty()) continue;
            const auto parsed = parse_time(*text, wall_now());
            if (!parsed) return common.fail(parsed.error());
            *target = *parsed;
        }
        for (const std::string& api : apis) {
            bool found = false;
            for (const kafka::ApiRange& range : kafka::understood_apis()) {
                if (range.name != api) continue;
                question.api_keys.push_back(range.key);
                found = true;
            }
            if (!found)
                return common.fail(
                    {Errc::config, "no API `" + api + "` (Kafka's names: Produce, Fetch, ...)"});
        }
        People people = common.people(log);
        auto status = filter_people(people);
        if (!status) return common.fail(status.error());
        const auto entries = auditlog::search(log, question, progress_line("searching"));
        if (!entries) return common.fail(entries.error());
        Table table = entries_table();
        for (const Entry& entry : *entries) print(entry, common.json(), table, people);
        if (common.json()) return;
        std::cout << (table.empty() ? std::string("nothing on record\n") : table.text());
    }

  private:
    // Which ids stand for somebody who was asked for.
    Status filter_people(People& people) {
        const auto fits = [](const std::string& pattern, std::string_view text) {
            return pattern.empty() || auditlog::glob_matches(pattern, text);
        };
        if (principal.empty() && client.empty()) return ok();
        const std::size_t colon = client.rfind(':');
        std::string address = client;
        if (std::uint16_t port = 0;
            colon != std::string::npos && !client.empty() &&
            std::from_chars(client.data() + colon + 1, client.data() + client.size(), port).ptr ==
                client.data() + client.size() &&
            port != 0) {
            question.client_port = port;
            address = client.substr(0, colon);
        }
        auto ids = people.all([&](const audit::Subject& subject) {
            return fits(principal, subject.principal) &&
                   (fits(address, to_text_address(subject.address)) ||
                    fits(client, subject.client_id));
        });
        if (!ids) return std::move(ids).error();
        question.subject = [found = *std::move(ids)](const audit::SubjectId& id) {
            return found.contains(id);
        };
        return ok();
    }
};

struct Show {
    AuditCommand common;
    std::uint64_t index = 0;

    void run() const {
        const auto log = common.log();
        if (log.empty()) return;
        bool found = false;
        People people = common.people(log);
        const auto read = auditlog::read_log(log, index, [&](const Entry& entry) {
            found = true;
            std::cout << to_json(entry, people).dump(common.json() ? -1 : 2) << '\n';
            return false;
        });
        if (!read) return common.fail(read.error());
        if (!found)
            common.fail(
                {Errc::unavailable, "the log has no entry " + std::to_string(index) + " yet"});
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
        do {
            Table table = entries_table();
            const auto seen = follower->poll([&](const Entry& entry) {
                print(entry, common.json(), table, people);
                return true;
            });
            if (!seen) return common.fail(seen.error());
            if (!common.json() && !table.empty()) std::cout << table.text();
            std::cout.flush();
            if (follow) std::this_thread::sleep_for(std::chrono::milliseconds(200));
        } while (follow && !stop_following);
    }
};

void add_search(CLI::App& audit, int& code) {
    CLI::App* app = nullptr;
    Search& search = add_audit_command<Search>(
        audit, code, "search", "entries that match all that is given, newest last",
        "example: sluice audit search --topic 'orders*' --type fetch --since 1h", app);
    app->add_option("--principal", search.principal, "who, a glob: `net:10.8.*`");
    app->add_option("--topic", search.question.topic, "a glob");
    app->add_option("--type", search.question.type,
                    "produce, fetch, request, read_lease, session_open, ...; a glob");
    app->add_option("--client", search.client, "ADDRESS, ADDRESS:PORT or client id; a glob");
    app->add_option("--api", search.apis, "Kafka's name of an API; repeatable");
    app->add_option("--partition", search.question.partition);
    app->add_option("--session", search.question.session);
    app->add_option("--error", search.question.error_code, "Kafka's error code");
    app->add_option("--since", search.since, "15m, 2h, 30d, or a time in UTC");
    app->add_option("--until", search.until, "the same");
    app->add_option("--limit", search.question.limit, "at most so many, the newest")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
}

}  // namespace

void add_audit_commands(CLI::App& app, int& code) {
    CLI::App* audit = app.add_subcommand("audit", "ask the audit log, and check it");
    audit->require_subcommand(1);
    audit->footer(
        "exit codes: 0 answered, or the log is whole; 1 the log is damaged, or a proof does not "
        "hold; 2 no such log, or part of it is missing; 3 not signed by the key; 4 usage");
    CLI::App* command = nullptr;
    Who& who = add_audit_command<Who>(
        *audit, code, "who", "who read or wrote an offset of a topic-partition",
        "example: sluice audit who --topic orders --partition 0 --offset 42 --op read", command);
    command->add_option("--topic", who.topic, "the topic's name");
    command->add_option("--partition", who.partition);
    command->add_option("--offset", who.offset);
    command->add_option("--op", who.op, "read, write or any")->capture_default_str();
    command->add_option("--batch", who.batch,
                        "a file of questions, `topic partition offset op` a line; JSON out");
    add_search(*audit, code);
    Show& show = add_audit_command<Show>(*audit, code, "show", "one entry, whole",
                                         "example: sluice audit show 4711", command);
    command->add_option("index", show.index, "the entry's index")->required();
    Tail& tail = add_audit_command<Tail>(*audit, code, "tail", "the newest entries",
                                         "example: sluice audit tail -f", command);
    command->add_option("-n", tail.count, "how many")->capture_default_str();
    command->add_flag("-f,--follow", tail.follow, "go on as entries are written");
    add_proof_commands(*audit, code);
    add_hold_commands(*audit, code);
}

}  // namespace sluice::app
