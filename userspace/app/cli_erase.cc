#include "app/cli_erase.h"

#include <iostream>
#include <memory>

#include "app/cli_output.h"

namespace sluice::app {

Erased erase_person(const AskDaemon& ask, const std::string& person, const std::string& comment) {
    const Said said = ask_for(ask, "POST", "/v1/people/erase",
                              one_line({{"person", person}, {"comment", comment}}));
    if (said.code != kApprovalsDone)
        return {said.code, "", "sluice audit erase: " + said.problem + "\n"};
    const auto number = said.body.find("erased");
    if (number == said.body.end() || !number->is_number_unsigned())
        return {kApprovalsNoAnswer, "", "sluice audit erase: the daemon's answer makes no sense\n"};
    const auto erased = number->get<std::uint64_t>();
    if (erased == 0) return {kApprovalsDone, "nothing was known of them\n", ""};
    return {
        kApprovalsDone,
        counted(erased, "entry", "entries") + " about them deleted; every proof holds as before\n",
        ""};
}

void add_erase_command(CLI::App& audit, int& code) {
    struct Options {
        std::string control = kControlSocket, person, comment;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command = audit.add_subcommand(
        "erase", "deletes the names and addresses that the log's ids of a person stand for");
    command->add_option("PERSON", options->person, "a principal or a human, as the log shows them")
        ->required();
    command->add_option("-m,--comment", options->comment, "why; it is recorded, the name is not")
        ->required();
    command->add_option("--control", options->control, "the daemon's control socket")
        ->capture_default_str();
    command->footer(
        "Needs the role admin. What was exported or copied before is out of reach.\n\n"
        "Exit codes: 0 done, 1 refused, 2 no daemon answers or it cannot now, 4 usage.\n\n"
        "Example: sluice audit erase alice@example.org -m \"request DSR-17\"");
    command->callback([options, &code] {
        const Erased erased =
            erase_person(daemon_at(options->control), options->person, options->comment);
        std::cout << erased.out;
        std::cerr << erased.err;
        code = erased.code;
    });
}

}  // namespace sluice::app
