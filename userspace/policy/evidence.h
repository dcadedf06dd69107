// evidence.h: what is known of a caller, and the name the identities of a set give them.
//
// Does not check evidence: who fills it in has verified the token.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/types.h"
#include "policy/policy.h"

namespace sluice::policy {

// A claim of a verified token, as strings; a list claim has several values.
struct Claim {
    std::string name;
    std::vector<std::string> values;
};

struct Evidence {
    std::uint32_t source = 0;   // IPv4, host order
    std::string provider = {};  // the OIDC provider whose token it is; empty: no token
    std::vector<Claim> claims = {};
};

// The first identity that matches. Where none does: "net:ADDRESS" with the evidence "source
// address". The name is never empty.
//
// A template whose claim is missing or empty does not match; nor does one of a principal or a human
// whose claim has several values; nor any that takes a value which could pass for something else
// (limits::identity_name_bytes_max and limits::identity_groups_max, control characters, text that
// is no UTF-8).
Principal identify(const PolicySet& set, const Evidence& evidence);

}  // namespace sluice::policy
