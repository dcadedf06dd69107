#include "auditlog/segment_name.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

TEST(SegmentName, HasNumberAndFirstIndex) {
    EXPECT_EQ(segment_name(7, 12345), "0000000007-00000000000000012345.seg");
}

TEST(SegmentName, SegmentsAreListedByNumberAndOtherFilesPassedOver) {
    const TempDirectory directory;
    for (const char* name :
         {"0000000010-00000000000000000500.seg", "0000000009-00000000000000000500.seg", "lock",
          "next.tmp", "0000000011-00000000000000000500.seg.bak",
          "00000000xx-00000000000000000500.seg", "0000000012_00000000000000000500.seg",
          "0000000012-00000000000000000500.txt", "0000000012-99999999999999999999.seg"})
        replace_contents(directory.path() / name, {});
    const auto files = list_segments(directory.path());
    ASSERT_TRUE(files);
    const std::vector<SegmentFile> expected = {
        {directory.path() / segment_name(9, 500), 9, 500},
        {directory.path() / segment_name(10, 500), 10, 500},
    };
    EXPECT_EQ(*files, expected);
}

TEST(SegmentName, ADirectoryThatIsNotThereIsAnError) {
    const TempDirectory directory;
    const auto files = list_segments(directory.path() / "gone");
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error(),
              (Error{Errc::io, "read directory " + (directory.path() / "gone").string() +
                                   ": No such file or directory"}));
}

}  // namespace
}  // namespace sluice::auditlog
