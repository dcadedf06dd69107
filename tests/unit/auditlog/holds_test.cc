#include "auditlog/holds.h"

#include <gtest/gtest.h>

#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using Over = Hold::Over;

const SegmentSpan kSegment{100, 199, 5000, 6000};

class Holding : public ::testing::Test {
  protected:
    Result<std::uint64_t> add(Over over, std::int64_t from, std::int64_t to,
                              const std::string& reason = "case 12") {
        return add_hold(*files_, directory_.path(), {0, over, from, to, 77, reason});
    }
    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
};

TEST(AHold, IsOnASegmentThatHasAnyOfItsEntries) {
    for (const auto& [from, to, expected] : {std::tuple{0, 99, false},
                                             {0, 100, true},
                                             {150, 150, true},
                                             {199, 400, true},
                                             {200, 400, false},
                                             {0, 1000, true}})
        EXPECT_EQ(holds({1, Over::entries, from, to, 0, "x"}, kSegment), expected) << from;
    for (const auto& [from, to, expected] :
         {std::tuple{0, 4999, false}, {0, 5000, true}, {6000, 9000, true}, {6001, 9000, false}})
        EXPECT_EQ(holds({1, Over::time, from, to, 0, "x"}, kSegment), expected) << from;
}

TEST_F(Holding, KeepsHoldsUntilTheyAreReleased) {
    EXPECT_EQ(*read_holds(directory_.path()), std::vector<Hold>());
    EXPECT_EQ(*add(Over::entries, 5, 9), 1u);
    EXPECT_EQ(*add(Over::time, -3, 9, "what the court said: \"keep\""), 2u);
    const std::vector<Hold> both{{1, Over::entries, 5, 9, 77, "case 12"},
                                 {2, Over::time, -3, 9, 77, "what the court said: \"keep\""}};
    EXPECT_EQ(*read_holds(directory_.path()), both);
    EXPECT_EQ(*release_hold(*files_, directory_.path(), 1), both[0]);
    EXPECT_EQ(*read_holds(directory_.path()), std::vector{both[1]});
    EXPECT_EQ(*add(Over::entries, 1, 1), 3u);
    EXPECT_EQ(release_hold(*files_, directory_.path(), 1).error().code, Errc::unavailable);
}

TEST_F(Holding, RefusesWhatSaysNothing) {
    EXPECT_EQ(add(Over::entries, 5, 4).error().code, Errc::config);
    EXPECT_EQ(add(Over::entries, -1, 4).error().code, Errc::config);
    EXPECT_EQ(add(Over::time, 5, 9, "").error().code, Errc::config);
    EXPECT_EQ(add(Over::time, 5, 9, "two\nlines").error().code, Errc::config);
    EXPECT_EQ(add(Over::time, 5, 9, std::string(1025, 'x')).error().code, Errc::config);
    EXPECT_EQ(*read_holds(directory_.path()), std::vector<Hold>());
}

TEST_F(Holding, HasALimit) {
    for (std::size_t i = 0; i < limits::audit_holds_max; ++i) ASSERT_TRUE(add(Over::entries, 1, 2));
    EXPECT_EQ(add(Over::entries, 1, 2).error().code, Errc::too_large);
}

TEST_F(Holding, AFileThatIsNoListOfHoldsIsAnErrorAndStays) {
    for (const std::string text :
         {"", "sluice holds 2\n", "sluice holds 1\n1 entries 5 9 77 x", "sluice holds 1\nx\n",
          "sluice holds 1\n1 entries 9 5 77 x\n", "sluice holds 1\n1 seconds 5 9 77 x\n",
          "sluice holds 1\n2 entries 5 9 77 x\n2 entries 5 9 77 x\n"}) {
        replace_contents(directory_.path() / kHoldsFile, {});
        append_contents(directory_.path() / kHoldsFile, text);
        EXPECT_FALSE(read_holds(directory_.path())) << text;
        EXPECT_FALSE(add(Over::entries, 1, 2)) << text;
        EXPECT_EQ(as_text(contents(directory_.path() / kHoldsFile)), text);
    }
}

TEST_F(Holding, AWriteThatFailsLeavesTheHoldsAsTheyWere) {
    ASSERT_TRUE(add(Over::entries, 5, 9));
    const auto before = *read_holds(directory_.path());
    for (std::uint64_t n = 0; n < 3; ++n) {  // create, pwritev, fdatasync
        FaultPlan plan;
        FaultyFileSystem faulty(plan);
        plan.fail_once(n, Fault::enospc);
        EXPECT_FALSE(add_hold(faulty, directory_.path(), {0, Over::entries, 1, 2, 77, "x"}));
        EXPECT_EQ(*read_holds(directory_.path()), before);
    }
}

}  // namespace
}  // namespace sluice::auditlog
