#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice {
namespace {

template <class T>
void expect_round_trip(T number, const Buffer& wire) {
    Buffer out{0xee};
    append_be(out, number);
    Buffer expected{0xee};
    append(expected, wire);
    EXPECT_EQ(out, expected);
    EXPECT_EQ(load_be<T>(out.data() + 1), number);
}

TEST(Bytes, NumbersAreBigEndianAndKeepTheirSign) {
    expect_round_trip<std::int8_t>(-2, {0xfe});
    expect_round_trip<std::int16_t>(-2, {0xff, 0xfe});
    expect_round_trip<std::int32_t>(0x01020304, {1, 2, 3, 4});
    expect_round_trip<std::int64_t>(std::numeric_limits<std::int64_t>::min(),
                                    {0x80, 0, 0, 0, 0, 0, 0, 0});
    expect_round_trip<std::uint64_t>(0x0102030405060708, {1, 2, 3, 4, 5, 6, 7, 8});
}

TEST(Bytes, StoreTouchesOnlyItsOwnBytes) {
    Buffer out(6, 0xaa);
    store_be(out.data() + 1, std::int32_t{-1});
    EXPECT_EQ(out, (Buffer{0xaa, 0xff, 0xff, 0xff, 0xff, 0xaa}));
}

TEST(Bytes, TextAndBytesAreTwoViewsOfTheSame) {
    const std::string_view text = "orders";
    EXPECT_EQ(as_text(as_bytes(text)), text);
    EXPECT_TRUE(as_bytes("").empty());
}

}  // namespace
}  // namespace sluice
