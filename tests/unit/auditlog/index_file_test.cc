#include "auditlog/index_file.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

class IndexFiles : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder log(directory_.path());
        log.block_of(5).block_of(2).roll().block_of(4).roll().block_of(1).close();
        segments_ = *indexable_segments(directory_.path());
    }
    void write(std::size_t of, std::size_t beside) {
        auto made = make_index(segments_[of]);
        ASSERT_TRUE(made) << made.error().context;
        ASSERT_TRUE(write_index(*files_, segments_[beside].file, made->pages));
    }

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
    std::vector<IndexableSegment> segments_;
};

TEST_F(IndexFiles, StandBesideTheirSegments) {
    EXPECT_EQ(index_path(segments_[1].file),
              directory_.path() / "0000000001-00000000000000000007.idx");
    write(1, 1);
    EXPECT_TRUE(std::filesystem::exists(index_path(segments_[1].file)));
    EXPECT_EQ(list_segments(directory_.path())->size(), 3u);
}

TEST_F(IndexFiles, SayWhichSegmentTheyAreOf) {
    EXPECT_TRUE(segments_[0].sealed && segments_[0].end_known);
    EXPECT_FALSE(segments_[2].sealed);
    EXPECT_EQ(segments_[0].is.entries, 7u);
    EXPECT_EQ(segments_[0].is.bytes, std::filesystem::file_size(segments_[0].file.path));
    for (const std::size_t i : {0u, 1u}) {
        write(i, i);
        const auto view = open_index(segments_[i]);
        ASSERT_TRUE(view) << view.error().context;
        EXPECT_EQ(view->header().segment, segments_[i].is);
    }
}

TEST_F(IndexFiles, ThatOfAnotherSegmentIsNone) {
    EXPECT_EQ(open_index(segments_[0]).error().code, Errc::unavailable);
    write(1, 0);
    EXPECT_EQ(open_index(segments_[0]).error().code, Errc::unavailable);
}

TEST_F(IndexFiles, ThatOfAnEarlierStateOfTheSegmentIsNone) {
    write(0, 0);
    ++segments_[0].is.bytes;
    EXPECT_FALSE(open_index(segments_[0]));
    --segments_[0].is.bytes;
    segments_[0].is.root.bytes[3] ^= 1;
    EXPECT_FALSE(open_index(segments_[0]));
    segments_[0].is.root.bytes[3] ^= 1;
    ASSERT_TRUE(open_index(segments_[0]));
}

TEST_F(IndexFiles, WhereTheNextSegmentIsGoneTheMarkMustDo) {
    write(0, 0);
    std::filesystem::remove(segments_[1].file.path);
    segments_ = *indexable_segments(directory_.path());
    ASSERT_TRUE(segments_[0].sealed && !segments_[0].end_known);
    EXPECT_TRUE(open_index(segments_[0]));
    ++segments_[0].is.mark;
    EXPECT_FALSE(open_index(segments_[0]));
}

TEST_F(IndexFiles, ADamagedSegmentHasNone) {
    flip(segments_[0].file.path, audit::kSegmentHeaderBytes + 70);
    const auto made = make_index(segments_[0]);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::corrupt);
}

TEST_F(IndexFiles, TheNewestSegmentIsIndexedAsFarAsItGoes) {
    append_contents(segments_[2].file.path, "a commit that is under way");
    const auto made = make_index(segments_[2]);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->entries, 1u);
}

}  // namespace
}  // namespace sluice::auditlog
