#include <gtest/gtest.h>

#include <set>

#include "approval/approvals.h"

namespace sluice::approval {
namespace {

TEST(Names, EveryRefusalHasANameAndASentenceOfItsOwn) {
    std::set<std::string_view> names;
    std::set<std::string> sentences;
    for (std::size_t i = 0; i < kRefusals; ++i) {
        const auto refusal = static_cast<Refusal>(i);
        names.insert(name(refusal));
        const Error error = error_of(refusal);
        EXPECT_EQ(error.code, Errc::denied);
        const std::string start = std::string(name(refusal)) + ": ";
        ASSERT_TRUE(error.context.starts_with(start)) << error.context;
        sentences.insert(error.context.substr(start.size()));
    }
    EXPECT_EQ(names.size(), kRefusals);
    EXPECT_EQ(sentences.size(), kRefusals);
    EXPECT_EQ(names.count("unknown") + sentences.count("unknown"), 0u);
}

TEST(Names, EveryHappeningHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kHappenings; ++i) names.insert(name(static_cast<Happening>(i)));
    EXPECT_EQ(names.size(), kHappenings);
    EXPECT_EQ(names.count("unknown"), 0u);
}

}  // namespace
}  // namespace sluice::approval
