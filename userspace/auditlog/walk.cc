#include "auditlog/walk.h"

#include <algorithm>

#include "auditlog/pruned.h"

namespace sluice::auditlog {
namespace {

constexpr std::uint64_t kReportEvery = 64ull * 1024 * 1024;

std::uint64_t bytes_of(const SegmentFile& file) {
    std::error_code gone;
    const auto bytes = std::filesystem::file_size(file.path, gone);
    return gone ? 0 : bytes;
}

// A log begins with its first segment, or where it says that retention dropped what was before.
Status check_beginning(const std::filesystem::path& directory, const SegmentFile& first) {
    const auto pruned = read_pruned(directory);
    if (!pruned) return pruned.error();
    if (first.number == pruned->first_segment) return ok();
    return Error{Errc::unavailable, "segments before " + first.path.string() + " are missing"};
}

}  // namespace

Error damaged(const std::filesystem::path& file, std::uint64_t byte, std::uint64_t index,
              std::string_view what) {
    return Error{Errc::corrupt, file.string() + " at byte " + std::to_string(byte) + " (entry " +
                                    std::to_string(index) + "): " + std::string(what)};
}

Result<std::vector<SegmentFile>> segments_of_log(const std::filesystem::path& directory) {
    std::error_code failure;
    if (!std::filesystem::exists(directory, failure) && !failure)
        return Error{Errc::unavailable,
                     "no audit log in " + directory.string() + ": no such directory"};
    auto files = list_segments(directory);
    if (!files) return files;
    // Read after the list: what is dropped meanwhile is not missing.
    const auto pruned = read_pruned(directory);
    if (!pruned) return pruned.error();
    std::erase_if(*files,
                  [&](const SegmentFile& file) { return file.number < pruned->first_segment; });
    if (files->empty())
        return Error{Errc::unavailable,
                     "no audit log in " + directory.string() + ": no segment in it"};
    return files;
}

Result<LogWalk> LogWalk::open(const std::filesystem::path& directory, std::uint64_t from,
                              const Progress& progress) {
    auto files = segments_of_log(directory);
    if (!files) return std::move(files).error();
    auto whole = check_beginning(directory, files->front());
    if (!whole) return std::move(whole).error();
    LogWalk walk;
    walk.directory_ = directory;
    walk.files_ = *std::move(files);
    walk.progress_ = progress;
    // Empty segments share their first index with the next one: of those the last.
    const auto after = std::ranges::upper_bound(walk.files_, from, {}, &SegmentFile::first_index);
    walk.at_ = after == walk.files_.begin()
                   ? 0
                   : static_cast<std::size_t>(after - walk.files_.begin()) - 1;
    for (std::size_t i = walk.at_; i < walk.files_.size(); ++i)
        walk.bytes_all_ += bytes_of(walk.files_[i]);
    walk.next_index_ = walk.files_[walk.at_].first_index;
    auto opened = walk.open_segment();
    if (!opened) return std::move(opened).error();
    return walk;
}

Status LogWalk::open_segment() {
    const SegmentFile& file = files_[at_];
    auto scan = SegmentScan::open(file);
    if (!scan) return std::move(scan).error();
    const auto& header = scan->header();
    if (header.number != file.number || header.first_index() != file.first_index)
        return damaged(file.path, 0, next_index_, "the file's name is that of another segment");
    scan_.emplace(*std::move(scan));
    return ok();
}

Result<const SegmentFile*> LogWalk::following() {
    if (at_ + 1 == files_.size()) {
        auto files = list_segments(directory_);
        if (!files) return std::move(files).error();
        const auto here = std::ranges::find(*files, files_[at_].number, &SegmentFile::number);
        if (here == files->end())
            return Error{Errc::unavailable,
                         files_[at_].path.string() + " was removed while it was read"};
        at_ = static_cast<std::size_t>(here - files->begin());
        files_ = *std::move(files);
    }
    return at_ + 1 < files_.size() ? &files_[at_ + 1] : nullptr;
}

Result<bool> LogWalk::next(audit::Block& block) {
    while (true) {
        const SegmentFile& file = files_[at_];
        const bool was_newest = at_ + 1 == files_.size();
        // What a failed commit left behind the end that the next segment states is no part of the
        // log.
        const bool ended = !was_newest && next_index_ >= files_[at_ + 1].first_index;
        const auto position = scan_->position();
        const auto step = ended ? SegmentScan::Step::end : scan_->next(block);
        if (step == SegmentScan::Step::failed) return Error(scan_->error()).in(file.path.string());
        if (step == SegmentScan::Step::block) {
            if (block.first_index != next_index_)
                return damaged(file.path, position, next_index_,
                               "another entry's block stands here");
            next_index_ += block.count;
            report();
            return true;
        }
        const auto next_file = following();
        if (!next_file) return next_file.error();
        if (*next_file == nullptr) {
            bytes_reported_ = 0;
            return false;
        }
        if (was_newest) continue;  // it may have grown before the next one was begun
        auto left = leave_segment(**next_file, step);
        if (!left) return std::move(left).error();
    }
}

Status LogWalk::leave_segment(const SegmentFile& next, SegmentScan::Step step) {
    const SegmentFile& file = files_[at_];
    if (next.number != file.number + 1)
        return Error{Errc::unavailable, "segments between " + file.path.string() + " and " +
                                            next.path.string() + " are missing"};
    if (next.first_index != next_index_)
        return damaged(
            file.path, scan_->position(), next_index_,
            step == SegmentScan::Step::broken ? scan_->why() : "the segment is cut short");
    bytes_before_ += scan_->position();
    ++at_;
    return open_segment();
}

void LogWalk::report() {
    const std::uint64_t done = bytes_before_ + scan_->position();
    if (!progress_ || done - bytes_reported_ < kReportEvery) return;
    bytes_reported_ = done;
    progress_(done, std::max(done, bytes_all_));
}

}  // namespace sluice::auditlog
