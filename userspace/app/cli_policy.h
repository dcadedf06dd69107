// cli_policy.h: `sluice policy lint|test|explain`: what policy files say, before they are in force.
//
// Reads files and asks no daemon.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/decide.h"
#include "policy/policy.h"

namespace sluice::app {

// Exit codes of all three, as their --help says them.
inline constexpr int kPolicyFine = 0;
inline constexpr int kPolicyFindings = 1;  // a warning; an expectation that does not come true
inline constexpr int kPolicyWrong = 2;     // a file with a mistake, or that cannot be read

void add_policy_commands(CLI::App& app, int& code);

// -- What the commands are made of, for their tests.

enum class PolicyForm { text, json };

struct PolicyFiles {
    std::vector<policy::PolicyFile> policies;
    std::vector<policy::PolicyFile> expectations;  // *.expect.yaml
    // Names of the keys that masks may use; empty where nobody knows: then any.
    std::optional<std::vector<std::string>> keys = {};
    policy::ProviderNames providers = {};  // the same of tokens
};
// Each path is a file, or a folder with all its *.yaml. The expectations of a file are beside it.
// Errors: io, permission, too_large.
Result<PolicyFiles> read_policy_files(const std::vector<std::filesystem::path>& paths);

// What a command prints, and its exit code.
struct PolicyAnswer {
    int code = kPolicyFine;
    std::string out;
    std::string err;
};
PolicyAnswer lint_policies(const PolicyFiles& files, PolicyForm form);
PolicyAnswer test_policies(const PolicyFiles& files, PolicyForm form);

struct PolicyQuestion {
    Principal principal;
    std::string operation;
    Resource resource;
    policy::Facts facts;
    policy::Ticket ticket = policy::Ticket::none;
};
PolicyAnswer explain_policies(const PolicyFiles& files, const PolicyQuestion& question,
                              PolicyForm form);

}  // namespace sluice::app
