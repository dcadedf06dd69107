#include "app/cli_policy.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "app/cli_output.h"
#include "app/config_files.h"
#include "base/limits.h"
#include "policy/expect.h"
#include "policy/explain.h"
#include "policy/lint.h"
#include "policy/operations.h"
#include "session/masks.h"

namespace sluice::app {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kYaml = ".yaml";
constexpr std::string_view kExpect = ".expect.yaml";

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// -- Files

Status read_file(const fs::path& path, PolicyFiles& files) {
    auto text = read_text_file(path);
    if (!text) return std::move(text).error();
    auto& list = ends_with(path.string(), kExpect) ? files.expectations : files.policies;
    list.push_back({path.string(), *std::move(text)});
    return ok();
}

Status read_folder(const fs::path& folder, PolicyFiles& files) {
    std::error_code failure;
    std::vector<fs::path> paths;
    fs::directory_iterator entry(folder, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        const std::string name = entry->path().filename().string();
        if (name.front() != '.' && ends_with(name, kYaml)) paths.push_back(entry->path());
    }
    if (failure) return errno_error("read directory " + folder.string(), failure.value());
    if (paths.size() > 2 * limits::policy_files_max)
        return Error{Errc::too_large, "directory " + folder.string() + " has too many files"};
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
        auto read = read_file(path, files);
        if (!read) return read;
    }
    return ok();
}

Status read_path(const fs::path& path, PolicyFiles& files) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return read_folder(path, files);
    auto read = read_file(path, files);
    if (!read || !ends_with(path.string(), kYaml) || ends_with(path.string(), kExpect)) return read;
    fs::path beside = path;
    beside.replace_extension("expect.yaml");
    return fs::exists(beside, ignored) ? read_file(beside, files) : ok();
}

// -- Answers

Json to_json(const policy::Mistake& mistake) {
    return {{"file", mistake.file},
            {"line", mistake.line},
            {"column", mistake.column},
            {"text", mistake.text}};
}
Json to_json(const std::vector<policy::Mistake>& mistakes) {
    Json list = Json::array();
    for (const policy::Mistake& mistake : mistakes) list.push_back(to_json(mistake));
    return list;
}
Json to_json(const policy::RuleIds& ids) {
    Json list = Json::array();
    for (const std::string_view id : ids) list.push_back(std::string(id));
    return list;
}
std::string lines_of(const std::vector<policy::Mistake>& mistakes) {
    std::string text;
    for (const policy::Mistake& mistake : mistakes) text += policy::to_text(mistake) + "\n";
    return text;
}
std::string printed(const Json& json) {
    return json.dump(2) + "\n";
}

// As the daemon would, as far as that can be said without its keys' files.
policy::Compiled compiled_of(const PolicyFiles& files) {
    policy::Compiled compiled = policy::compile(files.policies, files.providers);
    if (!compiled.set) return compiled;
    std::vector<mask::Key> keys = session::keys_wanted(*compiled.set);
    if (files.keys)
        std::erase_if(keys, [&](const mask::Key& key) {
            return std::find(files.keys->begin(), files.keys->end(), key.name) == files.keys->end();
        });
    compiled.mistakes = session::check_masks(compiled, keys);
    if (!compiled.mistakes.empty()) compiled.set.reset();
    return compiled;
}

PolicyAnswer wrong(const std::vector<policy::Mistake>& mistakes, PolicyForm form) {
    if (form == PolicyForm::json)
        return {kPolicyWrong, printed({{"mistakes", to_json(mistakes)}}), ""};
    return {kPolicyWrong, "", lines_of(mistakes)};
}

Json to_json(const policy::Binding& binding, const PolicyQuestion& question,
             const policy::Decision& decision, Operation operation) {
    Json json{{"effect", std::string(name(decision.effect))},
              {"reason", std::string(decision.reason)},
              {"rules", to_json(decision.rules)},
              {"upstream_gateway", decision.upstream_gateway}};
    if (decision.shadow)
        json["shadow"] = {{"effect", std::string(name(*decision.shadow))},
                          {"rules", to_json(decision.shadow_rules)}};
    const policy::FactsNeeded needed = policy::needs(binding, operation, question.resource);
    json["depends_on"] = Json::array();
    if (needed.records) json["depends_on"].push_back("records");
    if (needed.lag) json["depends_on"].push_back("lag");
    json["masks"] = Json::array();
    if (operation == Operation::topic_read)
        for (const policy::MaskRule* mask : policy::masks(binding, question.resource.name))
            json["masks"].push_back(mask->id);
    return json;
}

