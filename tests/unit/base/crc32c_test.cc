#include "base/crc32c.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

Buffer counting(int first, int step) {
    Buffer bytes(32);
    for (int i = 0; i < 32; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<Byte>(first + step * i);
    return bytes;
}

// The examples of RFC 3720, appendix B.4, and the customary check value.
struct Vector {
    Buffer bytes;
    std::uint32_t crc;
};
const std::vector<Vector>& vectors() {
    static const std::vector<Vector> all = {
        {{}, 0},
        {Buffer(32, 0), 0x8a9136aa},
        {Buffer(32, 0xff), 0x62a8ab43},
        {counting(0, 1), 0x46dd794e},
        {counting(31, -1), 0x113fdb5c},
        {{'1', '2', '3', '4', '5', '6', '7', '8', '9'}, 0xe3069283},
    };
    return all;
}

TEST(Crc32c, GivesThePublishedValues) {
    for (const Vector& vector : vectors()) {
        EXPECT_EQ(crc32c(vector.bytes), vector.crc);
        EXPECT_EQ(crc32c_portable(vector.bytes), vector.crc);
    }
}

TEST(Crc32c, GoesOnWhereAnEarlierPieceEnded) {
    const Buffer bytes = counting(3, 7);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const Bytes all(bytes);
        EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), crc32c(all)) << cut;
        EXPECT_EQ(crc32c_portable(all.subspan(cut), crc32c(all.first(cut))), crc32c(all)) << cut;
    }
}

TEST(Crc32c, TablesAndInstructionAgreeOnEveryLength) {
    Buffer bytes;
    for (int i = 0; i < 300; ++i) {
        bytes.push_back(static_cast<Byte>(i * 131 + 17));
        ASSERT_EQ(crc32c(bytes), crc32c_portable(bytes)) << bytes.size();
    }
}

}  // namespace
}  // namespace sluice
