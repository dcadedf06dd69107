#include "auditlog/walk.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

// The first indexes of the blocks a walk finds until it stops, and how it stops.
struct Seen {
    std::vector<std::uint64_t> blocks;
    std::string error;
    bool operator==(const Seen&) const = default;
};
Seen walk_on(LogWalk& walk) {
    Seen seen;
    audit::Block block;
    while (true) {
        const auto more = walk.next(block);
        if (!more) seen.error = more.error().context;
        if (!more || !*more) return seen;
        seen.blocks.push_back(block.first_index);
    }
}
Seen walk_all(const std::filesystem::path& directory, std::uint64_t from = 0) {
    auto walk = LogWalk::open(directory, from);
    return walk ? walk_on(*walk) : Seen{{}, walk.error().context};
}

class Walking : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder(directory_.path())
            .block_of(2)
            .block_of(1)
            .roll()
            .block_of(4)
            .roll()
            .block_of(1)
            .close();
        segments_ = segments_in(directory_.path());
    }
    TempDirectory directory_;
    std::vector<std::filesystem::path> segments_;
};

TEST_F(Walking, GoesFromSegmentToSegment) {
    EXPECT_EQ(walk_all(directory_.path()), (Seen{{0, 2, 3, 7}, ""}));
}

TEST_F(Walking, BeginsWithTheSegmentThatHoldsAnEntry) {
    EXPECT_EQ(walk_all(directory_.path(), 4), (Seen{{3, 7}, ""}));
    EXPECT_EQ(walk_all(directory_.path(), 3), (Seen{{3, 7}, ""}));
    EXPECT_EQ(walk_all(directory_.path(), 1000), (Seen{{7}, ""}));
}

TEST_F(Walking, FindsWhatWasWrittenSinceItStopped) {
    const TempDirectory directory;
    LogBuilder builder(directory.path());
    auto walk = LogWalk::open(directory.path());
    ASSERT_TRUE(walk);
    EXPECT_EQ(walk_on(*walk), (Seen{{}, ""}));
    builder.block_of(2);
    EXPECT_EQ(walk_on(*walk), (Seen{{0}, ""}));
    builder.block_of(2).roll().block_of(1).roll().block_of(1);
    EXPECT_EQ(walk_on(*walk), (Seen{{2, 4, 5}, ""}));
    EXPECT_EQ(walk->next_index(), 6u);
}

TEST_F(Walking, NamesWhereASegmentIsCutShort) {
    const auto starts = block_starts(contents(segments_[0]));
    std::filesystem::resize_file(segments_[0], starts[1]);
    EXPECT_EQ(walk_all(directory_.path()),
              (Seen{{0},
                    segments_[0].string() + " at byte " + std::to_string(starts[1]) +
                        " (entry 2): the segment is cut short"}));
}

TEST_F(Walking, NamesABrokenBlock) {
    flip(segments_[1], audit::kSegmentHeaderBytes + 60);
    EXPECT_EQ(walk_all(directory_.path()),
              (Seen{{0, 2},
                    segments_[1].string() +
                        " at byte 4096 (entry 3): the checksum of a block does not match"}));
}

TEST_F(Walking, SaysWhichSegmentsAreMissing) {
    std::filesystem::remove(segments_[1]);
    auto walk = LogWalk::open(directory_.path());
    ASSERT_TRUE(walk);
    EXPECT_EQ(walk_on(*walk).error, "segments between " + segments_[0].string() + " and " +
                                        segments_[2].string() + " are missing");
}

TEST_F(Walking, ABrokenTailOfTheNewestSegmentIsNotYetWritten) {
    append_contents(segments_[2], "half a block");
    EXPECT_EQ(walk_all(directory_.path()), (Seen{{0, 2, 3, 7}, ""}));
}

TEST_F(Walking, SaysWhereThereIsNoLog) {
    EXPECT_EQ(walk_all(directory_.path() / "gone").error,
              "no audit log in " + (directory_.path() / "gone").string() + ": no such directory");
}

}  // namespace
}  // namespace sluice::auditlog
