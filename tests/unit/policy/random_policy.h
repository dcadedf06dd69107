// random_policy.h: policies and questions drawn from few words, so that rules often meet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "policy/decide.h"

namespace sluice::policy::testing_support {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint32_t below(std::size_t bound) {
        // splitmix64
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return static_cast<std::uint32_t>((z ^ (z >> 31)) % bound);
    }
    bool one_in(std::size_t count) { return below(count) == 0; }

  private:
    std::uint64_t state_;
};

struct Asked {
    Principal principal;
    Operation operation;
    Resource resource;
    Facts facts;
};

class RandomPolicy {
  public:
    explicit RandomPolicy(std::uint64_t seed) : random_(seed) {}

    PolicySet set() {
        PolicySet set;
        for (std::size_t n = random_.below(3); n > 0; --n) set.denials.push_back(denial());
        for (std::size_t n = random_.below(4); n > 0; --n) set.holds.push_back(hold());
        for (std::size_t n = random_.below(6); n > 0; --n) set.grants.push_back(grant());
        return set;
    }
    DenialRule denial() {
        DenialRule rule;
        rule.id = "d" + std::to_string(++ids_);
        rule.mode = mode();
        rule.to = who();
        rule.scope = scope(4);
        rule.reason = "denied by a rule";
        return rule;
    }
    HoldRule hold() {
        HoldRule rule;
        rule.id = "h" + std::to_string(++ids_);
        rule.mode = mode();
        rule.to = who();
        rule.scope = scope(3);
        rule.applies = static_cast<HoldRule::Applies>(random_.below(3));
        if (random_.one_in(2)) rule.records_over = random_.below(3);
        if (random_.one_in(3)) rule.lag_over = random_.below(3);
        rule.count = 1 + random_.below(2);
        return rule;
    }
    GrantRule grant() {
        GrantRule rule;
        rule.id = "g" + std::to_string(++ids_);
        rule.mode = mode();
        rule.to = who();
        rule.scope = scope(8);
        rule.scope.operations = with_implied(rule.scope.operations);
        rule.upstream_gateway = random_.one_in(4);
        return rule;
    }
    Asked question() {
        Asked asked;
        asked.principal.name = pick(kPrincipals);
        for (std::size_t n = random_.below(3); n > 0; --n)
            asked.principal.groups.emplace_back(pick(kGroups));
        asked.operation = static_cast<Operation>(random_.below(kOperations));
        do {  // most questions fit, so that most get an answer
            asked.resource.kind = static_cast<ResourceKind>(random_.below(4));
        } while (!fits(asked.operation, asked.resource.kind) && !random_.one_in(20));
        if (asked.resource.kind != ResourceKind::cluster) asked.resource.name = pick(kNames);
        if (random_.one_in(2)) asked.facts.records = random_.below(4);
        if (random_.one_in(2)) asked.facts.lag = random_.below(4);
        return asked;
    }
    Random& random() { return random_; }

  private:
    static constexpr std::array kPrincipals{"user:a", "user:b", "net:1"};
    static constexpr std::array kGroups{"x", "y", "xy"};
    static constexpr std::array kNames{"", "a", "ab", "abc", "b", "ba", "__a", "__", "_", "_a"};
    static constexpr std::array kWho{"user:a", "user:*", "*", "net:?", "*b"};
    static constexpr std::array kPatterns{"a",   "a*",  "ab*", "*",  "*c", "b",   "?",  "a?*",
                                          "__a", "__*", "_*",  "b*", "*a", "__?", "*_*"};

    template <class Words>
    const char* pick(const Words& words) {
        return words[random_.below(words.size())];
    }
    static Pattern compiled(const char* text) {
        auto pattern = Pattern::compile(text);
        SLUICE_CHECK(pattern.has_value());
        return *std::move(pattern);
    }
    Mode mode() { return random_.one_in(4) ? Mode::shadow : Mode::enforced; }
    Who who() {
        Who who;
        if (random_.one_in(2)) who.names.push_back(compiled(pick(kWho)));
        if (who.names.empty() || random_.one_in(3))
            who.groups.push_back(compiled(random_.one_in(2) ? "x*" : pick(kGroups)));
        return who;
    }
    // One rule in `bare` has no pattern at all.
    Scope scope(std::size_t bare) {
        Scope scope;
        for (std::size_t n = 1 + random_.below(8); n > 0; --n)
            scope.operations |= Operations{static_cast<Operation>(random_.below(kOperations))};
        if (random_.one_in(3)) scope.operations = Operations::all();
        if (random_.one_in(bare)) return scope;
        for (auto* patterns : {&scope.topics, &scope.groups, &scope.transactional_ids})
            for (std::size_t n = random_.below(3); n > 0; --n)
                patterns->push_back(compiled(pick(kPatterns)));
        return scope;
    }
    Random random_;
    int ids_ = 0;
};

inline std::shared_ptr<const PolicySet> shared(PolicySet set) {
    return std::make_shared<const PolicySet>(in_order(std::move(set)));
}

}  // namespace sluice::policy::testing_support
