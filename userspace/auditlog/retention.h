// retention.h: drops the oldest sealed segments of a log, and keeps what proofs of the rest need.
//
// Whole segments, oldest first; never one that a legal hold is on or one after it, never one
// younger than `keep`, never the newest, and nothing that is not signed yet. The file `pruned` is
// on disk before anything is removed: a crash leaves files that nobody counts any more, and that
// the next pass removes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "auditlog/file.h"
#include "auditlog/holds.h"
#include "auditlog/scan.h"
#include "base/result.h"

namespace sluice::auditlog {

// With both, what is dropped is older than `keep`, and the log was larger than `keep_bytes`.
struct RetentionOptions {
    std::optional<std::chrono::nanoseconds> keep;
    std::optional<std::uint64_t> keep_bytes;  // of all segments, as they are on disk
    [[nodiscard]] bool drops() const { return keep || keep_bytes; }
};

// Entries [from, to) are dropped.
struct DroppedEntries {
    std::uint64_t from = 0, to = 0;
    bool operator==(const DroppedEntries&) const = default;
};

// The entries of a segment up to `end`, and their times: by reading it. Errors: those of
// SegmentScan; corrupt.
Result<SegmentSpan> span_of(const SegmentFile& file, std::uint64_t end);

// One pass. `dropped` is called when it is decided and `pruned` is on disk, before a file is
// removed, and again later where it failed or a crash came between. Returns what was dropped now.
// Errors: io, permission, corrupt; those of read_holds: nothing is dropped where nobody knows the
// holds.
Result<std::optional<DroppedEntries>> drop_old_segments(
    FileSystem& files, const std::filesystem::path& directory, const RetentionOptions& options,
    std::int64_t now_ns, const std::function<Status(const DroppedEntries&)>& dropped);

}  // namespace sluice::auditlog
