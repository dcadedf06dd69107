#include "auditlog/segment_name.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace sluice::auditlog {
namespace {

constexpr std::size_t kNumberDigits = 10, kIndexDigits = 20;
constexpr std::string_view kSuffix = ".seg";

std::optional<std::uint64_t> parse_digits(std::string_view digits) {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [at, failure] = std::from_chars(digits.data(), end, value);
    if (failure != std::errc{} || at != end) return std::nullopt;
    return value;
}

std::optional<SegmentFile> parse_name(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    if (name.size() != kNumberDigits + 1 + kIndexDigits + kSuffix.size()) return std::nullopt;
    if (name[kNumberDigits] != '-' || !name.ends_with(kSuffix)) return std::nullopt;
    const auto number = parse_digits(std::string_view(name).substr(0, kNumberDigits));
    const auto first_index =
        parse_digits(std::string_view(name).substr(kNumberDigits + 1, kIndexDigits));
    if (!number || !first_index) return std::nullopt;
    return SegmentFile{path, *number, *first_index};
}

}  // namespace

std::string segment_name(std::uint64_t number, std::uint64_t first_index) {
    char name[64];
    std::snprintf(name, sizeof name, "%010llu-%020llu.seg", static_cast<unsigned long long>(number),
                  static_cast<unsigned long long>(first_index));
    return name;
}

Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& directory) {
    std::vector<SegmentFile> files;
    std::error_code failure;
    std::filesystem::directory_iterator entry(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (auto file = parse_name(entry->path())) files.push_back(*std::move(file));
    if (failure) return errno_error("read directory " + directory.string(), failure.value());
    std::ranges::sort(files, {}, &SegmentFile::number);
    return files;
}

}  // namespace sluice::auditlog
