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
    // After `end` or `error` the same again.
    Token next() noexcept;
    // Open objects and arrays, that of a begin_... just returned included.
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

  private:
    enum class Expected : std::uint8_t { value, first_element, first_key, more, nothing };

    Token value() noexcept;
    Token key() noexcept;
    Token string(Token::Kind kind) noexcept;
    Token number() noexcept;
    Token word(const char* text, Token::Kind kind) noexcept;
    Token open(Token::Kind kind, bool object) noexcept;
    Token close() noexcept;
    Token more() noexcept;
    Token fail() noexcept;
    Token made(Token::Kind kind, std::size_t begin) noexcept;
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
    Expected expected_ = Expected::value;
    Token::Kind last_ = Token::Kind::error;                             // once nothing is expected
    std::array<std::uint64_t, limits::mask_depth_max / 64> objects_{};  // bit n: at depth n + 1
};

}  // namespace sluice::mask
