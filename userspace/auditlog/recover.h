// recover.h: finds the end of the log after whatever stopped the last writer, and makes it sound to
// go on from there.
//
// Only the newest segment is read, and only its tail is ever cut: a commit that was under way and
// therefore never reported durable. A byte that changed in a finished block is damage, and refuses;
// so is a broken block with good ones after it.
#pragma once

#include <functional>
#include <memory>

#include "auditlog/checkpoints.h"
#include "auditlog/segment_writer.h"
#include "base/result.h"

namespace sluice::auditlog {

// Notes the roots that are asked for, as far as the newest segment tells them, and lets `check` see
// where the log ends before anything is cut. Errors: io, permission, corrupt (names file, byte and
// entry), config (the log of another origin); that of `check`.
Result<std::unique_ptr<SegmentWriter>> recover(FileSystem& files, const WriterOptions& options,
                                               KnownRoots& roots,
                                               const std::function<Status(const LogEnd&)>& check);
inline Result<std::unique_ptr<SegmentWriter>> recover(FileSystem& files,
                                                      const WriterOptions& options) {
    KnownRoots none({});
    return recover(files, options, none, [](const LogEnd&) { return ok(); });
}

}  // namespace sluice::auditlog
