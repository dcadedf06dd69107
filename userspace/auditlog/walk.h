// walk.h: the blocks of a whole log, from one segment to the next, as everything that reads it sees
// them.
//
// Knows where a segment ends and whether something is missing there; leaves the hash tree to
// verify. May be asked again at the log's end: then it finds what was written since.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "auditlog/reader.h"
#include "auditlog/scan.h"
#include "auditlog/segment_name.h"

namespace sluice::auditlog {

// "FILE at byte N (entry I): WHAT"
Error damaged(const std::filesystem::path& file, std::uint64_t byte, std::uint64_t index,
              std::string_view what);
// Without those that retention dropped and a crash kept from being removed. Errors: unavailable
// where there is no segment at all; those of list_segments and read_pruned.
Result<std::vector<SegmentFile>> segments_of_log(const std::filesystem::path& directory);

class LogWalk {
  public:
    // From the segment on that holds entry `from`; blocks before it may come first.
    static Result<LogWalk> open(const std::filesystem::path& directory, std::uint64_t from = 0,
                                const Progress& progress = {});
    // False: nothing more for now. `block` is valid until the next call.
    Result<bool> next(audit::Block& block);
    // visit(index, entry) for each entry from here to the log's end, or until it returns false.
    template <class VisitEntry>
    Status each_entry(VisitEntry&& visit) {
        audit::Block block;
        bool going_on = true;
        while (going_on) {
            const auto more = next(block);
            if (!more) return more.error();
            if (!*more) break;
            std::uint64_t index = block.first_index;
            audit::for_each_entry(block.body, [&](Bytes entry) {
                going_on = visit(index++, entry);
                return going_on;
            });
        }
        return ok();
    }
    // The index of the entry after the last block.
    [[nodiscard]] std::uint64_t next_index() const { return next_index_; }

    // The tree of all entries before the segment that the last block is in; before the first one
    // where there was no block yet.
    [[nodiscard]] const audit::Frontier& segment_tree() const { return scan_->header().tree; }

  private:
    LogWalk() = default;
    Status open_segment();
    // The next segment in the list, after a look at the directory where there is none: null at the
    // log's end.
    Result<const SegmentFile*> following();
    Status leave_segment(const SegmentFile& next, SegmentScan::Step step);
    void report();

    std::filesystem::path directory_;
    std::vector<SegmentFile> files_;
    std::size_t at_ = 0;
    std::optional<SegmentScan> scan_;
    std::uint64_t next_index_ = 0;
    Progress progress_;
    std::uint64_t bytes_all_ = 0, bytes_before_ = 0,
                  bytes_reported_ = 0;  // before_: in the segments left behind
};

}  // namespace sluice::auditlog
