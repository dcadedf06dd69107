#include "policy/binding.h"

#include <gtest/gtest.h>

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

Pattern pattern(const char* text) {
    return *Pattern::compile(text);
}

TEST(Binding, IsOfThoseARuleNamesByNameOrGroup) {
    Who who;
    EXPECT_FALSE(is_about(who, principal("user:a", {"g"})));
    who.names = {pattern("user:a"), pattern("svc:*")};
    who.groups = {pattern("team-?")};
    EXPECT_TRUE(is_about(who, principal("user:a")));
    EXPECT_TRUE(is_about(who, principal("svc:x")));
    EXPECT_TRUE(is_about(who, principal("user:b", {"x", "team-1"})));
    EXPECT_FALSE(is_about(who, principal("user:b", {"team-12", "user:a"})));
    EXPECT_FALSE(is_about(who, principal("team-1")));
}

TEST(Binding, KnowsWhatARuleReachesWithoutAPattern) {
    Scope scope;
    scope.operations = Operations::all();
    const auto on = [&](RuleClass rule_class, ResourceKind kind) {
        return operations_without_pattern(scope, rule_class, kind);
    };
    const Operations cluster_operations = operations_on(ResourceKind::cluster);
    const Operations no_config{Operation::producer_idempotent, Operation::group_list,
                               Operation::cluster_describe};
    for (const ResourceKind kind : {ResourceKind::cluster, ResourceKind::topic, ResourceKind::group,
                                    ResourceKind::transactional_id}) {
        EXPECT_EQ(on(RuleClass::denial, kind), operations_on(kind));
        EXPECT_EQ(on(RuleClass::hold, kind), operations_on(kind));
        EXPECT_EQ(on(RuleClass::grant, kind),
                  kind == ResourceKind::cluster ? cluster_operations : Operations());
    }
    scope.groups = {pattern("g")};
    for (const ResourceKind kind : {ResourceKind::cluster, ResourceKind::topic, ResourceKind::group,
                                    ResourceKind::transactional_id}) {
        EXPECT_EQ(on(RuleClass::denial, kind), Operations());
        EXPECT_EQ(on(RuleClass::hold, kind), Operations());
        EXPECT_EQ(on(RuleClass::grant, kind),
                  kind == ResourceKind::cluster ? no_config : Operations());
    }
}

TEST(Binding, KeepsItsSetAlive) {
    Binding binding;
    {
        auto set = set_of("grants: [{id: a, to: [\"*\"], allow: [topic.read], topics: [t]}]\n");
        binding = policy::bind(set, principal("x"));
        EXPECT_EQ(binding.set(), set.get());
    }
    const Binding copy = binding;
    EXPECT_EQ(to_text(decide(copy, Operation::topic_read, topic("t"), {}, Ticket::none)),
              "allow a: granted");
}

TEST(Binding, HasAShadowOnlyWhereARuleOfItIsOne) {
    const auto set =
        set_of("denials: [{id: a, to: [\"user:a\"], deny: [topic.read], shadow: true}]\n");
    EXPECT_TRUE(policy::bind(set, principal("user:a")).bound()->shadowed.has_value());
    EXPECT_FALSE(policy::bind(set, principal("user:b")).bound()->shadowed.has_value());
}

}  // namespace
}  // namespace sluice::policy
