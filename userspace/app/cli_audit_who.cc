#include "app/cli_audit_who.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "app/audit_command.h"
#include "app/audit_form.h"
#include "app/evidence.h"

namespace sluice::app {
namespace {

using auditlog::WhoAnswer;
using auditlog::WhoQuestion;

Result<WhoQuestion::Op> parse_op(const std::string& text) {
    if (text == "any") return WhoQuestion::Op::any;
    if (text == "read") return WhoQuestion::Op::read;
    if (text == "write") return WhoQuestion::Op::write;
    return Error{Errc::config, "`" + text + "` is not read, write or any"};
}

// Lines "topic partition offset op".
Result<std::vector<WhoQuestion>> read_questions(const std::string& path) {
    std::ifstream file(path);
    if (!file) return Error{Errc::io, "cannot read `" + path + "`"};
    std::vector<WhoQuestion> questions;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        WhoQuestion question;
        std::string word;
        const bool whole = static_cast<bool>(words >> question.topic >> question.partition >>
                                             question.offset >> word);
        const auto parsed = parse_op(word);
        if (!whole || !parsed)
            return Error{Errc::config, path + ":" + std::to_string(questions.size() + 1) +
                                           ": want `topic partition offset read|write|any`"};
        question.op = *parsed;
        questions.push_back(std::move(question));
    }
    return questions;
}

struct AskWho {
    AuditCommand common;
    std::string topic, op = "any", batch, evidence;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    TimeSpan span;
    auditlog::WhoPage page;

    void run() {
        const auto log = common.log();
        if (log.empty()) return;
        auto status = span.parse(page.since_ns, page.until_ns);
        if (!status) return common.fail(status.error());
        if (!batch.empty()) return run_batch(log);
        if (topic.empty() || partition < 0 || offset < 0)
            return common.fail(
                {Errc::config, "who needs --topic, --partition and --offset (or --batch)"});
        const auto parsed = parse_op(op);
        if (!parsed) return common.fail(parsed.error());
        const WhoQuestion question{topic, {}, partition, offset, *parsed};
        auto opened = auditlog::Who::open(log, {&question, 1}, progress_line("reading"));
        if (!opened) return common.fail(opened.error());
        const auto report = opened->ask(question, page);
        if (!report) return common.fail(report.error());
        People people = common.people(log);
        print(*report, people);
        if (!evidence.empty()) prove(log, *report, people);
    }

  private:
    void print(const auditlog::WhoReport& report, People& people) const {
        EntryPrinter printer(common, Shape::answers, people);
        for (const WhoAnswer& answer : report.answers) printer.print(answer);
        printer.finish("nobody on record touched offset " + std::to_string(offset) + " of " +
                       topic + "-" + std::to_string(partition) + "\n");
        remark_known(common, report.known);
        if (report.more)
            remark(common, "there are more: go on with --after " +
                               std::to_string(report.answers.back().entry.index));
    }

    void prove(const std::filesystem::path& log, const auditlog::WhoReport& report,
               People& people) const {
        const auto written = write_evidence(log, report.answers, people, evidence);
        if (!written) return common.fail(written.error());
        remark(common, counted(written->proofs, "proof", "proofs") + " and the names behind " +
                           std::to_string(written->names) + " of them in " + evidence);
    }

    // One JSON array a line answers each.
    void run_batch(const std::filesystem::path& log) const {
        const auto questions = read_questions(batch);
        if (!questions) return common.fail(questions.error());
        auto opened = auditlog::Who::open(log, *questions, progress_line("reading"));
        if (!opened) return common.fail(opened.error());
        auditlog::Known known;
        People people = common.people(log);
        for (const WhoQuestion& question : *questions) {
            const auto report = opened->ask(question, page);
            if (!report) return common.fail(report.error());
            if (report->more)
                return common.fail({Errc::too_large, "more than --limit answers to `" +
                                                         question.topic + " " +
                                                         std::to_string(question.partition) + " " +
                                                         std::to_string(question.offset) + "`"});
            auto list = nlohmann::ordered_json::array();
            for (const WhoAnswer& answer : report->answers) {
                list.push_back(to_json(answer.entry, people));
                list.back()["possible"] = answer.possible;
            }
            std::cout << list.dump() << '\n';
            known = report->known;
        }
        AuditCommand in_json = common;
        in_json.form = "json";
        remark_known(in_json, known);
    }
};

}  // namespace

void add_who_command(CLI::App& audit, int& code) {
    CLI::App* command = nullptr;
    AskWho& who = add_audit_command<AskWho>(
        audit, code, "who", "who read or wrote an offset of a topic-partition",
        "example: sluice audit who --topic orders --partition 0 --offset 42 --op read", command,
        false);
    command->add_option("--topic", who.topic, "the topic's name");
    command->add_option("--partition", who.partition);
    command->add_option("--offset", who.offset);
    command->add_option("--op", who.op, "read, write or any")->capture_default_str();
    who.span.add_to(*command);
    command
        ->add_option("--batch", who.batch,
                     "a file of questions, `topic partition offset op` a line; JSON out")
        ->excludes("--topic", "--partition", "--offset");
    command
        ->add_option("--prove", who.evidence,
                     "a folder for the proof of each answer and the names behind its id")
        ->excludes("--batch");
    command->add_option("--limit", who.page.limit, "at most so many answers, the oldest")
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{1}, limits::audit_page_entries_max));
    command->add_option("--after", who.page.after, "answers behind this entry");
    add_form(*command, who.common, {"table", "json", "csv"},
             "table, json (one object a line) or csv");
}

}  // namespace sluice::app