// -- The command line

struct Options {
    std::vector<std::string> paths;
    std::string config = "/etc/sluice/sluice.yaml";
    std::string form = "text";

    [[nodiscard]] PolicyForm policy_form() const {
        return form == "json" ? PolicyForm::json : PolicyForm::text;
    }
};

CLI::App* add_command(CLI::App& policy, const char* name, const char* what,
                      const std::shared_ptr<Options>& options) {
    CLI::App* command = policy.add_subcommand(name, what);
    command->add_option("PATH", options->paths,
                        "policy files, or folders of them; default: what sluice.yaml names");
    command->add_option("--config", options->config, "where `policies:` stands")
        ->capture_default_str();
    command->add_option("-o,--output", options->form, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    return command;
}

Result<PolicyFiles> files_of(const Options& options) {
    std::vector<fs::path> paths(options.paths.begin(), options.paths.end());
    std::optional<std::vector<std::string>> keys;
    policy::ProviderNames providers;
    if (paths.empty()) {
        auto config = load_config(options.config);
        if (!config) return std::move(config).error();
        if (config->policies.empty())
            return Error{Errc::config, options.config + " names no `policies`"};
        paths.emplace_back(config->policies);
        keys.emplace();
        for (const MaskKey& key : config->keys) keys->push_back(key.name);
        providers = names_of(config->identity_providers);
    }
    auto files = read_policy_files(paths);
    if (!files) return files;
    files->keys = std::move(keys);
    files->providers = std::move(providers);
    return files;
}

template <class Answer>
int answer(const Options& options, Answer of) {
    const auto files = files_of(options);
    if (!files) {
        std::cerr << "sluice policy: " << files.error().context << '\n';
        return kPolicyWrong;
    }
    const PolicyAnswer answer = of(*files);
    std::cout << answer.out;
    std::cerr << answer.err;
    return answer.code;
}

struct ExplainOptions : Options {
    PolicyQuestion question;
    std::string topic, group, transactional_id;
    bool ticket = false;

    [[nodiscard]] PolicyQuestion asked() const {
        PolicyQuestion asked = question;
        if (!topic.empty()) asked.resource = {ResourceKind::topic, topic};
        if (!group.empty()) asked.resource = {ResourceKind::group, group};
        if (!transactional_id.empty())
            asked.resource = {ResourceKind::transactional_id, transactional_id};
        asked.ticket = ticket ? policy::Ticket::valid : policy::Ticket::none;
        return asked;
    }
};

void add_explain(CLI::App& policy, int& code) {
    auto options = std::make_shared<ExplainOptions>();
    CLI::App* command =
        add_command(policy, "explain", "who may do what, and which rules say so", options);
    command->add_option("--principal", options->question.principal.name, "\"user:ann@example.org\"")
        ->required();
    command->add_option("--member-of", options->question.principal.groups,
                        "a group the principal is in; may be repeated");
    command->add_option("--operation", options->question.operation, "\"topic.read\"")->required();
    CLI::Option* topic = command->add_option("--topic", options->topic, "the topic");
    CLI::Option* group = command->add_option("--group", options->group, "the consumer group");
    CLI::Option* transaction = command->add_option("--transactional-id", options->transactional_id,
                                                   "without any of the three: the cluster");
    topic->excludes(group)->excludes(transaction);
    group->excludes(transaction);
    command->add_option("--records", options->question.facts.records,
                        "how many records a reset rewinds over; default: not known");
    command->add_option("--lag", options->question.facts.lag,
                        "how many records the reader is behind; default: not known");
    command->add_flag("--ticket", options->ticket, "as if it had been approved");
    command->footer(
        "Exit codes: 0 answered, 2 a file or the question is wrong.\n\n"
        "Example: sluice policy explain --principal user:ann --member-of team "
        "--operation topic.read --topic orders");
    command->callback([options, &code] {
        code = answer(*options, [&](const PolicyFiles& files) {
            return explain_policies(files, options->asked(), options->policy_form());
        });
    });
}

}  // namespace

Result<PolicyFiles> read_policy_files(const std::vector<fs::path>& paths) {
    PolicyFiles files;
    for (const fs::path& path : paths) {
        auto read = read_path(path, files);
        if (!read) return std::move(read).error();
    }
    return files;
}

