#include "auditlog/reader.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

class Reading : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder(directory_.path()).block_of(2).block_of(3).roll().block_of(4).close();
    }
    TempDirectory directory_;
};

TEST_F(Reading, GivesAllEntriesInOrder) {
    EXPECT_EQ(entries_of(directory_.path()), numbered_entries(9));
}

TEST_F(Reading, BeginsWithinABlock) {
    for (std::uint64_t from = 0; from <= 9; ++from)
        EXPECT_EQ(entries_of(directory_.path(), from), numbered_entries(9, from));
}

TEST_F(Reading, StopsWhenAskedToAndTellsWhere) {
    std::vector<Entry> seen;
    const auto next = read_log(directory_.path(), 1, [&seen](const Entry& entry) {
        seen.push_back(entry);
        return seen.size() < 2;
    });
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, 3u);
    EXPECT_EQ(seen, numbered_entries(3, 1));
}

TEST_F(Reading, TheSizeIsTheNextIndex) {
    EXPECT_EQ(*log_size(directory_.path()), 9u);
    const TempDirectory empty;
    EXPECT_EQ(log_size(empty.path()).error().code, Errc::unavailable);
}

TEST_F(Reading, AFollowerSeesEachEntryOnce) {
    const TempDirectory directory;
    LogBuilder builder(directory.path());
    builder.block_of(3);
    auto follower = Follower::open(directory.path(), 1);
    ASSERT_TRUE(follower);
    std::vector<Entry> seen;
    const auto note = [&seen](const Entry& entry) {
        seen.push_back(entry);
        return true;
    };
    EXPECT_EQ(*follower->poll(note), 3u);
    EXPECT_EQ(*follower->poll(note), 3u);
    builder.block_of(2).roll().block_of(2);
    EXPECT_EQ(*follower->poll(note), 7u);
    EXPECT_EQ(seen, numbered_entries(7, 1));
}

TEST_F(Reading, DamageIsAnErrorThatNamesIt) {
    const auto path = segments_in(directory_.path())[0];
    flip(path, audit::kSegmentHeaderBytes + 70);
    const auto next = read_log(directory_.path(), 0, [](const Entry&) { return true; });
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error(),
              (Error{Errc::corrupt, path.string() + " at byte 4096 (entry 0): the "
                                                    "checksum of a block does not match"}));
}

}  // namespace
}  // namespace sluice::auditlog
