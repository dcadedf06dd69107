// policy.h: the policy files as an immutable value.
//
// Of the language in docs/policy.md this version knows `version` and `audit.durability`; every
// other key is an error that says it is not built yet. Pure: it is given text and names, and reads
// no file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::policy {

enum class Durability : std::uint8_t { strict, durable, async };
std::string_view name(Durability durability) noexcept;

struct PolicySet {
    Durability durability = Durability::durable;
    bool operator==(const PolicySet&) const = default;
};

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
    PolicySet set;
    std::vector<Mistake>
        mistakes;  // every one of every file; the set counts only when there is none
};
// No file at all is the default set.
Compiled compile(const std::vector<PolicyFile>& files);

}  // namespace sluice::policy
