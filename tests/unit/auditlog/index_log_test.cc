#include "auditlog/index_log.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

class LogByIndex : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder log(directory_.path());
        for (int i = 0; i < 3; ++i) log.block_of(5).block_of(200).block_of(1).roll();
        log.block_of(3).close();
        const auto segments = indexable_segments(directory_.path());
        ASSERT_TRUE(segments);
        for (std::size_t i = 0; i + 1 < segments->size(); ++i) {
            const IndexableSegment& segment = (*segments)[i];
            EXPECT_TRUE(write_index(*files_, segment.file, make_index(segment)->pages));
        }
    }
    IndexedLog open() {
        auto log = IndexedLog::open(directory_.path());
        EXPECT_TRUE(log);
        return *std::move(log);
    }
    static void all_are_there(IndexedLog& log) {
        for (std::size_t i = 0; i < log.segments().size(); ++i) {
            const auto first = log.segments()[i].file.first_index;
            ASSERT_TRUE(log.with(i, [&](IndexView& index) -> Status {
                for (const std::uint32_t number : {0u, 5u, 100u, 2u, 205u, 204u}) {
                    if (number >= index.header().segment.entries) continue;
                    const auto entry = log.entry(i, number, index);
                    if (!entry) return entry.error();
                    EXPECT_EQ(*audit::decode(*entry), numbered(first + number));
                }
                return ok();
            }));
        }
    }

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
};

TEST_F(LogByIndex, ReadsAnyEntry) {
    IndexedLog log = open();
    all_are_there(log);
}

TEST_F(LogByIndex, DoesWithoutTheSidecars) {
    IndexedLog log = open();
    for (const IndexableSegment& segment : log.segments())
        std::filesystem::remove(index_path(segment.file));
    all_are_there(log);
}

TEST_F(LogByIndex, MakesAnotherIndexWhereOneTurnsOutToBeUnsound) {
    IndexedLog log = open();
    const auto path = index_path(log.segments()[1].file);
    for (std::uint64_t byte = kPageBytes; byte < std::filesystem::file_size(path); byte += 500)
        flip(path, byte);
    all_are_there(log);
}

TEST_F(LogByIndex, AsksAgainWhereTheFirstAnswerFailed) {
    IndexedLog log = open();
    int asked = 0;
    EXPECT_TRUE(log.with(0, [&asked](IndexView&) -> Status {
        if (++asked == 1) return Error{Errc::corrupt, "as if"};
        return ok();
    }));
    EXPECT_EQ(asked, 2);
    EXPECT_FALSE(log.with(0, [](IndexView&) -> Status {
        return Error{Errc::corrupt, "the segment itself"};
    }));
    EXPECT_EQ(asked, 2);
}

TEST_F(LogByIndex, KnowsWhichSegmentHoldsAnEntry) {
    const IndexedLog log = open();
    EXPECT_EQ(log.segment_of(0), 0u);
    EXPECT_EQ(log.segment_of(205), 0u);
    EXPECT_EQ(log.segment_of(206), 1u);
    EXPECT_EQ(log.segment_of(620), 3u);
}

TEST_F(LogByIndex, KnowsWhatIsMissing) {
    const auto segments = segments_in(directory_.path());
    std::filesystem::remove(segments[1]);
    IndexedLog log = open();
    const auto known = log.known();
    ASSERT_TRUE(known);
    EXPECT_EQ(known->from_index, 0u);
    EXPECT_EQ(known->gaps, (std::vector<Gap>{{206, 412}}));
}

}  // namespace
}  // namespace sluice::auditlog
