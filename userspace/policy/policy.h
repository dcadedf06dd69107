// policy.h: the policy files as one immutable value.
//
// The language is docs/policy.md. Pure: it is given text and names, and reads no file. What the set
// says about a caller and a request: evidence.h and decide.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/identity_rule.h"
#include "policy/rules.h"

namespace sluice::policy {

enum class Durability : std::uint8_t { strict, durable, async };
std::string_view name(Durability durability) noexcept;

// INVARIANT: no two rules have one id, and each list is in_order(): which rule a decision names
// does not depend on the order of the files, and is the same every time. Identities are the
// exception.
struct PolicySet {
    Durability durability = Durability::durable;
    std::vector<IdentityRule> identities;  // the first that matches wins
    std::vector<DenialRule> denials;       // by id
    std::vector<HoldRule> holds;           // those that need more approvals first, then by id
    std::vector<GrantRule> grants;         // those with `upstream: gateway` first, then by id
    std::vector<MaskRule> masks;           // by id
    // Tells it from other sets in the audit log; who read the files sets it. 0: not told.
    std::uint64_t fingerprint = 0;

    // Nobody may do anything then; a file that only says `audit` has none.
    [[nodiscard]] bool has_rules() const {
        return !(denials.empty() && holds.empty() && grants.empty() && masks.empty());
    }
};

// Puts each list into the order in which decide() prefers its rules.
PolicySet in_order(PolicySet set);

struct PolicyFile {
    std::string name;  // for messages: the path
    std::string text;
};
// One mistake and where it stands; lines and columns count from 1.
struct Mistake {
    std::string file;
    int line = 0, column = 0;
    std::string text;
    bool operator==(const Mistake&) const = default;
};
// "orders.yaml:12:3: unknown key `grant`"
std::string to_text(const Mistake& mistake);

struct Compiled {
    std::shared_ptr<const PolicySet> set;  // empty where there is a mistake
    std::vector<Mistake> mistakes;         // every one of every file
    // Where each rule begins, by its id; no text.
    std::map<std::string, Mistake, std::less<>> places;
};
// The identity providers that `oidc` may name; nothing where nobody knows which there are: then
// any.
using ProviderNames = std::optional<std::vector<std::string>>;

// No file at all is the default set.
Compiled compile(const std::vector<PolicyFile>& files, const ProviderNames& providers = {});

}  // namespace sluice::policy