PolicyAnswer lint_policies(const PolicyFiles& files, PolicyForm form) {
    const policy::Compiled compiled = compiled_of(files);
    if (!compiled.set) return wrong(compiled.mistakes, form);
    const std::vector<policy::Mistake> warnings = policy::lint(compiled);
    const int code = warnings.empty() ? kPolicyFine : kPolicyFindings;
    if (form == PolicyForm::json)
        return {code, printed({{"mistakes", Json::array()}, {"warnings", to_json(warnings)}}), ""};
    return {code,
            lines_of(warnings) + counted(files.policies.size(), "file", "files") + ", " +
                counted(warnings.size(), "warning", "warnings") + "\n",
            ""};
}

PolicyAnswer test_policies(const PolicyFiles& files, PolicyForm form) {
    const policy::Compiled compiled = compiled_of(files);
    std::vector<policy::Mistake> mistakes = compiled.mistakes;
    std::vector<policy::ExpectCase> cases;
    for (const policy::PolicyFile& file : files.expectations) {
        policy::ReadExpect read = policy::read_expect(file);
        mistakes.insert(mistakes.end(), read.mistakes.begin(), read.mistakes.end());
        std::move(read.cases.begin(), read.cases.end(), std::back_inserter(cases));
    }
    if (!mistakes.empty()) return wrong(mistakes, form);
    const std::vector<policy::Mistake> failures = policy::run_expect(compiled.set, cases);
    // Nothing to expect is nothing tested.
    const int code = failures.empty() && !cases.empty() ? kPolicyFine : kPolicyFindings;
    if (form == PolicyForm::json)
        return {code, printed({{"cases", cases.size()}, {"failures", to_json(failures)}}), ""};
    return {code,
            lines_of(failures) + counted(cases.size(), "case", "cases") + ", " +
                counted(failures.size(), "failure", "failures") + "\n",
            ""};
}

PolicyAnswer explain_policies(const PolicyFiles& files, const PolicyQuestion& question,
                              PolicyForm form) {
    const policy::Compiled compiled = compiled_of(files);
    if (!compiled.set) return wrong(compiled.mistakes, form);
    const auto operation = operation_of(question.operation);
    if (!operation || !policy::fits(*operation, question.resource.kind))
        return {kPolicyWrong, "",
                "sluice policy: " +
                    (operation ? question.operation + " is not an operation on a " +
                                     std::string(name(question.resource.kind))
                               : "unknown operation " + question.operation) +
                    "\n"};
    const policy::Binding binding = policy::bind(compiled.set, question.principal);
    if (form == PolicyForm::json) {
        const policy::Decision decision =
            policy::decide(binding, *operation, question.resource, question.facts, question.ticket);
        return {kPolicyFine, printed(to_json(binding, question, decision, *operation)), ""};
    }
    return {kPolicyFine,
            policy::explain(compiled.set, question.principal, *operation, question.resource,
                            question.facts, question.ticket),
            ""};
}

void add_policy_commands(CLI::App& app, int& code) {
    CLI::App* policy = app.add_subcommand("policy", "what the policy files say");
    policy->require_subcommand(1);

    auto lint = std::make_shared<Options>();
    CLI::App* command =
        add_command(*policy, "lint", "mistakes, and what is probably not meant", lint);
    command->footer(
        "Exit codes: 0 nothing found, 1 warnings, 2 a file is wrong or cannot be read.\n\n"
        "Example: sluice policy lint policies/team.yaml");
    command->callback([lint, &code] {
        code = answer(*lint, [&](const PolicyFiles& files) {
            return lint_policies(files, lint->policy_form());
        });
    });

    auto test = std::make_shared<Options>();
    command = add_command(*policy, "test", "do the expectations of *.expect.yaml come true?", test);
    command->footer(
        "All policy files given are one set, as in the daemon.\n\n"
        "Exit codes: 0 all cases come true, 1 some do not, or there is none, 2 a file is wrong or "
        "cannot be read.\n\n"
        "Example: sluice policy test policies/team.yaml");
    command->callback([test, &code] {
        code = answer(*test, [&](const PolicyFiles& files) {
            return test_policies(files, test->policy_form());
        });
    });
    add_explain(*policy, code);
}

}  // namespace sluice::app
