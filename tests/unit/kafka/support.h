// support.h: bytes of Kafka messages written by hand, and walks as text. For the tests of this
// folder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "kafka/walker.h"

namespace sluice::kafka::tests {

// Wire{}.i16(3).str("orders").take()
class Wire {
  public:
    Wire& i8(int value) { return put(static_cast<std::int8_t>(value)); }
    Wire& i16(int value) { return put(static_cast<std::int16_t>(value)); }
    Wire& i32(std::int64_t value) { return put(static_cast<std::int32_t>(value)); }
    Wire& i64(std::int64_t value) { return put(value); }
    Wire& str(std::string_view text) { return i16(static_cast<int>(text.size())).raw(text); }
    // Compact: `value` stands as it is, so a length of 6 is written as v(7).
    Wire& v(std::uint32_t value) {
        for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<Byte>(value | 0x80));
        bytes_.push_back(static_cast<Byte>(value));
        return *this;
    }
    Wire& cstr(std::string_view text) {
        return v(static_cast<std::uint32_t>(text.size()) + 1).raw(text);
    }
    Wire& raw(std::string_view text) {
        append(bytes_, as_bytes(text));
        return *this;
    }
    Wire& uuid(Byte fill) {
        bytes_.insert(bytes_.end(), 16, fill);
        return *this;
    }
    [[nodiscard]] Buffer take() { return std::move(bytes_); }
    // With the size prefix.
    [[nodiscard]] Buffer frame() {
        Buffer out;
        append_be(out, static_cast<std::int32_t>(bytes_.size()));
        append(out, bytes_);
        return out;
    }

  private:
    template <class T>
    Wire& put(T value) {
        append_be(bytes_, value);
        return *this;
    }
    Buffer bytes_;
};

inline std::string hex(Bytes bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const Byte byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

inline Buffer unhex(std::string_view text) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    Buffer out;
    for (std::size_t n = 0; n + 1 < text.size(); n += 2) {
        out.push_back(static_cast<Byte>(digit(text[n]) << 4 | digit(text[n + 1])));
    }
    return out;
}

// Walks a body of which `arrived` bytes are there, `step` bytes more a call (0: all at once), each
// window holding no byte before position() and none after what arrived. The result is a line an
// item, as sample.py writes them; the pieces of a records blob make one line. It ends with "done",
// "need_more" or "error NAME".
class Walk {
  public:
    Walk(const Layout& layout, Bytes body, std::size_t body_bytes, std::size_t step)
        : walker_(layout, body_bytes), body_(body) {
        have_ = step == 0 ? body.size() : 0;
        for (;;) {
            const std::size_t base = walker_.position();
            const Item item = walker_.next(body_.subspan(base, have_ - base), base);
            if (item.kind == Item::Kind::need_more && have_ < body_.size()) {
                have_ = std::min(body_.size(), have_ + step);
                continue;
            }
            add(item);
            if (item.kind == Item::Kind::done || item.kind == Item::Kind::need_more ||
                item.kind == Item::Kind::error) {
                break;
            }
        }
    }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::string last_line() const {
        return text_.substr(text_.rfind('\n', text_.size() - 2) + 1);
    }

  private:
    void add(const Item& item) {
        switch (item.kind) {
            case Item::Kind::need_more:
                text_ += "need_more\n";
                return;
            case Item::Kind::error:
                text_ += std::string("error ") + name(item.error) + "\n";
                return;
            case Item::Kind::number:
                return line("number", item, std::to_string(item.number));
            case Item::Kind::text:
                return line("text", item, item.number < 0 ? "null" : shown(item.bytes));
            case Item::Kind::uuid:
                return line("uuid", item, hex(item.bytes));
            case Item::Kind::array_begin:
                return line("array_begin", item, std::to_string(item.number));
            case Item::Kind::element:
                return line("element", item, std::to_string(item.number));
            case Item::Kind::array_end:
                return line("array_end", item, "0");
            case Item::Kind::records_begin:
                blob_.clear();
                return line("records_begin", item, std::to_string(item.number));
            case Item::Kind::records_piece:
                return append(blob_, item.bytes);
            case Item::Kind::records_end:
                return line("records", item, shown(blob_));
            case Item::Kind::done:
                return line("done", item, "0");
        }
    }
    static std::string shown(Bytes bytes) { return bytes.empty() ? "empty" : hex(bytes); }
    void line(const char* kind, const Item& item, const std::string& value) {
        const std::string words[] = {kind, name(item.slot), value, std::to_string(item.offset),
                                     std::to_string(item.length)};
        for (const std::string& word : words) text_ += word + ' ';
        text_.back() = '\n';
    }

    Walker walker_;
    Bytes body_;
    std::size_t have_ = 0;
    Buffer blob_;
    std::string text_;
};

inline std::string walk(const Layout& layout, Bytes body, std::size_t step = 0) {
    return Walk(layout, body, body.size(), step).text();
}

// What a command prints, its error output included.
inline std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string out;
    if (pipe == nullptr) return out;
    std::array<char, 65536> chunk{};
    while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
        out.append(chunk.data(), got);
    }
    ::pclose(pipe);
    return out;
}

// A random valid body made by sample.py, and the items it consists of.
struct Sample {
    ApiKey key = 0;
    ApiVersion version = 0;
    bool request = true;
    Buffer body;
    std::string items;

    [[nodiscard]] const Layout& layout() const {
        return request ? *request_layout(key, version) : *response_layout(key, version);
    }
    [[nodiscard]] std::string title() const {
        return "key " + std::to_string(key) + " version " + std::to_string(version) +
               (request ? " request " : " response ") + hex(body);
    }
};

// Two bodies of every version of every message, the same in every run. Empty where sample.py does
// not run.
inline const std::vector<Sample>& samples() {
    static const std::vector<Sample> all = [] {
        const std::string root = SLUICE_SOURCE_DIR;
        std::istringstream lines(output_of("python3 " + root + "/tests/unit/kafka/sample.py " +
                                           root + "/userspace/kafka/schema 1 2"));
        std::vector<Sample> read;
        for (std::string line; std::getline(lines, line);) {
            if (line.rfind("sample ", 0) != 0) {
                if (!read.empty()) read.back().items += line + "\n";
                continue;
            }
            std::istringstream words(line.substr(7));
            Sample sample;
            std::string which;
            std::string body;
            words >> sample.key >> sample.version >> which >> body;
            sample.request = which == "request";
            if (body != "-") sample.body = unhex(body);
            read.push_back(std::move(sample));
        }
        return read;
    }();
    return all;
}

}  // namespace sluice::kafka::tests
