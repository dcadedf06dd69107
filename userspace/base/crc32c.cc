#include "base/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace sluice {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

// kTables[k][b]: what byte b does to the checksum when k more bytes follow it.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ kPolynomial : crc >> 1;
        tables[0][byte] = crc;
    }
    for (std::uint32_t byte = 0; byte < 256; ++byte)
        for (std::size_t k = 1; k < 8; ++k)
            tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 0xff];
    return tables;
}
constexpr Tables kTables = make_tables();

std::uint64_t load_le(const Byte* at) noexcept {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
    return value;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(Bytes bytes,
                                                             std::uint32_t before) noexcept {
    const Byte* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t crc = ~before;
    for (; left >= 8; at += 8, left -= 8) crc = _mm_crc32_u64(crc, load_le(at));
    auto narrow = static_cast<std::uint32_t>(crc);
    for (; left > 0; ++at, --left) narrow = _mm_crc32_u8(narrow, *at);
    return ~narrow;
}
const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
#endif

}  // namespace

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t before) noexcept {
    const Byte* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint32_t crc = ~before;
    for (; left >= 8; at += 8, left -= 8) {
        const std::uint64_t eight = load_le(at) ^ crc;
        crc = 0;
        for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][eight >> (8 * k) & 0xff];
    }
    for (; left > 0; ++at, --left) crc = crc >> 8 ^ kTables[0][(crc ^ *at) & 0xff];
    return ~crc;
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) noexcept {
#ifdef __x86_64__
    if (kHasInstruction) return crc32c_sse42(bytes, before);
#endif
    return crc32c_portable(bytes, before);
}

}  // namespace sluice
