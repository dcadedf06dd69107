// segment_name.h: which files of an audit directory are segments, by name: NUMBER-FIRSTINDEX.seg,
// both with leading zeros.
#pragma once

#include <cstdint>
#include <filesystem>
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
// By number, the oldest first; other files are passed over. Errors: io, permission.
Result<std::vector<SegmentFile>> list_segments(const std::filesystem::path& directory);

}  // namespace sluice::auditlog
