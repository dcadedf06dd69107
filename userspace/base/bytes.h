// bytes.h: views of bytes, and big-endian numbers in them (Kafka's and the audit log's byte order).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace sluice {

using Byte = std::uint8_t;
using Bytes = std::span<const Byte>;
using Buffer = std::vector<Byte>;

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads a big-endian integer of sizeof(T) bytes. The caller has checked that they are there.
template <class T>
T load_be(const Byte* at) noexcept {
    std::make_unsigned_t<T> value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
    return static_cast<T>(value);
}
template <class T>
void store_be(Byte* at, T number) noexcept {
    auto value = static_cast<std::make_unsigned_t<T>>(number);
    if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
    std::memcpy(at, &value, sizeof value);
}
template <class T>
void append_be(Buffer& out, T number) {
    out.resize(out.size() + sizeof(T));
    store_be<T>(out.data() + out.size() - sizeof(T), number);
}
inline void append(Buffer& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace sluice
