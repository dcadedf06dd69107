#include "session/leases.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace sluice::session {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Leases, CoverOnePartitionAndOneDirection) {
    Leases leases;
    const TopicRef orders{"orders", {}}, other{"other", {}};
    leases.grant({&orders, 3, Access::read}, 11, 0, {0, 0});
    EXPECT_EQ(leases.covering({&orders, 3, Access::read}, 100, {1, 0}), 11u);
    EXPECT_EQ(leases.covering({&orders, 3, Access::write}, 100, {1, 0}), 0u);
    EXPECT_EQ(leases.covering({&orders, 4, Access::read}, 100, {1, 0}), 0u);
    EXPECT_EQ(leases.covering({&other, 3, Access::read}, 100, {1, 0}), 0u);
    EXPECT_TRUE(leases.known({&orders, 3, Access::read}));
    EXPECT_FALSE(leases.known({&other, 3, Access::read}));
}

TEST(Leases, RunOutAfterTheirTimeAndTheirBytes) {
    Leases leases;
    const TopicRef topic{"t", {}};
    const LeaseView view{&topic, 0, Access::write};
    leases.grant(view, 1, 0, {0, 0});
    EXPECT_EQ(leases.covering(view, 1, {5 * kSecond - 1, 0}), 1u);
    EXPECT_EQ(leases.covering(view, 1, {5 * kSecond, 0}), 0u);
    leases.grant(view, 2, limits::lease_bytes_max - 10, {0, 0});
    EXPECT_EQ(leases.covering(view, 10, {0, 0}), 2u);
    EXPECT_EQ(leases.covering(view, 1, {0, 0}), 0u);
}

TEST(Leases, OnlyAUsedOneThatRanOutIsWorthRenewing) {
    Leases leases;
    const TopicRef topic{"t", {}};
    const LeaseView view{&topic, 0, Access::read};
    leases.grant(view, 1, 0, {0, 0});
    EXPECT_FALSE(leases.worth_renewing(view, {9 * kSecond, 0}));  // nothing moved under it
    EXPECT_NE(leases.covering(view, 5, {1, 0}), 0u);
    EXPECT_FALSE(leases.worth_renewing(view, {1 * kSecond, 0}));
    EXPECT_TRUE(leases.worth_renewing(view, {9 * kSecond, 0}));
}

}  // namespace
}  // namespace sluice::session
