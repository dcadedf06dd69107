// json.h: cuts JSON (RFC 8259) into tokens and says where each stands. Private to this folder.
//
// Strict: what it passes without an error, every parser reads, and reads the same. Numbers are text
// of any length. No tree is built and nothing is copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"

namespace sluice::mask {

struct Token {
    enum class Kind : std::uint8_t {
        key,
        string,
        number,
        boolean,
        null,
        begin_object,
        begin_array,
        end_object,
        end_array,
        end,    // the document is whole and nothing follows it
        error,  // malformed, not UTF-8, half of a surrogate pair, or too deep
    };
    Kind kind = Kind::error;
    bool escaped = false;  // a key or string with a backslash in it
    std::size_t begin = 0;
    std::size_t end = 0;  // strings with their quotes

    // A key or string without its quotes.
    [[nodiscard]] Bytes content(Bytes json) const {
        return json.subspan(begin + 1, end - begin - 2);
    }
};

class Scanner {
  public:
    // `from`: where the document begins in `json`.
    explicit Scanner(Bytes json, std::size_t from = 0) : json_(json), at_(from) {}
    // After `end` or `error` the same again. Valid until the next call.
    const Token& next() noexcept;
    // Open objects and arrays, that of a begin_... just returned included.
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

  private:
    using Kind = Token::Kind;
    enum class Expected : std::uint8_t { value, first_element, first_key, more, nothing };

    // Each reads a token of some kind into token_, of which it sets all but the kind.
    Kind read() noexcept;
    Kind read_value() noexcept;
    Kind read_key() noexcept;
    Kind read_string(Kind kind) noexcept;
    Kind read_number() noexcept;
    Kind read_word(const char* text, std::size_t bytes, Kind kind) noexcept;
    Kind read_more() noexcept;
    Kind open(Kind kind, bool object) noexcept;
    Kind close() noexcept;
    Kind stop(Kind kind) noexcept;
    Kind made(Kind kind, std::size_t begin) noexcept;
    void skip_blanks() noexcept;
    bool escape() noexcept;
    bool digits() noexcept;
    [[nodiscard]] bool in_object() const noexcept {
        return (objects_[(depth_ - 1) / 64] >> (depth_ - 1) % 64 & 1) != 0;
    }
    [[nodiscard]] bool sees(Byte byte) const noexcept {
        return at_ < json_.size() && json_[at_] == byte;
    }

    Bytes json_;
    std::size_t at_;
    std::size_t depth_ = 0;
    Token token_;
    Expected expected_ = Expected::value;
    std::array<std::uint64_t, limits::mask_depth_max / 64> objects_{};  // bit n: at depth n + 1
};

}  // namespace sluice::mask
