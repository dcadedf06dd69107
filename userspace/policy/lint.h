// lint.h: what of a policy without mistakes is probably not meant.
//
// Warnings, never refusals: each has a way in which it can be right.
#pragma once

#include <vector>

#include "policy/policy.h"

namespace sluice::policy {

// Each at the place of its rule, in the order of the files. Empty where the set has mistakes.
std::vector<Mistake> lint(const Compiled& compiled);

}  // namespace sluice::policy
