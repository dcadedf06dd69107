// expect.h: what a policy is expected to say, in a file beside it: `x.expect.yaml`.
//
// docs/policy.md, "Testing a policy". Pure: reading the files and printing is app's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/decide.h"
#include "policy/evidence.h"

namespace sluice::policy {

struct ExpectCase {
    Mistake place;  // no text
    // Who asks: named, or to be identified.
    Principal principal;
    std::optional<Evidence> evidence;
    std::optional<std::string> is;  // the name they are to get

    std::optional<Operation> operation;
    Resource resource;
    Facts facts;
    Ticket ticket = Ticket::none;
    Effect effect = Effect::deny;     // expected of the operation
    std::optional<std::string> rule;  // that is to be among those that made the decision
    std::optional<Effect> shadow;     // expected with the shadow rules in force
    std::optional<std::vector<std::string>> masks;  // their ids, in any order
};

struct ReadExpect {
    std::vector<ExpectCase> cases;
    std::vector<Mistake> mistakes;  // the cases count only where there is none
};
ReadExpect read_expect(const PolicyFile& file);

// One entry for each case that comes out otherwise: where it stands, what was expected, what came.
std::vector<Mistake> run_expect(const std::shared_ptr<const PolicySet>& set,
                                const std::vector<ExpectCase>& cases);

}  // namespace sluice::policy
