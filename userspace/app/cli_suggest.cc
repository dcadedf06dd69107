#include "app/cli_suggest.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

#include "app/cli_output.h"
#include "app/config_files.h"
#include "app/event_uses.h"
#include "audit/encode.h"
#include "auditlog/glob.h"
#include "auditlog/walk.h"
#include "policy/expect.h"

namespace sluice::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSays = "sluice policy suggest: ";

struct Gathered {
    policy::Usage usage;
    std::uint64_t unclear = 0;
};

Result<Gathered> gather(const fs::path& log, const SuggestQuestion& question, People& people,
                        const auditlog::Progress& progress) {
    auto walk = auditlog::LogWalk::open(log, 0, progress);
    if (!walk) return std::move(walk).error();
    Gathered gathered;
    EventUses uses(gathered.usage);
    audit::Block block;
    audit::Head head;
    while (true) {
        const auto more = walk->next(block);
        if (!more) return more.error();
        if (!*more) break;
        audit::for_each_entry(block.body, [&](Bytes entry) {
            const bool in_time = audit::read_head(entry, head) &&
                                 head.wall_ns >= question.options.since_ns &&
                                 head.wall_ns < question.options.until_ns;
            if (!in_time) return true;
            const auto event = audit::decode(entry);
            if (!event) return true;
            const std::string& principal = people.of(event->subject).subject.principal;
            if (question.principal.empty() || auditlog::glob_matches(question.principal, principal))
                uses.add(*event, principal);
            return true;
        });
    }
    uses.finish();
    gathered.unclear = uses.unclear();
    return gathered;
}

// The first thing that is wrong with it; empty: what is suggested compiles and does what is
// expected.
std::string mistake_in(const policy::Suggestion& suggestion) {
    if (suggestion.policy.size() > limits::config_bytes_max)
        return "it has more than " + std::to_string(limits::config_bytes_max) + " bytes";
    const policy::Compiled compiled = policy::compile({{"suggested.yaml", suggestion.policy}});
    if (!compiled.mistakes.empty()) return policy::to_text(compiled.mistakes.front());
    const policy::ReadExpect read =
        policy::read_expect({"suggested.expect.yaml", suggestion.expect});
    if (!read.mistakes.empty()) return policy::to_text(read.mistakes.front());
    const auto failures = policy::run_expect(compiled.set, read.cases);
    return failures.empty() ? std::string() : policy::to_text(failures.front());
}

SuggestAnswer failed(const std::string& why) {
    return {kSuggestFailed, {}, kSays + why + "\n"};
}

std::int64_t wall_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// -- The command line

struct Suggest {
    std::string directory;
    std::string config = "/etc/sluice/sluice.yaml";
    std::string since = "7d";
    std::string expect, out;
    bool include_refused = false;
    SuggestQuestion question;

    [[nodiscard]] int run() {
        const auto loaded = load_config(config);
        if (directory.empty() && !loaded) return fail(loaded.error());
        const std::int64_t now = wall_now();
        const auto from = parse_time(since, now);
        if (!from) return fail(from.error());
        question.options.since_ns = *from;
        question.options.until_ns = now;
        if (include_refused) question.options.refused = policy::SuggestOptions::Refused::granted;
        std::error_code ignored;
        if (!out.empty() && loaded && fs::equivalent(out, loaded->policies, ignored))
            return fail({Errc::denied, out + " is where the daemon takes its policies from: what "
                                             "stands there is in force before anybody read it"});
        const fs::path log = directory.empty() ? loaded->audit_directory() : fs::path(directory);
        auto people = open_people(log, {});
        if (!people) return fail(people.error());
        const SuggestAnswer answer =
            suggest_from_log(log, question, *people, progress_line("reading"));
        std::cerr << answer.err;
        if (answer.suggestion.grants == 0) return answer.code;
        const Status written = deliver(answer.suggestion);
        return written ? answer.code : fail(written.error());
    }

