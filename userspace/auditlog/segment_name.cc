#include "auditlog/segment_name.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

namespace sluice::auditlog {
namespace {

constexpr std::size_t kNumberDigits = 10, kIndexDigits = 20;
constexpr std::string_view kSuffix = ".seg", kCompressedSuffix = ".zst";

std::optional<std::uint64_t> parse_digits(std::string_view digits) {
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [at, failure] = std::from_chars(digits.data(), end, value);
    if (failure != std::errc{} || at != end) return std::nullopt;
    return value;
}

std::optional<SegmentFile> parse_name(const std::filesystem::path& path) {
    std::string name = path.filename().string();
    if (name.ends_with(kCompressedSuffix)) name.resize(name.size() - kCompressedSuffix.size());
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

std::filesystem::path compressed_name(const std::filesystem::path& plain) {
    std::filesystem::path path = plain;
    path += kCompressedSuffix;
    return path;
}

bool is_compressed(const std::filesystem::path& path) {
    return path.extension() == kCompressedSuffix;
}

std::optional<std::uint64_t> number_in_name(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    const std::size_t stem = kNumberDigits + 1 + kIndexDigits;
    if (name.size() <= stem || name[kNumberDigits] != '-' || name[stem] != '.') return std::nullopt;
    if (!parse_digits(std::string_view(name).substr(kNumberDigits + 1, kIndexDigits)))
        return std::nullopt;
    return parse_digits(std::string_view(name).substr(0, kNumberDigits));
}

Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& directory) {
    std::vector<SegmentFile> files;
    std::error_code failure;
    std::filesystem::directory_iterator entry(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (auto file = parse_name(entry->path())) files.push_back(*std::move(file));
    if (failure) return errno_error("read directory " + directory.string(), failure.value());
    // "X.seg" before "X.seg.zst".
    std::ranges::sort(files, {}, [](const SegmentFile& file) {
        return std::make_pair(file.number, file.path.native());
    });
    const auto same = [](const SegmentFile& plain, const SegmentFile& other) {
        return compressed_name(plain.path) == other.path;
    };
    const auto [first, last] = std::ranges::unique(files, same);
    files.erase(first, last);
    return files;
}

}  // namespace sluice::auditlog
