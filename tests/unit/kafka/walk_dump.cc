// walk_dump: the codec on standard input and output, for tests in other languages. A command a
// line:
//
//   apis                            api KEY MIN MAX NAME, for each understood API
//   names                           name KEY NAME
//   req KEY VERSION CHUNK HEX       the items of a request; CHUNK bytes arrive at a time, 0: all at
//   once resp KEY VERSION CHUNK HEX      the items of a response answer KEY VERSION CODE HEX the
//   error answer to a request, in hex clamp VERSION HEX               the ApiVersions response a
//   client may see, in hex
//
// Frames come and go without their size prefix. Every reply ends with a line of one dot.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "kafka/answer.h"
#include "kafka/api.h"
#include "kafka/edit.h"
#include "kafka/frame.h"
#include "kafka/walker.h"

namespace sluice::kafka {
namespace {

std::string to_hex(Bytes bytes) {
    std::string text;
    char digits[3];
    for (const Byte byte : bytes) {
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text.empty() ? "-" : text;
}

Buffer from_hex(const std::string& text) {
    Buffer bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<Byte>(std::stoi(text.substr(at, 2), nullptr, 16)));
    return bytes;
}

// Prints items; the pieces of a records blob become one line.
class Printer {
  public:
    void print(const Item& item) {
        switch (item.kind) {
            case Item::Kind::need_more:
                break;
            case Item::Kind::number:
                line("number", item, std::to_string(item.number));
                break;
            case Item::Kind::text:
                line("text", item, item.number == -1 ? "null" : to_hex(item.bytes));
                break;
            case Item::Kind::uuid:
                line("uuid", item, to_hex(item.bytes));
                break;
            case Item::Kind::array_begin:
                line("array", item, std::to_string(item.number));
                break;
            case Item::Kind::element:
                line("element", item, std::to_string(item.number));
                break;
            case Item::Kind::array_end:
                line("array_end", item, "0");
                break;
            case Item::Kind::records_begin:
                begin_ = item;
                blob_.clear();
                break;
            case Item::Kind::records_piece:
                append(blob_, item.bytes);
                break;
            case Item::Kind::records_end:
                line("records", begin_, begin_.number == -1 ? "null" : to_hex(blob_));
                break;
            case Item::Kind::done:
                std::cout << "done\n";
                break;
            case Item::Kind::error:
                std::cout << "error " << name(item.error) << '\n';
                break;
        }
    }

  private:
    static void line(const char* kind, const Item& item, const std::string& value) {
        std::cout << kind << ' ' << name(item.slot) << ' ' << item.offset << ' ' << item.length
                  << ' ' << value << '\n';
    }
    Item begin_{};
    Buffer blob_;
};

// Walks `body` while it arrives `chunk` bytes at a time; what was consumed is forgotten.
void walk(const Layout& layout, Bytes body, std::size_t chunk, AnswerBuilder* answer) {
    Walker walker(layout, body.size());
    Printer printer;
    std::size_t arrived = chunk == 0 ? body.size() : 0;
    for (;;) {
        const std::size_t base = walker.position();
        const Item item = walker.next(body.subspan(base, std::max(arrived, base) - base), base);
        if (answer == nullptr) {
            printer.print(item);
        } else {
            answer->on(item);
        }
        if (item.kind == Item::Kind::done || item.kind == Item::Kind::error) return;
        if (item.kind != Item::Kind::need_more) continue;
        if (arrived >= body.size()) {
            std::cout << "stuck\n";  // nothing more can come
            return;
        }
        arrived = std::min(arrived + std::max<std::size_t>(chunk, 1), body.size());
    }
}

bool read_header(Bytes frame, RequestHeader& header) {
    const HeaderStatus status = read_request_header(frame, frame.size(), header);
    if (status != HeaderStatus::ok)
        std::cout << "header_error " << static_cast<int>(status) << '\n';
    return status == HeaderStatus::ok;
}

void dump_request(Bytes frame, std::size_t chunk) {
    RequestHeader header;
    if (!read_header(frame, header)) return;
    std::cout << "header " << header.key << ' ' << header.version << ' ' << header.correlation_id
              << ' ' << (header.has_client_id ? to_hex(as_bytes(header.client_id)) : "null") << ' '
              << header.bytes << '\n';
    walk(*request_layout(header.key, header.version), frame.subspan(header.bytes), chunk, nullptr);
}

void dump_response(ApiKey key, ApiVersion version, Bytes frame, std::size_t chunk) {
    const auto header = response_header_bytes(key, version, frame, frame.size());
    const Layout* layout = response_layout(key, version);
    if (layout == nullptr || !header || *header == 0) {
        std::cout << "header_error\n";
        return;
    }
    std::cout << "header " << *header << '\n';
    walk(*layout, frame.subspan(*header), chunk, nullptr);
}

void print_answer(Bytes frame, std::int16_t code) {
    RequestHeader header;
    if (!read_header(frame, header)) return;
    AnswerBuilder builder(header.key, header.version);
    walk(*request_layout(header.key, header.version), frame.subspan(header.bytes), 0, &builder);
    const auto answer = builder.finish(header.correlation_id, static_cast<ErrorCode>(code), "no");
    if (answer) {
        std::cout << "frame " << to_hex(Bytes(*answer).subspan(kSizePrefix)) << '\n';
    } else {
        std::cout << "error " << name(answer.error().code) << '\n';
    }
}

void print_clamped(ApiVersion version, Bytes frame) {
    Buffer whole;
    append_be(whole, static_cast<std::int32_t>(frame.size()));
    append(whole, frame);
    const auto clamped = clamp_api_versions(whole, version);
    if (clamped) {
        std::cout << "frame " << to_hex(Bytes(clamped->frame).subspan(kSizePrefix)) << ' '
                  << clamped->lowered << ' ' << clamped->hidden << '\n';
    } else {
        std::cout << "error " << name(clamped.error().code) << '\n';
    }
}

void run(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    std::string hex;
    ApiKey key = 0;
    ApiVersion version = 0;
    int argument = 0;
    words >> command;
    if (command == "apis") {
        for (const ApiRange& range : understood_apis())
            std::cout << "api " << range.key << ' ' << range.min << ' ' << range.max << ' '
                      << range.name << '\n';
    } else if (command == "names") {
        for (key = 0; key < 128; ++key) std::cout << "name " << key << ' ' << api_name(key) << '\n';
    } else if (command == "clamp") {
        words >> version >> hex;
        print_clamped(version, from_hex(hex));
    } else {
        words >> key >> version >> argument >> hex;
        const Buffer frame = from_hex(hex);
        if (command == "req") dump_request(frame, static_cast<std::size_t>(argument));
        if (command == "resp")
            dump_response(key, version, frame, static_cast<std::size_t>(argument));
        if (command == "answer") print_answer(frame, static_cast<std::int16_t>(argument));
    }
    std::cout << ".\n" << std::flush;
}

}  // namespace
}  // namespace sluice::kafka

int main() {
    for (std::string line; std::getline(std::cin, line);) sluice::kafka::run(line);
    return 0;
}
