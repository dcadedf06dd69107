#include "policy/operations.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::policy {
namespace {

std::vector<std::string> names(Operations operations) {
    std::vector<std::string> found;
    for (std::size_t at = 0; at < kOperations; ++at)
        if (operations.contains(static_cast<Operation>(at)))
            found.emplace_back(name(static_cast<Operation>(at)));
    return found;
}
std::vector<std::string> implied(Operation granted) {
    return names(with_implied(Operations{granted}));
}

using Names = std::vector<std::string>;

TEST(Operations, FitOneKindOfResourceButForConfig) {
    for (std::size_t at = 0; at < kOperations; ++at) {
        const auto operation = static_cast<Operation>(at);
        int kinds = 0;
        for (const ResourceKind kind : {ResourceKind::cluster, ResourceKind::topic,
                                        ResourceKind::group, ResourceKind::transactional_id})
            kinds += fits(operation, kind) ? 1 : 0;
        const bool config =
            operation == Operation::config_describe || operation == Operation::config_alter;
        EXPECT_EQ(kinds, config ? 3 : 1) << name(operation);
    }
    EXPECT_FALSE(fits(Operation::config_alter, ResourceKind::transactional_id));
    EXPECT_TRUE(fits(Operation::group_list, ResourceKind::cluster));
    EXPECT_TRUE(fits(Operation::txn_commit, ResourceKind::transactional_id));
}

TEST(Operations, AreNamedOneByOneOrByTheirBeginning) {
    EXPECT_EQ(names(*operations_named("topic.read")), Names{"topic.read"});
    EXPECT_EQ(names(*operations_named("group.offset.*")),
              (Names{"group.offset.read", "group.offset.commit", "group.offset.reset",
                     "group.offset.delete"}));
    EXPECT_EQ(names(*operations_named("config.*")), (Names{"config.describe", "config.alter"}));
    EXPECT_EQ(names(*operations_named("topic.*")).size(), 7u);
    EXPECT_EQ(*operations_named("*"), Operations::all());
    EXPECT_EQ(names(Operations::all()).size(), kOperations);
}

TEST(Operations, AreNotNamedByAnyOtherWord) {
    for (const char* word : {"", ".", ".*", "*.read", "topic", "topic*", "topic.rea*", "top.*",
                             "topic.read.*", "topic.", "**", "Topic.read", "topic.**", "unknown"})
        EXPECT_EQ(operations_named(word), std::nullopt) << word;
}

TEST(Operations, ImplyWhatTheReferenceSays) {
    EXPECT_EQ(implied(Operation::topic_read), (Names{"topic.describe", "topic.read"}));
    EXPECT_EQ(implied(Operation::topic_write),
              (Names{"topic.describe", "topic.write", "producer.idempotent"}));
    EXPECT_EQ(implied(Operation::group_join),
              (Names{"group.describe", "group.join", "group.offset.read", "group.offset.commit"}));
    EXPECT_EQ(implied(Operation::txn_write),
              (Names{"txn.init", "txn.write", "txn.commit", "txn.abort", "txn.describe"}));
    EXPECT_EQ(implied(Operation::txn_init), (Names{"txn.init", "txn.describe"}));
    EXPECT_EQ(implied(Operation::topic_create), Names{"topic.create"});
    EXPECT_EQ(implied(Operation::group_offset_commit), Names{"group.offset.commit"});
    EXPECT_EQ(implied(Operation::config_alter), Names{"config.alter"});
}

TEST(Operations, ThatAreImpliedImplyNothingMore) {
    for (std::size_t at = 0; at < kOperations; ++at) {
        const Operations once = with_implied(Operations{static_cast<Operation>(at)});
        EXPECT_EQ(with_implied(once), once) << name(static_cast<Operation>(at));
    }
}

TEST(Operations, AreSets) {
    const Operations two{Operation::topic_read, Operation::group_join};
    EXPECT_TRUE(two.contains(Operations{Operation::topic_read}));
    EXPECT_FALSE(two.contains(Operations{Operation::topic_read, Operation::topic_write}));
    EXPECT_EQ(two & operations_on(ResourceKind::group), Operations{Operation::group_join});
    EXPECT_TRUE((two & operations_on(ResourceKind::cluster)).empty());
}

}  // namespace
}  // namespace sluice::policy
