#include "base/operation.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice {
namespace {

TEST(Operation, HasANameOfItsOwnThatLeadsBackToIt) {
    std::set<std::string_view> names;
    for (std::size_t at = 0; at < kOperations; ++at) {
        const auto operation = static_cast<Operation>(at);
        EXPECT_TRUE(names.insert(name(operation)).second) << name(operation);
        EXPECT_EQ(operation_of(name(operation)), operation);
    }
    EXPECT_EQ(name(Operation::topic_records_delete), "topic.records.delete");
    EXPECT_EQ(name(Operation::cluster_describe), "cluster.describe");
    EXPECT_EQ(name(Operation::count_), "unknown");
}

TEST(Operation, IsNotFoundByAWordThatNamesNone) {
    for (const std::string_view word : {"", "*", "topic", "topic.", "Topic.read", "topic.read "})
        EXPECT_EQ(operation_of(word), std::nullopt) << word;
}

TEST(ResourceKind, HasAName) {
    EXPECT_EQ(name(ResourceKind::cluster), "cluster");
    EXPECT_EQ(name(ResourceKind::topic), "topic");
    EXPECT_EQ(name(ResourceKind::group), "group");
    EXPECT_EQ(name(ResourceKind::transactional_id), "transactional_id");
}

TEST(Effect, HasAName) {
    EXPECT_EQ(name(Effect::allow), "allow");
    EXPECT_EQ(name(Effect::hold), "hold");
    EXPECT_EQ(name(Effect::deny), "deny");
}

}  // namespace
}  // namespace sluice
