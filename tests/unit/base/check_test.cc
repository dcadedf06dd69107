#include "base/check.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Check, LetsATrueConditionPassAndEvaluatesItOnce) {
    int evaluated = 0;
    SLUICE_CHECK(++evaluated == 1);
    EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, AbortsWithConditionFileAndLine) {
    const int answer = 41;
    EXPECT_DEATH(SLUICE_CHECK(answer == 42),
                 "broken invariant `answer == 42` at .*check_test.cc:[0-9]+");
}

}  // namespace
}  // namespace sluice
