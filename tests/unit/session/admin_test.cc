#include "session/admin.h"

#include <gtest/gtest.h>

#include "kafka/api.h"

namespace sluice::session {
namespace {

TEST(Admin, OnlyWhatChangesTheClusterIsAnAdminChange) {
    int changes = 0;
    for (const kafka::ApiRange& range : kafka::understood_apis())
        changes += is_admin_change(range.key) ? 1 : 0;
    EXPECT_EQ(changes, 8);
    EXPECT_TRUE(is_admin_change(kafka::api::delete_topics));
    EXPECT_FALSE(is_admin_change(kafka::api::describe_configs));
    EXPECT_FALSE(is_admin_change(kafka::api::offset_commit));
}

}  // namespace
}  // namespace sluice::session
