#include "audit/wire.h"

namespace sluice::audit::wire {

bool Reader::next(Field& field) noexcept {
    if (at_ == end_ || failure_ != nullptr) return false;
    std::uint64_t tag = 0;
    if (!read_varint(tag)) return false;
    const std::uint64_t number = tag >> 3;
    if (number == 0 || number >= 1u << 29) return fail("a field number that cannot be");
    if (number <= last_) return fail("fields out of order");
    last_ = field.number = static_cast<std::uint32_t>(number);
    field.type = static_cast<Type>(tag & 7);
    return read_value(field);
}

bool Reader::read_value(Field& field) noexcept {
    switch (field.type) {
        case varint: return read_varint(field.value);
        case fixed64: return read_fixed(8, field.value);
        case fixed32: return read_fixed(4, field.value);
        case length: {
            std::uint64_t bytes = 0;
            if (!read_varint(bytes)) return false;
            if (bytes > static_cast<std::uint64_t>(end_ - at_))
                return fail("a length past the end");
            field.bytes = {at_, static_cast<std::size_t>(bytes)};
            at_ += bytes;
            return true;
        }
    }
    return fail("an unknown wire type");
}

bool Reader::read_varint(std::uint64_t& value) noexcept {
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

bool Reader::read_fixed(int bytes, std::uint64_t& value) noexcept {
    if (end_ - at_ < bytes) return fail("a number past the end");
    value = 0;
    for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint64_t>(*at_++) << (8 * i);
    return true;
}

}  // namespace sluice::audit::wire
