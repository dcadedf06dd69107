// identity_rule.h: one line of `identities`: what a caller must show, and what they are called
// then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::policy {

// "user:{claim.email}" as literal, claim, literal, claim, ..., literal.
struct ClaimTemplate {
    struct Part {
        std::string literal;  // stands before the claim
        std::string claim;    // empty only in the last part
    };
    std::vector<Part> parts;
};

struct SourceNetwork {
    std::uint32_t address = 0;  // host order
    std::uint32_t prefix = 0;   // 0-32
};

struct IdentityRule {
    ClaimTemplate principal;
    ClaimTemplate human;  // without parts: nobody answers for it
    // Each a name, or all values of one claim.
    struct Groups {
        std::string literal;
        std::string claim;
    };
    std::vector<Groups> groups;
    // All that are set must hold; one of the networks is enough. INVARIANT: something is set.
    std::string provider;
    std::vector<SourceNetwork> sources;
};

}  // namespace sluice::policy
