// decide() against the second implementation (naive.h), and the promises that hold for any policy.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "unit/policy/naive.h"
#include "unit/policy/random_policy.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

constexpr int kQuestionsPerSet = 20;

// The environment asks for more (tests/CMakeLists.txt, label full).
int sets() {
    const char* cases = std::getenv("SLUICE_POLICY_CASES");
    return (cases == nullptr ? 100'000 : std::atoi(cases)) / kQuestionsPerSet;
}

std::string describe(const Asked& asked) {
    return asked.principal.name + " " + std::string(name(asked.operation)) + " " +
           std::string(name(asked.resource.kind)) + " `" + asked.resource.name + "`";
}

void expect_same(const PolicySet& set, const Decision& decision, const Asked& asked,
                 Ticket ticket) {
    const auto expected = naive::decide(set, Mode::enforced, asked.principal, asked.operation,
                                        asked.resource, asked.facts, ticket);
    const auto shadow = naive::decide(set, Mode::shadow, asked.principal, asked.operation,
                                      asked.resource, asked.facts, ticket);
    ASSERT_EQ(decision.effect, expected.effect) << describe(asked);
    ASSERT_EQ(decision.upstream_gateway, expected.upstream_gateway) << describe(asked);
    ASSERT_EQ(decision.rules.empty(), expected.candidates.empty()) << describe(asked);
    for (const std::string_view rule : decision.rules) {
        if (rule != *decision.rules.begin()) break;  // the second is the grant under a hold
        ASSERT_EQ(expected.candidates.count(std::string(rule)), 1u) << describe(asked);
    }
    ASSERT_EQ(decision.shadow.has_value(), shadow.effect != expected.effect) << describe(asked);
    if (!decision.shadow) return;
    ASSERT_EQ(*decision.shadow, shadow.effect) << describe(asked);
    ASSERT_TRUE(shadow.candidates.count(std::string(*decision.shadow_rules.begin())) > 0)
        << describe(asked);
}

TEST(DecideAtRandom, AgreesWithTheNaiveImplementation) {
    RandomPolicy random(1);
    std::array<int, 3> effects{};
    int shadows = 0;
    for (int n = sets(); n > 0; --n) {
        const auto set = shared(random.set());
        for (int q = 0; q < kQuestionsPerSet; ++q) {
            const Asked asked = random.question();
            const Ticket ticket = random.random().one_in(3) ? Ticket::valid : Ticket::none;
            const Binding binding = policy::bind(set, asked.principal);
            const Decision decision =
                decide(binding, asked.operation, asked.resource, asked.facts, ticket);
            ASSERT_NO_FATAL_FAILURE(expect_same(*set, decision, asked, ticket));
            ++effects[static_cast<std::size_t>(decision.effect)];
            shadows += decision.shadow ? 1 : 0;
        }
    }
    // The questions are worth asking: each answer is frequent.
    for (const int count : effects) EXPECT_GT(count, sets() / 2);
    EXPECT_GT(shadows, sets() / 2);
}

// Puts every question to a set and to what `change` made of it.
template <class Change, class Check>
void compare(std::uint64_t seed, Change change, Check check) {
    RandomPolicy random(seed);
    for (int n = 0; n < 500; ++n) {
        PolicySet set = random.set();
        PolicySet changed = set;
        change(random, changed);
        const auto before = shared(std::move(set));
        const auto after = shared(std::move(changed));
        for (int q = 0; q < kQuestionsPerSet; ++q) {
            const Asked asked = random.question();
            const Ticket ticket = random.random().one_in(3) ? Ticket::valid : Ticket::none;
            check(asked,
                  decide(policy::bind(before, asked.principal), asked.operation, asked.resource,
                         asked.facts, ticket),
                  decide(policy::bind(after, asked.principal), asked.operation, asked.resource,
                         asked.facts, ticket));
            if (testing::Test::HasFatalFailure()) return;
        }
    }
}

int strictness(Effect effect) {
    return static_cast<int>(effect);
}  // allow, hold, deny

TEST(DecideAtRandom, AllowsNoMoreForAFurtherDenial) {
    int denied = 0;
    compare(
        2, [](RandomPolicy& random, PolicySet& set) { set.denials.push_back(random.denial()); },
        [&](const Asked& asked, const Decision& before, const Decision& after) {
            ASSERT_GE(strictness(after.effect), strictness(before.effect)) << describe(asked);
            denied += after.effect != before.effect ? 1 : 0;
        });
    EXPECT_GT(denied, 50);
}

// A grant can turn a denial into a hold or an allowance and a hold of the ungranted into either;
// with a hold that binds the granted it can turn what a ticket allowed into no refusal.
TEST(DecideAtRandom, DeniesNoMoreForAFurtherGrant) {
    int granted = 0;
    compare(
        3, [](RandomPolicy& random, PolicySet& set) { set.grants.push_back(random.grant()); },
        [&](const Asked& asked, const Decision& before, const Decision& after) {
            ASSERT_TRUE(after.effect != Effect::deny || before.effect == Effect::deny)
                << describe(asked);
            granted += after.effect != before.effect ? 1 : 0;
        });
    EXPECT_GT(granted, 50);
}

TEST(DecideAtRandom, DoesNotDependOnTheOrderOfRules) {
    compare(
        4,
        [](RandomPolicy&, PolicySet& set) {
            std::reverse(set.denials.begin(), set.denials.end());
            std::reverse(set.holds.begin(), set.holds.end());
            std::reverse(set.grants.begin(), set.grants.end());
        },
        [](const Asked& asked, const Decision& before, const Decision& after) {
            ASSERT_EQ(to_text(after), to_text(before)) << describe(asked);
        });
}

TEST(DecideAtRandom, NeverLetsATicketBeatADenial) {
    RandomPolicy random(5);
    int tickets = 0;
    for (int n = 0; n < 10'000; ++n) {
        const auto set = shared(random.set());
        const Asked asked = random.question();
        const Binding binding = policy::bind(set, asked.principal);
        const auto without =
            decide(binding, asked.operation, asked.resource, asked.facts, Ticket::none);
        const auto with =
            decide(binding, asked.operation, asked.resource, asked.facts, Ticket::valid);
        // A ticket passes exactly where there was a hold, and is of that hold.
        ASSERT_EQ(with.effect, without.effect == Effect::hold ? Effect::allow : without.effect)
            << describe(asked);
        ASSERT_EQ(with.hold, without.hold) << describe(asked);
        ASSERT_EQ(without.effect == Effect::hold, without.hold != nullptr) << describe(asked);
        tickets += without.effect == Effect::hold ? 1 : 0;
    }
    EXPECT_GT(tickets, 250);
}

bool same(const Decision& a, const Decision& b) {
    return a.effect == b.effect && a.hold == b.hold && a.shadow == b.shadow;
}

// For every fact: it is needed exactly where some value of it makes a difference.
TEST(DecideAtRandom, AsksForTheFactsThatCouldChangeTheAnswer) {
    RandomPolicy random(6);
    int asked_for = 0;
    for (int n = 0; n < 10'000; ++n) {
        const auto set = shared(random.set());
        const Asked asked = random.question();
        const Binding binding = policy::bind(set, asked.principal);
        const FactsNeeded needed = needs(binding, asked.operation, asked.resource);
        const auto with = [&](std::uint64_t records, std::uint64_t lag) {
            return decide(binding, asked.operation, asked.resource, {records, lag}, Ticket::none);
        };
        bool by_records = false;
        bool by_lag = false;
        for (std::uint64_t one = 0; one < 4; ++one) {
            for (std::uint64_t other = 0; other < 3; ++other) {
                by_records = by_records || !same(with(other, one), with(other + 1, one));
                by_lag = by_lag || !same(with(one, other), with(one, other + 1));
            }
        }
        ASSERT_TRUE(needed.records || !by_records) << describe(asked);
        ASSERT_TRUE(needed.lag || !by_lag) << describe(asked);
        // Asked for in vain at most where another hold of the set happens to hide the difference.
        if (set->holds.size() == 1) {
            ASSERT_EQ(needed, (FactsNeeded{by_records, by_lag})) << describe(asked);
        }
        asked_for += needed.any() ? 1 : 0;
    }
    EXPECT_GT(asked_for, 250);
}

TEST(DecideAtRandom, CountsAFactThatIsNotKnownAsOver) {
    RandomPolicy random(7);
    for (int n = 0; n < 10'000; ++n) {
        const auto set = shared(random.set());
        const Asked asked = random.question();
        const Binding binding = policy::bind(set, asked.principal);
        const auto unknown = decide(binding, asked.operation, asked.resource, {}, Ticket::none);
        const auto over =
            decide(binding, asked.operation, asked.resource, {1000, 1000}, Ticket::none);
        ASSERT_TRUE(same(unknown, over)) << describe(asked);
    }
}

}  // namespace
}  // namespace sluice::policy
