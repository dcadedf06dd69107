#include "auditlog/frame_table.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// Three frames of 1,000 bytes and one of 7, compressed to 100, 200, 300 and 4.
class Frames : public ::testing::Test {
  protected:
    Frames() {
        for (const std::size_t bytes : {100, 200, 300, 4})
            table_.add(Buffer(bytes, static_cast<Byte>(bytes)));
        encoded_ = table_.encode();
    }
    Result<FrameTable> decode(const Buffer& encoded) {
        return FrameTable::decode(encoded, 604 + encoded.size());
    }
    FrameTable table_{3007, 1000};
    Buffer encoded_;
};

TEST_F(Frames, SayWhereEachPartOfASegmentStands) {
    const std::vector<Frame> expected{
        {0, 100, crc32c(Buffer(100, 100)), 1000},
        {100, 200, crc32c(Buffer(200, 200)), 1000},
        {300, 300, crc32c(Buffer(300, static_cast<Byte>(300))), 1000},
        {600, 4, crc32c(Buffer(4, 4)), 7},
    };
    EXPECT_EQ(table_.frames(), expected);
}

TEST_F(Frames, ComeBackFromTheirEncoding) {
    EXPECT_EQ(*FrameTable::encoded_bytes(Bytes(encoded_).last(FrameTable::kEndBytes)),
              encoded_.size());
    const auto decoded = decode(encoded_);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, table_);
}

TEST_F(Frames, AnyChangedByteIsFound) {
    for (std::size_t at = 0; at < encoded_.size(); ++at) {
        Buffer changed = encoded_;
        changed[at] ^= 0x5a;
        EXPECT_FALSE(decode(changed)) << at;
    }
}

TEST_F(Frames, AFileOfAnotherSizeIsRefused) {
    EXPECT_FALSE(FrameTable::decode(encoded_, 603 + encoded_.size()));
    EXPECT_FALSE(FrameTable::decode(encoded_, 605 + encoded_.size()));
    EXPECT_FALSE(FrameTable::decode(encoded_, 10));
}

TEST_F(Frames, ATableThatClaimsTooMuchIsRefusedBeforeItIsRead) {
    const auto end = encoded_.size() - FrameTable::kEndBytes;
    store_be(encoded_.data() + end + 12, static_cast<std::uint32_t>(limits::audit_frames_max) + 1);
    const auto bytes = FrameTable::encoded_bytes(Bytes(encoded_).last(FrameTable::kEndBytes));
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, Errc::too_large);
}

TEST_F(Frames, AFrameLargerThanAllowedIsRefused) {
    FrameTable table(10, static_cast<std::uint32_t>(limits::audit_frame_bytes) + 1);
    table.add(Buffer(5, 1));
    const Buffer encoded = table.encode();
    const auto decoded = FrameTable::decode(encoded, 5 + encoded.size());
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, Errc::too_large);
}

TEST_F(Frames, AnEmptySegmentHasNone) {
    const Buffer encoded = FrameTable(0, 1000).encode();
    const auto decoded = FrameTable::decode(encoded, encoded.size());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, FrameTable(0, 1000));
}

}  // namespace
}  // namespace sluice::auditlog
