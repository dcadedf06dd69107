#include "base/types.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace sluice {
namespace {

TEST(Endpoint, IsWrittenAsAddressAndPort) {
    EXPECT_EQ(to_text(Endpoint{0x0a5b0202, 9092}), "10.91.2.2:9092");
    EXPECT_EQ(to_text(Endpoint{0, 0}), "0.0.0.0:0");
    EXPECT_EQ(to_text(Endpoint{0xffffffff, 65535}), "255.255.255.255:65535");
    EXPECT_EQ(to_text_address(0x7f000001), "127.0.0.1");
}

TEST(TopicId, OnlyAllZeroesMeansNoId) {
    EXPECT_TRUE(TopicId{}.is_zero());
    for (std::size_t i = 0; i < 16; ++i) {
        TopicId id;
        id.bytes[i] = 1;
        EXPECT_FALSE(id.is_zero()) << i;
    }
}

TEST(TopicId, HashesEqualIdsEquallyAndTellsIdsApart) {
    TopicId one;
    TopicId two;
    one.bytes[15] = 1;
    two.bytes[15] = 2;
    const TopicId one_again = one;
    EXPECT_EQ(std::hash<TopicId>{}(one), std::hash<TopicId>{}(one_again));
    EXPECT_EQ((std::unordered_set<TopicId>{one, two, one_again}.size()), 2u);
}

TEST(OffsetRange, SaysUnknownByDefault) {
    EXPECT_EQ(OffsetRange{}, (OffsetRange{-1, -1}));
}

}  // namespace
}  // namespace sluice
