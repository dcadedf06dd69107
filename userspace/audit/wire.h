// wire.h: protobuf's wire format, as much of it as an audit entry needs. Private to this folder.
//
// Writing never allocates: the caller has made room. Reading is strict: minimal varints, ascending
// field numbers.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "audit/utf8.h"
#include "base/bytes.h"
#include "base/limits.h"

namespace sluice::audit::wire {

enum Type : std::uint8_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };

constexpr std::uint64_t zigzag(std::int64_t number) noexcept {
    return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
    return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

// Little-endian, as protobuf has its fixed numbers. Loading: the bytes are there.
template <class T>
T load_le(const Byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::big)
        value = sizeof(T) == 8
                    ? static_cast<T>(__builtin_bswap64(value))
                    : static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    return value;
}
template <class T>
Byte* store_le(Byte* at, T value) noexcept {
    value = load_le<T>(reinterpret_cast<const Byte*>(&value));
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

// A field at its default is left out: `put(number, default)` writes nothing then.
class Writer {
  public:
    explicit Writer(Byte* at) noexcept : at_(at) {}
    [[nodiscard]] const Byte* at() const noexcept { return at_; }

    template <std::uint32_t Number>
    void put_unsigned(std::uint64_t value) noexcept {
        if (value == 0) return;
        put_tag<Number, varint>();
        put_varint(value);
    }
    template <std::uint32_t Number>
    void put_signed(std::int64_t value, std::int64_t unset) noexcept {
        if (value == unset) return;
        put_tag<Number, varint>();
        put_varint(zigzag(value));
    }
    template <std::uint32_t Number>
    void put_fixed64(std::uint64_t value) noexcept {
        if (value == 0) return;
        put_tag<Number, fixed64>();
        at_ = store_le(at_, value);
    }
    template <std::uint32_t Number>
    void put_fixed32(std::uint32_t value) noexcept {
        if (value == 0) return;
        put_tag<Number, fixed32>();
        at_ = store_le(at_, value);
    }
    // Returns where the bytes stand, so that the caller may still mend them.
    template <std::uint32_t Number>
    Byte* put_bytes(std::string_view bytes) noexcept {
        if (bytes.empty()) return at_;
        put_tag<Number, length>();
        put_varint(bytes.size());
        std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
        return at_ - bytes.size();
    }

  private:
    template <std::uint32_t Number, Type Wire>
    void put_tag() noexcept {
        static_assert(Number >= 1 && Number < 2048,
                      "tags of one or two bytes are all this writer knows");
        constexpr std::uint32_t tag = Number << 3 | Wire;
        if constexpr (tag < 0x80) {
            *at_++ = static_cast<Byte>(tag);
        } else {
            *at_++ = static_cast<Byte>(tag | 0x80);
            *at_++ = static_cast<Byte>(tag >> 7);
        }
    }
    void put_varint(std::uint64_t value) noexcept {
        for (; value >= 0x80; value >>= 7) *at_++ = static_cast<Byte>(value | 0x80);
        *at_++ = static_cast<Byte>(value);
    }

    Byte* at_;
};

// Text of a client: cut between characters, bytes that are no UTF-8 become '?'.
template <std::uint32_t Number>
void put_text(Writer& out, std::string_view text) noexcept {
    text = utf8::cut(text, limits::audit_string_bytes_max);
    Byte* at = out.put_bytes<Number>(text);
    utf8::mend({at, text.size()});
}

struct Field {
    std::uint32_t number = 0;
    Type type = varint;
    std::uint64_t value = 0;  // varint, fixed64, fixed32
    Bytes bytes;              // length
};

class Reader {
  public:
    explicit Reader(Bytes entry) noexcept : at_(entry.data()), end_(entry.data() + entry.size()) {}

    // False at the end and at the first byte that is no field; failure() tells which.
    bool next(Field& field) noexcept {
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
    // nullptr while all was well.
    [[nodiscard]] const char* failure() const noexcept { return failure_; }

  private:
    bool read_varint(std::uint64_t& value) noexcept {
        // Most tags and many numbers are one byte.
        if (at_ == end_ || *at_ >= 0x80) return read_long_varint(value);
        value = *at_++;
        return true;
    }
    template <class T>
    bool read_fixed(std::uint64_t& value) noexcept {
        if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) return fail("a number past the end");
        value = load_le<T>(at_);
        at_ += sizeof(T);
        return true;
    }
    bool read_value(Field& field) noexcept {
        switch (field.type) {
            case varint:
                return read_varint(field.value);
            case fixed64:
                return read_fixed<std::uint64_t>(field.value);
            case fixed32:
                return read_fixed<std::uint32_t>(field.value);
            case length:
                return read_bytes(field.bytes);
        }
        return fail("an unknown wire type");
    }
    bool read_bytes(Bytes& bytes) noexcept {
        std::uint64_t size = 0;
        if (!read_varint(size)) return false;
        if (size > static_cast<std::uint64_t>(end_ - at_)) return fail("a length past the end");
        bytes = {at_, static_cast<std::size_t>(size)};
        at_ += size;
        return true;
    }
    bool read_long_varint(std::uint64_t& value) noexcept;
    bool fail(const char* why) noexcept {
        failure_ = why;
        return false;
    }

    const Byte* at_;
    const Byte* end_;
    std::uint32_t last_ = 0;
    const char* failure_ = nullptr;
};

}  // namespace sluice::audit::wire
