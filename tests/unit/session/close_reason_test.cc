#include <gtest/gtest.h>

#include <set>
#include <string>

#include "session/session.h"

namespace sluice::session {
namespace {

TEST(CloseReason, EveryReasonHasANameOfItsOwn) {
    std::set<std::string> names;
    const int count = static_cast<int>(CloseReason::count_);
    for (int n = 0; n < count; ++n) names.insert(name(static_cast<CloseReason>(n)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(names.count("unknown"), 0u);
}

TEST(CloseReason, AnAnswerCutShortEndsWithAReset) {
    EXPECT_TRUE(closes_with_reset(CloseReason::fetch_unasked_partition));
    EXPECT_TRUE(closes_with_reset(CloseReason::broker_unreachable));
    EXPECT_FALSE(closes_with_reset(CloseReason::client_closed));
    EXPECT_FALSE(closes_with_reset(CloseReason::frame_too_large));
}

}  // namespace
}  // namespace sluice::session
