// take.h: one field of a protobuf message into one member. Private to this folder.
//
// Strict: what is at its default is left out of a canonical message, so that one which spells it
// out is none.
#pragma once

#include <concepts>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "audit/utf8.h"
#include "audit/wire.h"
#include "base/limits.h"
#include "base/types.h"

namespace sluice::audit::wire {

// Each `take` stores one field's value. False where it has the wrong wire type, does not fit, or is
// what `to` holds already: its default, which a canonical entry leaves out.
template <class T>
bool take_number(std::int64_t number, T& to) noexcept {
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max())
        return false;
    if (number == to) return false;
    to = static_cast<T>(number);
    return true;
}
template <std::signed_integral T>
bool take(const Field& field, T& to) noexcept {
    return field.type == varint && take_number(unzigzag(field.value), to);
}
template <std::unsigned_integral T>
bool take(const Field& field, T& to) noexcept {
    if (field.type != varint || field.value == to) return false;
    if (field.value > std::numeric_limits<T>::max()) return false;
    to = static_cast<T>(field.value);
    return true;
}
inline bool take(const Field& field, bool& to) noexcept {
    to = true;
    return field.type == varint && field.value == 1;
}
template <class Enum>
bool take_enum(const Field& field, Enum& to) noexcept {
    if (field.type != varint || field.value == 0 || field.value > 0xff) return false;
    to = static_cast<Enum>(field.value);  // one of a later version has no name yet
    return true;
}
inline bool take_fixed64(const Field& field, std::uint64_t& to) noexcept {
    to = field.value;
    return field.type == fixed64 && field.value != 0;
}
inline bool take_fixed32(const Field& field, std::uint32_t& to) noexcept {
    to = static_cast<std::uint32_t>(field.value);
    return field.type == fixed32 && field.value != 0;
}
inline bool take_address(const Field& field, Endpoint& to) noexcept {
    return take_fixed32(field, to.address);
}
inline bool take(const Field& field, std::string_view& to) noexcept {
    to = as_text(field.bytes);
    return field.type == length && !to.empty() && to.size() <= limits::audit_string_bytes_max &&
           utf8::valid(field.bytes);
}
inline bool take(const Field& field, std::string& to) {
    std::string_view text;
    if (!take(field, text)) return false;
    to = text;
    return true;
}
template <class Id>
bool take_id(const Field& field, Id& to) noexcept {
    if (field.type != length || field.bytes.size() != to.bytes.size()) return false;
    std::memcpy(to.bytes.data(), field.bytes.data(), to.bytes.size());
    return to != Id{};
}

}  // namespace sluice::audit::wire
