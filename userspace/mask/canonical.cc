#include "mask/canonical.h"

#include "mask/text.h"

namespace sluice::mask {
namespace {

void append_string(Bytes content, Buffer& out) {
    constexpr std::string_view kHex = "0123456789abcdef";
    Buffer text;
    unescape(content, text);
    out.push_back('"');
    for (const Byte byte : text) {
        constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
        constexpr std::string_view kShort = "\"\\bfnrt";
        const std::size_t known = kPlain.find(static_cast<char>(byte));
        if (known != std::string_view::npos) {
            out.push_back('\\');
            out.push_back(static_cast<Byte>(kShort[known]));
        } else if (byte < 0x20) {
            append(out, as_bytes("\\u00"));
            out.push_back(static_cast<Byte>(kHex[byte >> 4]));
            out.push_back(static_cast<Byte>(kHex[byte & 0x0f]));
        } else {
            out.push_back(byte);
        }
    }
    out.push_back('"');
}

// Writes tokens one after the other, with the commas and colons between them.
class Writer {
  public:
    Writer(Bytes json, Buffer& out) : json_(json), out_(out) {}

    void write(const Token& token) {
        using Kind = Token::Kind;
        const bool ends = token.kind == Kind::end_object || token.kind == Kind::end_array;
        if (!first_ && !ends) out_.push_back(',');
        first_ = token.kind == Kind::key || token.kind == Kind::begin_object ||
                 token.kind == Kind::begin_array;
        if (token.kind == Kind::key || token.kind == Kind::string) {
            append_string(token.content(json_), out_);
        } else {
            append(out_, json_.subspan(token.begin, token.end - token.begin));
        }
        if (token.kind == Kind::key) out_.push_back(':');
    }

  private:
    Bytes json_;
    Buffer& out_;
    bool first_ = true;  // nothing stands before the next token that a comma would part it from
};

}  // namespace

Token skip_value(Bytes json, Scanner& scanner, const Token& first, Buffer* compact) {
    Buffer unused;
    Writer writer(json, compact != nullptr ? *compact : unused);
    if (compact != nullptr) writer.write(first);
    const bool opens =
        first.kind == Token::Kind::begin_object || first.kind == Token::Kind::begin_array;
    if (!opens) return first;
    const std::size_t outer = scanner.depth() - 1;
    while (true) {
        const Token& token = scanner.next();
        if (token.kind == Token::Kind::error) return token;
        if (compact != nullptr) writer.write(token);
        if (scanner.depth() == outer) return token;
    }
}

}  // namespace sluice::mask
