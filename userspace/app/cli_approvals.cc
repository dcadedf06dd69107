#include "app/cli_approvals.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "app/approval_text.h"
#include "app/cli_audit.h"
#include "app/cli_output.h"
#include "approval/request.h"

namespace sluice::app {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 refused (at least one of them), 2 no daemon answers or it cannot now, 4 "
    "usage.\n\n";

// What a refusal looks like, whatever was asked.
ApprovalsAnswer refused(const Said& said, const char* command, ApprovalsForm form) {
    ApprovalsAnswer answer{said.code, "", "sluice " + std::string(command) + ": " + said.problem};
    answer.err += '\n';
    if (form == ApprovalsForm::json && said.body.is_object()) answer.out = one_line(said.body);
    return answer;
}

}  // namespace

ApprovalsAnswer list_approvals(const AskDaemon& ask, Listed which, std::size_t limit,
                               ApprovalsForm form) {
    const std::string state = which == Listed::all ? "all" : "pending";
    const Said said =
        ask_for(ask, "GET", "/v1/approvals?state=" + state + "&limit=" + std::to_string(limit));
    if (said.code != kApprovalsDone) return refused(said, "approvals ls", form);
    ApprovalsAnswer answer;
    Table table(approval_columns());
    if (const auto list = said.body.find("approvals"); list != said.body.end())
        for (const Json& request : *list) {
            if (form == ApprovalsForm::json) answer.out += one_line(request);
            table.add(approval_row(request));
        }
    const Json left_out = said.body.value("left_out", Json());
    if (left_out.is_number_unsigned() && left_out > 0)
        answer.err = "sluice approvals ls: " + left_out.dump() + " more did not fit\n";
    if (form == ApprovalsForm::json) return answer;
    answer.out = !table.empty()         ? table.text()
                 : which == Listed::all ? "there are no requests\n"
                                        : "nothing waits for an approval\n";
    return answer;
}

ApprovalsAnswer show_approval(const AskDaemon& ask, const std::string& id, ApprovalsForm form) {
    const Said said = ask_for(ask, "GET", "/v1/approvals/" + id);
    if (said.code != kApprovalsDone) return refused(said, "approvals show", form);
    return {kApprovalsDone,
            form == ApprovalsForm::json ? one_line(said.body) : approval_text(said.body), ""};
}

ApprovalsAnswer vote_on_approvals(const AskDaemon& ask, const std::string& verb,
                                  const std::vector<std::string>& ids, const std::string& comment,
                                  ApprovalsForm form) {
    const std::string body = one_line({{"comment", comment}});
    ApprovalsAnswer answer;
    for (const std::string& id : ids) {
        Said said = ask_for(ask, "POST", "/v1/approvals/" + id + "/" + verb, body);
        answer.code = std::max(answer.code, said.code);
        if (form == ApprovalsForm::json && said.body.is_object()) {
            said.body["id"] = id;  // a refusal does not have it
            answer.out += one_line(said.body);
        } else if (said.code == kApprovalsDone) {
            answer.out += outcome_text(said.body) + "\n";
        }
        if (said.code != kApprovalsDone)
            answer.err += "sluice approvals " + verb + ": " + id + ": " + said.problem + "\n";
    }
    return answer;
}

ApprovalsAnswer who_am_i(const AskDaemon& ask, ApprovalsForm form) {
    const Said said = ask_for(ask, "GET", "/v1/whoami");
    if (said.code != kApprovalsDone) return refused(said, "whoami", form);
    return {kApprovalsDone,
            form == ApprovalsForm::json ? one_line(said.body) : caller_text(said.body), ""};
}

// -- The command line

namespace {

struct Options {
    std::string control = kControlSocket;
    std::string output = "table";
    bool all = false;
    std::size_t limit = limits::control_list_default;
    std::vector<std::string> ids;
    std::string comment;

