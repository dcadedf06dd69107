// keeper.h: the thread that looks after sealed segments: compresses them when they are old enough,
// and drops the oldest ones where retention is asked for.
//
// Never touches the newest segment, and works at the lowest priority: the sequencer does not wait
// for it. INVARIANT: the log is open in this process as long as there is a Keeper, so that no other
// process works on its files.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "auditlog/file.h"
#include "auditlog/retention.h"
#include "base/limits.h"
#include "base/result.h"

namespace sluice::auditlog {

struct KeepOptions {
    std::filesystem::path directory;
    // After a segment was sealed. Nothing: segments stay as they are.
    std::optional<std::chrono::nanoseconds> compress_after = limits::audit_compress_after;
    RetentionOptions retention = {};
    // Called from the Keeper's thread before the files go: the place to record it. They stay until
    // it returns ok.
    std::function<Status(const DroppedEntries&)> dropped = {};
};

// Compresses what was sealed before `now_ns` - compress_after, oldest first. Returns how many.
// Errors: those of compress_segment; each leaves the log as it was.
Result<std::size_t> compress_sealed(FileSystem& files, const std::filesystem::path& directory,
                                    std::chrono::nanoseconds compress_after, std::int64_t now_ns,
                                    const std::function<bool()>& going_on);

class Keeper {
  public:
    // Starts the thread. `now_ns`: Unix time.
    Keeper(std::unique_ptr<FileSystem> files, KeepOptions options,
           std::function<std::int64_t()> now_ns);
    // Stops it, within a frame.
    ~Keeper();

  private:
    void run();
    void pass();
    void note(const char* what, const Status& status, std::string& last);

    const std::unique_ptr<FileSystem> files_;
    const KeepOptions options_;
    const std::function<std::int64_t()> now_ns_;
    std::string compress_problem_, drop_problem_;  // said once
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace sluice::auditlog
