// suggest.h: from what was done to a policy file that grants just that, and the expectations of it.
//
// No judgement: what was done is granted, whether or not it should have been, and what was not done
// in the time looked at is not. People review it. The file has grants alone: identities, denials
// and holds are for people to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/usage.h"

namespace sluice::policy {

struct SuggestOptions {
    enum class Refused : std::uint8_t { listed, granted };

    // So many names with a common beginning up to `.`, `-` or `_` become one pattern; 0: none do.
    std::size_t collapse = 0;
    Refused refused = Refused::listed;
    bool upstream_gateway = false;  // each grant carries `upstream: gateway`
    std::int64_t since_ns = 0, until_ns = 0;
};

// INVARIANT: the same usage and options give the same texts; `policy` compiles without mistakes and
// warnings, and `expect` comes true of it.
struct Suggestion {
    std::string policy;
    std::string expect;
    std::size_t grants = 0;  // 0: nothing was done that can be granted
    std::size_t cases = 0;
    // One sentence each: what of the usage the file does not grant, or does not expect, for want of
    // room or of a name. The file says the same.
    std::vector<std::string> left_out;
};
Suggestion suggest(const Usage& usage, const SuggestOptions& options);

}  // namespace sluice::policy