    [[nodiscard]] ApprovalsForm form() const {
        return output == "json" ? ApprovalsForm::json : ApprovalsForm::text;
    }
    [[nodiscard]] AskDaemon daemon() const { return daemon_at(control); }
    // Into the form in which they go into a path. False after a mistake, which has been told.
    bool read_ids() {
        for (std::string& id : ids) {
            auto canonical = approval::typed_id(id);
            if (!canonical) {
                std::cerr << "sluice approvals: one of these is no id of a request, such as "
                             "R-7F3KQ2AV\n";
                return false;
            }
            id = *std::move(canonical);
        }
        return true;
    }
};

int told(const ApprovalsAnswer& answer) {
    std::cout << answer.out;
    std::cerr << answer.err;
    return answer.code;
}

using OptionsPtr = std::shared_ptr<Options>;

CLI::App* add_command(CLI::App& parent, const char* name, const char* what,
                      const OptionsPtr& options, const char* example) {
    CLI::App* command = parent.add_subcommand(name, what);
    command->add_option("--control", options->control, "the daemon's control socket")
        ->capture_default_str();
    command->add_option("-o,--output", options->output, "table or json (one object a line)")
        ->check(CLI::IsMember({"table", "json"}))
        ->capture_default_str();
    command->footer(std::string(kExitCodes) + "Example: " + example);
    return command;
}

void add_list(CLI::App& parent, int& code) {
    auto options = std::make_shared<Options>();
    CLI::App* command = add_command(parent, "ls", "what waits for an approval, the newest first",
                                    options, "sluice approvals ls");
    command->add_flag("--all", options->all, "decided, used and expired ones too");
    command->add_option("--limit", options->limit, "at most so many, the newest")
        ->check(CLI::Range(std::size_t{1}, limits::control_list_max))
        ->capture_default_str();
    command->callback([options, &code] {
        code = told(list_approvals(options->daemon(), options->all ? Listed::all : Listed::pending,
                                   options->limit, options->form()));
    });
}

void add_show(CLI::App& parent, int& code) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        add_command(parent, "show", "one request, with everything to know before a decision",
                    options, "sluice approvals show R-7F3KQ2AV");
    command->add_option("ID", options->ids, "the request")->required()->expected(1);
    command->callback([options, &code] {
        code = options->read_ids()
                   ? told(show_approval(options->daemon(), options->ids.front(), options->form()))
                   : kUsage;
    });
}

enum class Comment : std::uint8_t { optional, required };

void add_vote(CLI::App& parent, int& code, const char* verb, const char* what, int ids_max,
              Comment needed, const char* example) {
    auto options = std::make_shared<Options>();
    CLI::App* command = add_command(parent, verb, what, options, example);
    command->add_option("ID", options->ids, "the request")->required()->expected(1, ids_max);
    command->add_option("-m,--comment", options->comment, "why; everybody can read it later")
        ->required(needed == Comment::required);
    command->callback([options, &code, verb] {
        code = options->read_ids() ? told(vote_on_approvals(options->daemon(), verb, options->ids,
                                                            options->comment, options->form()))
                                   : kUsage;
    });
}

}  // namespace

void add_approvals_commands(CLI::App& app, int& code) {
    CLI::App* approvals =
        app.add_subcommand("approvals", "requests that wait for a human: look, and decide");
    approvals->require_subcommand(1);
    approvals->footer(kExitCodes);
    add_list(*approvals, code);
    add_show(*approvals, code);
    constexpr int many = 100;
    add_vote(*approvals, code, "approve", "lets a request pass, once enough people did", many,
             Comment::optional, "sluice approvals approve R-7F3KQ2AV -m \"as planned in OPS-12\"");
    add_vote(*approvals, code, "deny", "refuses a request, whoever else approves", many,
             Comment::required, "sluice approvals deny R-7F3KQ2AV -m \"not before the audit\"");
    add_vote(*approvals, code, "revoke", "takes an approval back that was not used yet", 1,
             Comment::required, "sluice approvals revoke R-7F3KQ2AV -m \"wrong topic\"");
    auto options = std::make_shared<Options>();
    add_command(app, "whoami", "who the daemon takes you for, and your roles", options,
                "sluice whoami")
        ->callback([options, &code] { code = told(who_am_i(options->daemon(), options->form())); });
}

}  // namespace sluice::app
