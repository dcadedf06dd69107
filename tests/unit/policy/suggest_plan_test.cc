#include "policy/suggest_plan.h"

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;
using enum Operation;

constexpr Sightings kOnce{1, 5, 5};

Deeds deeds(const std::vector<std::pair<Resource, std::vector<Operation>>>& list) {
    Deeds deeds;
    for (const auto& [resource, operations] : list)
        for (const Operation operation : operations) deeds[resource][operation] = kOnce;
    return deeds;
}

std::string to_text(const SuggestedScopes& scopes) {
    std::string text;
    for (const auto& [kind, of_kind] : scopes)
        for (const SuggestedScope& scope : of_kind) {
            text += std::string(name(kind)) + ":";
            for (std::size_t at = 0; at < kOperations; ++at)
                if (scope.operations.contains(static_cast<Operation>(at)))
                    text += " " + std::string(name(static_cast<Operation>(at)));
            for (const SuggestedPattern& pattern : scope.patterns)
                text += " " + pattern.text + "/" + std::to_string(pattern.seen.events);
            text += "; ";
        }
    return text;
}
std::string planned(const Deeds& deeds, std::size_t collapse = 0) {
    ExpressionBudget budget{2, {}};
    return to_text(scopes_of(deeds, collapse, budget));
}

std::string collapse(const std::vector<std::string>& names, std::size_t least) {
    std::vector<SuggestedPattern> patterns;
    for (const std::string& name : names)
        patterns.push_back({name, SuggestedPattern::Kind::name, kOnce});
    std::string text;
    for (const SuggestedPattern& pattern : collapsed(patterns, least))
        text += pattern.text + "/" + std::to_string(pattern.seen.events) + " ";
    return text;
}

TEST(SuggestPlan, LeavesOutWhatIsImplied) {
    EXPECT_EQ(without_implied({topic_describe, topic_read, topic_write}),
              (Operations{topic_read, topic_write}));
    EXPECT_EQ(without_implied({txn_describe, txn_init, txn_commit, txn_write}),
              Operations{txn_write});
    EXPECT_EQ(without_implied({topic_describe}), Operations{topic_describe});
    EXPECT_EQ(without_implied(Operations::all()),
              without_implied(with_implied(without_implied(Operations::all()))));
}

TEST(SuggestPlan, PutsResourcesWithTheSameOperationsTogether) {
    EXPECT_EQ(planned(deeds({{topic("a"), {topic_read}},
                             {topic("b"), {topic_describe, topic_read}},
                             {topic("c"), {topic_write}},
                             {group("g"), {group_join, group_offset_commit}}})),
              "topic: topic.read a/1 b/2; topic: topic.write c/1; group: group.join g/2; ");
}

TEST(SuggestPlan, GrantsIdempotenceOnlyToWhoWritesNothing) {
    EXPECT_EQ(planned(deeds({{cluster(), {producer_idempotent, cluster_describe}},
                             {topic("a"), {topic_write}}})),
              "cluster: cluster.describe; topic: topic.write a/1; ");
    EXPECT_EQ(planned(deeds({{cluster(), {producer_idempotent}}})),
              "cluster: producer.idempotent; ");
    EXPECT_EQ(planned(deeds({{cluster(), {producer_idempotent}}, {topic("a"), {topic_write}}})),
              "topic: topic.write a/1; ");
}

TEST(SuggestPlan, CollapsesToTheLongestCommonBeginning) {
    const std::vector<std::string> names{"orders.eu.a", "orders.eu.b", "orders.eu.c",
                                         "orders.us.a", "orders.us.b", "other"};
    EXPECT_EQ(collapse(names, 3), "orders.eu.*/3 orders.us.a/1 orders.us.b/1 other/1 ");
    EXPECT_EQ(collapse(names, 2), "orders.eu.*/3 orders.us.*/2 other/1 ");
    EXPECT_EQ(collapse(names, 5), "orders.*/5 other/1 ");
    EXPECT_EQ(collapse(names, 0), collapse(names, 100));
}

TEST(SuggestPlan, CollapsesWhatIsLeftOfALongerBeginning) {
    EXPECT_EQ(collapse({"a.b.1", "a.b.2", "a.c", "a.d"}, 2), "a.b.*/2 a.*/2 ");
    EXPECT_EQ(collapse({"a-1", "a_1", "a_2", "ab1", "ab2"}, 2), "a-1/1 a_*/2 ab1/1 ab2/1 ");
}

TEST(SuggestPlan, NeverCollapsesToNothingOrToInternalTopics) {
    EXPECT_EQ(collapse({"-a", "-b", ".a", ".b", "a", "b"}, 2), "-a/1 -b/1 .a/1 .b/1 a/1 b/1 ");
    EXPECT_EQ(collapse({"__consumer_offsets", "__consumer_x", "__t"}, 2),
              "__consumer_offsets/1 __consumer_x/1 __t/1 ");
}