  private:
    [[nodiscard]] Status deliver(const policy::Suggestion& suggestion) const {
        if (!out.empty()) return write_suggestion(out, suggestion);
        if (!expect.empty()) {
            auto written = write_new_file(expect, suggestion.expect);
            if (!written) return written;
        }
        std::cout << suggestion.policy;
        return ok();
    }
    static int fail(const Error& error) {
        std::cerr << kSays << error.context << '\n';
        return kSuggestFailed;
    }
};

}  // namespace

SuggestAnswer suggest_from_log(const fs::path& log, const SuggestQuestion& question, People& people,
                               const auditlog::Progress& progress) {
    const auto gathered = gather(log, question, people, progress);
    if (!gathered) return failed(gathered.error().context);
    SuggestAnswer answer{kSuggestWhole, policy::suggest(gathered->usage, question.options), {}};
    const auto say = [&answer](const std::string& what) {
        answer.err += kSays + what + "\n";
        answer.code = kSuggestPartly;
    };
    if (answer.suggestion.grants == 0) {
        answer.suggestion = {};
        say("nothing was recorded in that time that could be granted");
    } else {
        const std::string mistake = mistake_in(answer.suggestion);
        if (!mistake.empty())
            return failed("what was seen does not fit into one file of policies (" + mistake +
                          "): ask for less with --principal or --since, or use --collapse");
    }
    for (const std::string& sentence : answer.suggestion.left_out) say("left out: " + sentence);
    if (gathered->unclear > 0)
        say("left out: " + counted(gathered->unclear, "event", "events") +
            " about something that the log does not name clearly");
    return answer;
}

Status write_new_file(const fs::path& path, const std::string& text) {
    // x: never what is there already, nor where a link points to.
    std::FILE* const file = std::fopen(path.c_str(), "wxe");
    if (file == nullptr) {
        if (errno == EEXIST)
            return Error{Errc::denied, path.string() + " is there already: it is not overwritten"};
        return errno_error("write " + path.string(), errno);
    }
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = std::fclose(file) == 0;
    if (written && closed) return ok();
    const int failure = errno;
    ::unlink(path.c_str());
    return errno_error("write " + path.string(), failure);
}

Status write_suggestion(const fs::path& folder, const policy::Suggestion& suggestion) {
    const fs::path policy = folder / "suggested.yaml";
    auto written = write_new_file(policy, suggestion.policy);
    if (!written) return written;
    auto expected = write_new_file(folder / "suggested.expect.yaml", suggestion.expect);
    if (!expected) ::unlink(policy.c_str());
    return expected;
}

void add_suggest_command(CLI::App& policy, int& code) {
    auto suggest = std::make_shared<Suggest>();
    CLI::App* command =
        policy.add_subcommand("suggest", "grants of what was done, told from the audit log");
    command->add_option("--since", suggest->since, "15m, 24h, 7d, or a time in UTC")
        ->capture_default_str();
    command->add_option("--principal", suggest->question.principal, "who, a glob: `net:10.8.*`");
    command
        ->add_option("--collapse", suggest->question.options.collapse,
                     "N or more names that begin alike up to `.`, `-` or `_` become one pattern")
        ->check(CLI::Range(2, 1'000'000));
    command->add_flag("--include-refused", suggest->include_refused,
                      "grant also what was refused in that time");
    command->add_flag("--upstream-gateway", suggest->question.options.upstream_gateway,
                      "each grant with `upstream: gateway`");
    CLI::Option* expect = command->add_option("--expect", suggest->expect,
                                              "a new file for what is expected of the grants");
    command
        ->add_option("--out", suggest->out,
                     "a folder for suggested.yaml and suggested.expect.yaml, instead of printing")
        ->excludes(expect);
    command->add_option("--dir", suggest->directory,
                        "the audit log's folder (default: data/audit of the configuration)");
    command->add_option("--config", suggest->config, "the daemon's configuration")
        ->capture_default_str();
    command->footer(
        "Prints a policy file to read and change before it is put in force.\n\n"
        "Exit codes: 0 all that was done is granted; 1 something was left out, and it is said "
        "what, or nothing was seen; 2 the log cannot be read, or a file cannot be written or is "
        "there already.\n\n"
        "Example: sluice policy suggest --since 7d --collapse 5 --out /tmp/review");
    command->callback([suggest, &code] { code = suggest->run(); });
}

}  // namespace sluice::app
