#include "auditlog/scan.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using Step = SegmentScan::Step;

class Scanning : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder(directory_.path()).block_of(2).block_of(3).close();
        files_ = *list_segments(directory_.path());
        bytes_ = contents(files_[0].path);
        starts_ = block_starts(bytes_);
    }
    SegmentScan scan() {
        auto scan = SegmentScan::open(files_[0]);
        EXPECT_TRUE(scan);
        return *std::move(scan);
    }
    TempDirectory directory_;
    std::vector<SegmentFile> files_;
    Buffer bytes_;
    std::vector<std::size_t> starts_;
};

TEST_F(Scanning, HandsOutBlocksAndThenTheEnd) {
    auto segment = scan();
    audit::Block block;
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(block.first_index, 0u);
    EXPECT_EQ(block.count, 2u);
    EXPECT_EQ(segment.position(), starts_[1]);
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(block.first_index, 2u);
    EXPECT_EQ(segment.next(block), Step::end);
    EXPECT_EQ(segment.position(), bytes_.size());
}

TEST_F(Scanning, GoesOnFromAnyBlock) {
    auto segment = scan();
    audit::Block block;
    segment.seek(starts_[1]);
    EXPECT_EQ(segment.position(), starts_[1]);
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(block.first_index, 2u);
    EXPECT_EQ(segment.next(block), Step::end);
    segment.seek(starts_[0]);
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(block.first_index, 0u);
    segment.seek(starts_[0] + 1);
    EXPECT_EQ(segment.next(block), Step::broken);
    segment.seek(bytes_.size() + 1);
    EXPECT_EQ(segment.next(block), Step::end);
    EXPECT_EQ(*segment.size(), bytes_.size());
}

TEST_F(Scanning, StopsAtZerosAndSeesWhatIsWrittenThere) {
    Buffer growing(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(starts_[1]));
    growing.resize(bytes_.size() + 10'000);
    replace_contents(files_[0].path, growing);
    auto segment = scan();
    audit::Block block;
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(segment.next(block), Step::zeros);
    EXPECT_EQ(segment.next(block), Step::zeros);
    EXPECT_EQ(*segment.content_end(), starts_[1]);
    std::fstream file(files_[0].path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(starts_[1]));
    file.write(reinterpret_cast<const char*>(bytes_.data() + starts_[1]),
               static_cast<std::streamsize>(bytes_.size() - starts_[1]));
    file.flush();
    EXPECT_EQ(*segment.content_end(), bytes_.size());
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(block.count, 3u);
    EXPECT_EQ(segment.next(block), Step::zeros);
}

TEST_F(Scanning, SaysWhyItStoppedAtABrokenBlock) {
    flip(files_[0].path, starts_[1] + 60);
    auto segment = scan();
    audit::Block block;
    ASSERT_EQ(segment.next(block), Step::block);
    EXPECT_EQ(segment.next(block), Step::broken);
    EXPECT_EQ(segment.why(), "the checksum of a block does not match");
    EXPECT_EQ(segment.position(), starts_[1]);
    const auto rest = segment.rest(10);
    ASSERT_TRUE(rest);
    EXPECT_EQ(*rest, Buffer(bytes_.begin() + static_cast<std::ptrdiff_t>(starts_[1]),
                            bytes_.begin() + static_cast<std::ptrdiff_t>(starts_[1] + 10)));
}

TEST_F(Scanning, ReadsSegmentsManyTimesItsBuffer) {
    const TempDirectory directory;
    LogBuilder builder(directory.path(), 1u << 24);
    audit::Event large = numbered(0);
    large.reason = std::string(limits::audit_string_bytes_max, 'x');
    for (int i = 0; i < 15; ++i) builder.block(std::vector(100, large));
    builder.close();
    auto segment = SegmentScan::open((*list_segments(directory.path()))[0]);
    ASSERT_TRUE(segment);
    audit::Block block;
    std::uint64_t entries = 0;
    while (segment->next(block) == Step::block) entries += block.count;
    EXPECT_EQ(entries, 1500u);
}

TEST_F(Scanning, RefusesWhatIsNoSegment) {
    replace_contents(files_[0].path, Buffer(5000, 'x'));
    EXPECT_EQ(SegmentScan::open(files_[0]).error(),
              (Error{Errc::malformed,
                     files_[0].path.string() + ": segment header: not a segment of an audit log"}));
    std::filesystem::remove(files_[0].path);
    EXPECT_EQ(SegmentScan::open(files_[0]).error().code, Errc::io);
}

}  // namespace
}  // namespace sluice::auditlog
