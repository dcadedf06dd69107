#include "audit/wire.h"

namespace sluice::audit::wire {

bool Reader::read_long_varint(std::uint64_t& value) noexcept {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (at_ == end_) return fail("a number past the end");
        const Byte byte = *at_++;
        if (shift == 63 && byte > 1) return fail("a number of more than 64 bits");
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) != 0) continue;
        if (byte == 0 && shift > 0) return fail("a number longer than it need be");
        return true;
    }
    return fail("a number of more than 64 bits");
}

}  // namespace sluice::audit::wire
