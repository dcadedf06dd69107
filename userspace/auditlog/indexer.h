// indexer.h: makes the indexes that are missing: in a daemon by a thread of its own, and on
// request.
//
// Reads sealed segments and writes beside them; shares nothing with the sequencer but the disk, and
// works at the lowest priority there is, without a sync: an index that a crash tears is made again.
// One that cannot be made is a warning, and questions do without it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "auditlog/file.h"
#include "auditlog/reader.h"

namespace sluice::auditlog {

struct IndexingOptions {
    enum class Which : std::uint8_t { missing, all } which = Which::missing;
    std::uint64_t from_number = 0;                  // segments from this one on
    std::function<bool()> stopped = {};             // asked before each segment
    std::function<void(const Error&)> failed = {};  // a segment that cannot be read, or its sidecar
    Progress progress = {};                         // segments done, segments in all
};
struct IndexingReport {
    std::uint64_t made = 0, kept = 0, failed = 0;
    std::uint64_t entries = 0;      // in the indexes that were made
    std::uint64_t next_number = 0;  // where to go on: the newest segment, or where it was stopped
    bool operator==(const IndexingReport&) const = default;
};
// Of all sealed segments. Also removes what is left of segments that are gone. Errors: those of
// indexable_segments.
Result<IndexingReport> index_segments(FileSystem& files, const std::filesystem::path& directory,
                                      const IndexingOptions& options = {});

class Indexer {
  public:
    // Looks at the directory so often.
    explicit Indexer(std::filesystem::path directory,
                     std::chrono::nanoseconds interval = limits::audit_index_interval);
    // Waits for the segment it is at.
    ~Indexer();
    [[nodiscard]] std::uint64_t made() const { return made_.load(std::memory_order_relaxed); }
    // Until as many were made. For tests.
    void wait_until_made(std::uint64_t count);

  private:
    void run();
    void look();

    const std::filesystem::path directory_;
    const std::chrono::nanoseconds interval_;
    std::uint64_t next_number_ = 0;
    std::atomic<std::uint64_t> made_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace sluice::auditlog
