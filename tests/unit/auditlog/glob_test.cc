#include "auditlog/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::auditlog {
namespace {

TEST(Glob, MatchesTheWholeText) {
    EXPECT_TRUE(glob_matches("orders", "orders"));
    EXPECT_FALSE(glob_matches("order", "orders"));
    EXPECT_FALSE(glob_matches("orders", "order"));
    EXPECT_TRUE(glob_matches("", ""));
    EXPECT_FALSE(glob_matches("", "x"));
}

TEST(Glob, AStarIsAnyRunOfCharacters) {
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("orders*", "orders"));
    EXPECT_TRUE(glob_matches("*.eu.*", "orders.eu.v1"));
    EXPECT_TRUE(glob_matches("a*b*c", "a-b-b-c"));
    EXPECT_FALSE(glob_matches("a*b*c", "a-c-b"));
    EXPECT_TRUE(glob_matches("**", "x"));
}

TEST(Glob, AQuestionMarkIsOneCharacter) {
    EXPECT_TRUE(glob_matches("v?", "v1"));
    EXPECT_FALSE(glob_matches("v?", "v"));
    EXPECT_FALSE(glob_matches("v?", "v12"));
}

TEST(Glob, StaysQuickOnPatternsThatAreMeantToBeSlow) {
    const std::string text(20'000, 'a');
    EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", text));
}

}  // namespace
}  // namespace sluice::auditlog
