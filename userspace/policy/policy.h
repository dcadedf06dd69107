// policy.h: the policy files as an immutable value.
//
// Of the language in docs/policy.md this version knows `version` and `audit.durability`; every other key is an error that
// says it is not built yet. Pure: it is given text and names, and reads no file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::policy {

enum class Durability : std::uint8_t { strict, durable, async };

struct PolicySet {
    Durability durability = Durability::durable;
};

struct PolicyFile {
    std::string name;   // for messages: the path
    std::string text;
};
// One mistake: "orders.yaml:12:3: unknown key `grant`".
struct Mistake {
    std::string file;
    int line = 0, column = 0;
    std::string text;
    bool operator==(const Mistake&) const = default;
};
struct Compiled {
    PolicySet set;
    std::vector<Mistake> mistakes;   // every one of every file; the set counts only when there is none
};
Compiled compile(const std::vector<PolicyFile>& files);

}  // namespace sluice::policy
