// holds.h: legal holds: entries that retention must not drop, and why (the file `holds`).
//
// A hold names entries by index or by time and stays until somebody releases it. Both are to be
// recorded by whoever calls. Writers and the one who drops segments keep each other out with the
// file `holds.lock`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auditlog/fd.h"
#include "auditlog/file.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

inline constexpr const char* kHoldsFile = "holds";

struct Hold {
    enum class Over : std::uint8_t { entries, time };
    std::uint64_t id = 0;
    Over over = Over::entries;
    // Both included: indexes of entries, or their times in ns since the Unix epoch.
    std::int64_t from = 0, to = 0;
    std::int64_t made_ns = 0;
    std::string reason;  // one line, 1 to limits::audit_hold_text_bytes_max bytes
    bool operator==(const Hold&) const = default;
};

// What a segment holds.
struct SegmentSpan {
    std::uint64_t first_index = 0, last_index = 0;
    std::int64_t first_ns = 0, last_ns = 0;
    bool operator==(const SegmentSpan&) const = default;
};
bool holds(const Hold& hold, const SegmentSpan& segment);

// One line a hold. Errors: malformed, too_large.
std::string encode_holds(const std::vector<Hold>& holds);
Result<std::vector<Hold>> decode_holds(std::string_view text);

// Those of a log, the oldest first; none where there is no file. Errors: those of decode_holds with
// the file's name; io, permission.
Result<std::vector<Hold>> read_holds(const std::filesystem::path& directory);
// Returns its id; `hold.id` is not looked at. Errors: config (what the hold says is nothing),
// too_large, those of read_holds.
Result<std::uint64_t> add_hold(FileSystem& files, const std::filesystem::path& directory,
                               Hold hold);
// Returns what it was. Errors: unavailable where there is no such hold; those of read_holds.
Result<Hold> release_hold(FileSystem& files, const std::filesystem::path& directory,
                          std::uint64_t id);

// Nobody adds a hold while it is kept. Errors: io, permission.
Result<Fd> lock_holds(const std::filesystem::path& directory);

}  // namespace sluice::auditlog
