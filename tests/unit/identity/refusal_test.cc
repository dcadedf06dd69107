#include "identity/refusal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace sluice::identity {
namespace {

TEST(Refusal, EachHasANameOfItsOwnThatIsFitForALabel) {
    std::set<std::string> names;
    for (int i = 0; i < static_cast<int>(Refusal::count_); ++i) {
        const std::string one = name(static_cast<Refusal>(i));
        EXPECT_TRUE(std::all_of(one.begin(), one.end(), [](char c) {
            return c == '_' || (c >= 'a' && c <= 'z');
        })) << one;
        EXPECT_NE(one, "unknown");
        names.insert(one);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Refusal::count_));
}

TEST(Refusal, TheNamesOfDashboardsStay) {
    EXPECT_STREQ(name(Refusal::token_expired), "token_expired");
    EXPECT_STREQ(name(Refusal::token_wrong_audience), "token_wrong_audience");
    EXPECT_STREQ(name(Refusal::token_unknown_key), "token_unknown_key");
    EXPECT_STREQ(name(Refusal::token_bad_signature), "token_bad_signature");
    EXPECT_STREQ(name(Refusal::keys_unavailable), "keys_unavailable");
}

}  // namespace
}  // namespace sluice::identity