TEST(SuggestPlan, ABeginningTakesInWhatMayDoNoMore) {
    EXPECT_EQ(planned(deeds({{topic("a.1"), {topic_read, topic_write}},
                             {topic("a.2"), {topic_read, topic_write}},
                             {topic("a.3"), {topic_describe}},
                             {topic("a.b.1"), {topic_read}},
                             {topic("a.b.2"), {topic_read}},
                             {topic("a.4"), {topic_read, topic_delete}}}),
                      2),
              "topic: topic.read topic.write a.*/7; topic: topic.read topic.delete a.4/2; ");
}

TEST(SuggestPlan, EqualBeginningsGoIntoTheWidest) {
    std::vector<std::pair<Resource, std::vector<Operation>>> list;
    for (const char* n : {"1", "2"}) {
        list.push_back({topic(std::string("a.d") + n), {topic_describe}});
        list.push_back({topic(std::string("a.r") + n), {topic_read}});
        list.push_back({topic(std::string("a.w") + n), {topic_read, topic_write}});
    }
    EXPECT_EQ(planned(deeds(list), 2), "topic: topic.read topic.write a.*/8; ");
}

TEST(SuggestPlan, ExpressionsAreCountedAndInternalTopicsNeedNone) {
    ExpressionBudget budget{2, {}};
    const Deeds many = deeds({{group("a*"), {group_join}},
                              {group("b*"), {group_join}},
                              {group("c*"), {group_join}},
                              {topic("__x*"), {topic_read}}});
    EXPECT_EQ(to_text(scopes_of(many, 0, budget)), "group: group.join re:a\\*/1 re:b\\*/1; ");
    EXPECT_EQ(budget.left, 0u);
    EXPECT_EQ(budget.not_named.events, 2u);
}

TEST(SuggestPlan, KnowsWhatItsScopesAllow) {
    ExpressionBudget budget{2, {}};
    const SuggestedScopes scopes = scopes_of(deeds({{topic("a.1"), {topic_write}},
                                                    {topic("a.2"), {topic_write}},
                                                    {group("g*"), {group_join}},
                                                    {cluster(), {cluster_describe}}}),
                                             2, budget);
    EXPECT_TRUE(allows(scopes, topic_describe, topic("a.3")));
    EXPECT_FALSE(allows(scopes, topic_read, topic("a.1")));
    EXPECT_FALSE(allows(scopes, topic_write, topic("ab")));
    EXPECT_TRUE(allows(scopes, producer_idempotent, cluster()));
    EXPECT_TRUE(allows(scopes, group_offset_read, group("g*")));
    EXPECT_FALSE(allows(scopes, group_offset_read, group("g1")));
    EXPECT_TRUE(allows(scopes, cluster_describe, cluster()));
    EXPECT_FALSE(allows(scopes, config_describe, cluster()));
}

TEST(SuggestPlan, PrincipalsWithTheSameNeedShareAGrant) {
    ExpressionBudget budget{2, {}};
    const SuggestedScopes reads = scopes_of(deeds({{topic("a"), {topic_read}}}), 0, budget);
    const SuggestedScopes both =
        scopes_of(deeds({{topic("a"), {topic_read}}, {topic("b"), {topic_write}}}), 0, budget);
    const auto grants = grants_of({{"net:1", reads}, {"net:2", both}, {"net:3", reads}});
    ASSERT_EQ(grants.size(), 2u);
    EXPECT_EQ(grants[0].principals, (std::vector<std::string>{"net:1", "net:2", "net:3"}));
    EXPECT_EQ(grants[0].patterns, std::vector<std::string>{"a"});
    EXPECT_EQ(grants[0].seen.events, 3u);
    EXPECT_EQ(grants[1].principals, std::vector<std::string>{"net:2"});
}

TEST(SuggestPlan, ListsAreNoLongerThanTheCompilerTakes) {
    Deeds many;
    for (int n = 0; n < 2'500; ++n) many[topic("t" + std::to_string(n))][topic_read] = kOnce;
    ExpressionBudget budget{2, {}};
    std::map<std::string, SuggestedScopes> all{{"net:1", scopes_of(many, 0, budget)}};
    const auto grants = grants_of(all);
    ASSERT_EQ(grants.size(), 3u);
    EXPECT_EQ(grants[0].patterns.size(), limits::policy_patterns_max);
    EXPECT_EQ(grants[2].patterns.size(), 500u);
    EXPECT_EQ(grants[2].seen.events, 500u);

    all.clear();
    for (int n = 0; n < 1'500; ++n)
        all["net:" + std::to_string(n)] = scopes_of(deeds({{topic("t"), {topic_read}}}), 0, budget);
    const auto shared = grants_of(all);
    ASSERT_EQ(shared.size(), 2u);
    EXPECT_EQ(shared[0].principals.size(), limits::policy_patterns_max);
    EXPECT_EQ(shared[1].principals.size(), 500u);
}

}  // namespace
}  // namespace sluice::policy
