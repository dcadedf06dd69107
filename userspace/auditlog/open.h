// open.h: open_log() with everything outside the process in the caller's hand: files, clock, retry
// interval. For tests.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "auditlog/file.h"
#include "auditlog/log.h"
#include "base/time.h"

namespace sluice::auditlog {

struct OpenOptions {
    std::unique_ptr<FileSystem> files;
    std::size_t ring_bytes;
    std::chrono::nanoseconds retry_interval;
    std::chrono::nanoseconds linger;  // see sequencer.h
    std::function<Instant()> now;
};
OpenOptions default_open_options();

Result<std::unique_ptr<Log>> open_log(const LogOptions& options, OpenOptions open);

}  // namespace sluice::auditlog
