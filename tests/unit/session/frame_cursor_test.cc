#include "session/frame_cursor.h"

#include <gtest/gtest.h>

namespace sluice::session {
namespace {

TEST(FrameCursor, PatchesAreInOrderWhateverOrderTheyCameIn) {
    FrameCursor cursor;
    cursor.patch(20, 4, int32_bytes(2));
    cursor.patch(40, 2, {});
    cursor.patch(0, 4, int32_bytes(1));
    ASSERT_EQ(cursor.patches.size(), 3U);
    EXPECT_EQ(cursor.patches[0].at, 0U);
    EXPECT_EQ(cursor.patches[1].at, 20U);
    EXPECT_EQ(cursor.patches[2].at, 40U);
    EXPECT_EQ(cursor.patches[0].bytes, (Buffer{0, 0, 0, 1}));
}

TEST(FrameCursor, APatchStaysBehindThoseThatAreApplied) {
    FrameCursor cursor;
    cursor.patch(10, 1, {});
    cursor.patched = 1;
    cursor.sent = 11;
    cursor.patch(30, 1, {});
    cursor.patch(12, 1, {});
    ASSERT_EQ(cursor.patches.size(), 3U);
    EXPECT_EQ(cursor.patches[0].at, 10U);
    EXPECT_EQ(cursor.patches[1].at, 12U);
    EXPECT_EQ(cursor.patches[2].at, 30U);
}

TEST(FrameCursor, ACallReleasesWhatWasSentAndLooksNoFartherThanItsFrame) {
    const Buffer window(100, 7);
    FrameCursor cursor;
    cursor.bytes = 60;
    cursor.look_at(window);
    EXPECT_EQ(cursor.slice.size(), 60U);
    EXPECT_TRUE(cursor.arrived_whole());
    cursor.sent = 25;
    EXPECT_EQ(cursor.settle(), 25U);
    EXPECT_TRUE(cursor.slice.empty());

    cursor.look_at(Bytes(window).first(20));
    EXPECT_EQ(cursor.slice.size(), 20U);
    EXPECT_FALSE(cursor.arrived_whole());
    EXPECT_EQ(cursor.settle(), 0U);
}

TEST(FrameCursor, AnOpaqueFrameIsWalkedAsFarAsItArrived) {
    const Buffer window(30, 7);
    FrameCursor cursor;
    cursor.bytes = 60;
    cursor.opaque = true;
    cursor.released = 10;
    cursor.look_at(window);
    EXPECT_EQ(cursor.walked(), 40U);
}

}  // namespace
}  // namespace sluice::session
