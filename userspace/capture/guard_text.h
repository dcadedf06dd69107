// guard_text.h: the nft guard as text: what is installed, and whether a listing shows it whole.
//
// Pure. The guard refuses, without BPF, what goes from a client interface to a broker past the
// listener.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "capture/coverage.h"

namespace sluice::capture {

struct GuardCount {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    bool operator==(const GuardCount&) const = default;
};

// "sluice_RUN-ID", in family inet.
std::string guard_table(std::string_view run_id);

// One transaction that puts the table in the place of the one that stands; `before` is carried
// over.
std::string guard_commands(std::string_view run_id, const std::vector<std::string>& interfaces,
                           const Coverage& coverage, GuardCount before);

// True where `listing` (of `nft list table`) has every hook, rule and element of guard_commands(),
// and the sets nothing else.
bool guard_complete(std::string_view listing, const std::vector<std::string>& interfaces,
                    const Coverage& coverage);

// The counter of a listing; zero where there is none.
GuardCount guard_count(std::string_view listing);

}  // namespace sluice::capture
