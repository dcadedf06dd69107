#include "auditlog/reserve.h"

#include <gtest/gtest.h>

#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

constexpr std::uint64_t kMiB = 1u << 20;

class Reserving : public ::testing::Test {
  protected:
    std::uint64_t on_disk() { return std::filesystem::file_size(directory_.path() / kReserveFile); }
    TempDirectory directory_;
    FaultPlan plan_;
    FaultyFileSystem files_{plan_};
    Reserve reserve_{files_, directory_.path(), 4 * kMiB};
};

TEST_F(Reserving, TakesSpaceAndGivesItAwayPieceByPiece) {
    ASSERT_TRUE(reserve_.take());
    EXPECT_EQ(on_disk(), 4 * kMiB);
    std::uint64_t before = reserve_.bytes();
    EXPECT_EQ(before, 4 * kMiB);
    int pieces = 0;
    for (; reserve_.give(); ++pieces) {
        EXPECT_LT(reserve_.bytes(), before);
        EXPECT_EQ(on_disk(), reserve_.bytes());
        before = reserve_.bytes();
    }
    EXPECT_EQ(pieces, 4);
    EXPECT_EQ(reserve_.bytes(), 0u);
    ASSERT_TRUE(reserve_.take());
    EXPECT_EQ(on_disk(), 4 * kMiB);
}

TEST_F(Reserving, IsNotWholeAgainBeforeThereIsRoom) {
    ASSERT_TRUE(reserve_.take());
    plan_.set_room(0);
    EXPECT_TRUE(reserve_.disk_is_full());
    ASSERT_TRUE(reserve_.give());
    EXPECT_EQ(*plan_.room(), 4 * kMiB - reserve_.bytes());
    ASSERT_TRUE(reserve_.take());
    EXPECT_EQ(*plan_.room(), 0u);
    ASSERT_TRUE(reserve_.give());
    plan_.set_room(1000);  // somebody else's file
    EXPECT_FALSE(reserve_.take());
    EXPECT_LT(reserve_.bytes(), 4 * kMiB);
    plan_.set_room(100 * kMiB);
    EXPECT_FALSE(reserve_.disk_is_full());
    ASSERT_TRUE(reserve_.take());
    EXPECT_EQ(reserve_.bytes(), 4 * kMiB);
}

TEST_F(Reserving, OfADaemonBeforeIsTakenOver) {
    ASSERT_TRUE(reserve_.take());
    plan_.set_room(0);
    Reserve other(files_, directory_.path(), 4 * kMiB);
    ASSERT_TRUE(other.take());
    EXPECT_EQ(other.bytes(), 4 * kMiB);
}

TEST(AReserve, IsASmallPartOfTheDiskAndAtMostWhatIsWanted) {
    EXPECT_EQ(reserve_for_disk(1ull << 40, 64 * kMiB), 64 * kMiB);
    EXPECT_EQ(reserve_for_disk(160 * kMiB, 64 * kMiB), 10 * kMiB);
    EXPECT_EQ(reserve_for_disk(12 * kMiB, 64 * kMiB), 0u);
    EXPECT_EQ(reserve_for_disk(1ull << 40, 0), 0u);
}

TEST_F(Reserving, OfNothingIsNothing) {
    Reserve none(files_, directory_.path(), 0);
    EXPECT_TRUE(none.take());
    EXPECT_FALSE(none.give());
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / kReserveFile));
}

}  // namespace
}  // namespace sluice::auditlog
