// cli_suggest.h: `sluice policy suggest`: the least that has to be granted, told from the audit
// log.
//
// Reads the log's files; needs no daemon, and puts nothing in force.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

#include "app/people.h"
#include "auditlog/reader.h"
#include "base/result.h"
#include "policy/suggest.h"

namespace sluice::app {

inline constexpr int kSuggestWhole = 0;
inline constexpr int kSuggestPartly = 1;  // something was left out, or nothing was seen
inline constexpr int kSuggestFailed = 2;

// To the subcommand `policy`.
void add_suggest_command(CLI::App& policy, int& code);

// -- What the command is made of, for its tests.

struct SuggestQuestion {
    std::string principal;  // a glob; empty: everybody
    policy::SuggestOptions options;
};
struct SuggestAnswer {
    int code = kSuggestWhole;
    policy::Suggestion suggestion;  // empty with kSuggestFailed, and where nothing was seen
    std::string err;                // lines for people
};
SuggestAnswer suggest_from_log(const std::filesystem::path& log, const SuggestQuestion& question,
                               People& people, const auditlog::Progress& progress = {});

// A file that is not there yet. Errors: denied where there is one, io, permission.
Status write_new_file(const std::filesystem::path& path, const std::string& text);
// `suggested.yaml` and `suggested.expect.yaml` in the folder: both, or neither.
Status write_suggestion(const std::filesystem::path& folder, const policy::Suggestion& suggestion);

}  // namespace sluice::app
