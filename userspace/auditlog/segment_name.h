// segment_name.h: which files of an audit directory are segments, by name: NUMBER-FIRSTINDEX.seg,
// both with leading zeros, or the same and ".zst" where it is compressed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::auditlog {

struct SegmentFile {
    std::filesystem::path path;
    std::uint64_t number = 0;
    std::uint64_t first_index = 0;
    bool operator==(const SegmentFile&) const = default;
};

// "0000000007-00000000000000012345.seg"
std::string segment_name(std::uint64_t number, std::uint64_t first_index);
std::filesystem::path compressed_name(const std::filesystem::path& plain);
bool is_compressed(const std::filesystem::path& path);
// Of a segment, or of a file made beside one under its name: "0000000007-00000000000000012345.idx".
std::optional<std::uint64_t> number_in_name(const std::filesystem::path& path);
// By number, the oldest first; other files are passed over. Of a segment that is there in both
// forms (a crash between making one and dropping the other) the plain one. Errors: io, permission.
Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& directory);

}  // namespace sluice::auditlog
