// records_dump: rewriting of records blobs on standard input and output, for tests in other
// languages. A line is a blob in hex; values that begin with `s` become `***` and their length,
// those that begin with `x` cannot be masked, and the marker is `<marker>`. The reply:
//
//   ok HEX BATCHES REWRITTEN RECORDS REPLACED UNMASKABLE DROPPED_TAIL
//   error NAME
#include <iostream>
#include <string>

#include "kafka/records.h"

namespace sluice::kafka {
namespace {

std::string to_hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const Byte byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0x0f];
    }
    return text.empty() ? "-" : text;
}
Buffer from_hex(const std::string& text) {
    Buffer bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<Byte>(std::stoi(text.substr(at, 2), nullptr, 16)));
    return bytes;
}

ValueAction edit(const Record& record, Buffer& replacement) {
    const std::string_view value = as_text(*record.value);
    if (value.starts_with("x")) return ValueAction::unmaskable;
    if (!value.starts_with("s")) return ValueAction::keep;
    append(replacement, as_bytes("***" + std::to_string(value.size())));
    return ValueAction::replace;
}

void run(const Buffer& blob, RecordsRewriter& rewriter) {
    const auto result = rewriter.rewrite(blob, edit, as_bytes("<marker>"));
    if (!result) {
        std::cout << "error " << name(result.error().code) << std::endl;
        return;
    }
    std::cout << "ok " << to_hex(result->joined(blob)) << ' ' << result->batches << ' '
              << result->batches_rewritten << ' ' << result->records << ' ' << result->replaced
              << ' ' << result->unmaskable << ' ' << result->dropped_tail << std::endl;
}

}  // namespace
}  // namespace sluice::kafka

int main() {
    sluice::kafka::RecordsRewriter rewriter;
    for (std::string line; std::getline(std::cin, line);)
        sluice::kafka::run(sluice::kafka::from_hex(line == "-" ? "" : line), rewriter);
}
