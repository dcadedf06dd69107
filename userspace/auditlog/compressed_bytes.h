// compressed_bytes.h: reading a segment that was compressed, and compressing one.
//
// The only place that knows the compressor. What is compressed is the segment, bit for bit; all
// that is known about it (offsets, checksums, roots) stays true.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "auditlog/file.h"
#include "auditlog/segment_bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

// Errors: io, permission, and those of FrameTable, with the file's name.
Result<std::unique_ptr<SegmentBytes>> open_compressed_bytes(const std::filesystem::path& path);

// Puts "NAME.seg.zst" beside the sealed segment "NAME.seg", on disk and found to read as the same
// bytes. The plain one stays: drop it after. `going_on` is asked between frames, so that a stop
// need not wait. Errors: io, permission; corrupt (what was written does not read as the segment);
// unavailable (told not to go on).
Status compress_segment(FileSystem& files, const std::filesystem::path& plain,
                        const std::function<bool()>& going_on);

}  // namespace sluice::auditlog
