#include "audit/wire.h"

#include <gtest/gtest.h>

namespace sluice::audit::wire {
namespace {

TEST(Wire, ZigzagRoundTrips) {
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, INT64_MAX, INT64_MIN})
        EXPECT_EQ(unzigzag(zigzag(number)), number);
    EXPECT_EQ(zigzag(-1), 1u);
    EXPECT_EQ(zigzag(1), 2u);
}

TEST(Wire, ReadsWhatItWrites) {
    Byte bytes[64];
    Writer writer(bytes);
    writer.put_unsigned<1>(300);
    writer.put_signed<2>(-5, 0);
    writer.put_signed<3>(-1, -1);  // its default: nothing
    writer.put_fixed32<16>(0x01020304);
    writer.put_fixed64<17>(0x0102030405060708);
    writer.put_bytes<2047>("abc");
    Reader reader({bytes, static_cast<std::size_t>(writer.at() - bytes)});
    std::vector<std::pair<std::uint32_t, std::uint64_t>> numbers;
    std::string text;
    Field field;
    while (reader.next(field)) {
        if (field.type == length)
            text = as_text(field.bytes);
        else
            numbers.emplace_back(field.number, field.value);
    }
    EXPECT_EQ(reader.failure(), nullptr);
    const std::vector<std::pair<std::uint32_t, std::uint64_t>> expected = {
        {1, 300}, {2, zigzag(-5)}, {16, 0x01020304}, {17, 0x0102030405060708}};
    EXPECT_EQ(numbers, expected);
    EXPECT_EQ(text, "abc");
}

TEST(Wire, StaysFailedAfterAFailure) {
    const Buffer bytes = {0x08, 0x80};
    Reader reader(bytes);
    Field field;
    EXPECT_FALSE(reader.next(field));
    EXPECT_STREQ(reader.failure(), "a number past the end");
    EXPECT_FALSE(reader.next(field));
}

}  // namespace
}  // namespace sluice::audit::wire
