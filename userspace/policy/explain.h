// explain.h: one question to a policy, answered with every rule that had a say, for people.
#pragma once

#include <memory>
#include <string>

#include "policy/decide.h"

namespace sluice::policy {

// The decision, then each rule that is about this principal and this operation, and why it matches
// or not. Lines end with "\n".
std::string explain(const std::shared_ptr<const PolicySet>& set, const Principal& principal,
                    Operation operation, const Resource& resource, const Facts& facts,
                    Ticket ticket);

}  // namespace sluice::policy
