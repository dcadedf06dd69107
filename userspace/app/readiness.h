// readiness.h: may clients be sent here? The reasons why not, in words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/steering.h"

namespace sluice::app {

struct ReadinessFacts {
    // What the kernel said when it was last asked; empty where it could not be asked.
    std::optional<capture::SteeringStatus> capture;
    std::string capture_problem;  // why it could not
    bool accepting = false;
    bool audit_failed = false;
    bool plaintext_tokens = false;  // clients may show tokens though nothing is encrypted
    bool shadow = false;            // nothing is refused by policy
    bool has_rules = true;          // some policy rule is in force
    std::string
        policy_problem;  // the files on disk are refused: why; the running set stays in force
    std::string policy_waiting;  // what of the accepted files is not in force yet
};

struct Readiness {
    std::vector<std::string> reasons;  // why not; empty: ready
    std::vector<std::string> notes;    // what an operator should know all the same
    [[nodiscard]] bool ready() const { return reasons.empty(); }
    bool operator==(const Readiness&) const = default;
};
Readiness judge(const ReadinessFacts& facts);

}  // namespace sluice::app
