// wire.h: Kafka's compact encodings (KIP-482), for the files of this folder. Unsigned varints only:
// the zigzag ones stand inside of records, which nobody reads here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"

namespace sluice::kafka {

enum class VarintStatus : std::uint8_t { ok, need_more, bad };

// `bytes`: how many it takes. Forms longer than needed are accepted, as Kafka does; more than 32
// bits are not.
inline VarintStatus read_uvarint(const Byte* at, std::size_t available, std::uint32_t& value,
                                 std::size_t& bytes) noexcept {
    if (available > 0 && at[0] < 0x80) [[likely]] {
        value = at[0];
        bytes = 1;
        return VarintStatus::ok;
    }
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n < limits::varint_bytes_max; ++n) {
        if (n == available) return VarintStatus::need_more;
        sum |= static_cast<std::uint64_t>(at[n] & 0x7f) << (7 * n);
        if (at[n] >= 0x80) continue;
        if (sum > UINT32_MAX) return VarintStatus::bad;
        value = static_cast<std::uint32_t>(sum);
        bytes = n + 1;
        return VarintStatus::ok;
    }
    return VarintStatus::bad;
}

inline void append_uvarint(Buffer& out, std::uint32_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<Byte>((value & 0x7f) | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<Byte>(value));
}

}  // namespace sluice::kafka
