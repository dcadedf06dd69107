#include "auditlog/retention.h"

#include <algorithm>
#include <string>
#include <utility>

#include "audit/checkpoint.h"
#include "audit/encode.h"
#include "auditlog/checkpoints.h"
#include "auditlog/pruned.h"
#include "auditlog/tiles.h"
#include "base/time.h"

namespace sluice::auditlog {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_of(const SegmentFile& file) {
    std::error_code gone;
    const auto bytes = fs::file_size(file.path, gone);
    return gone ? 0 : bytes;
}

// Entries that a signature covers. Who signed is not asked: it only keeps entries longer.
Result<std::uint64_t> signed_entries(const fs::path& directory) {
    const auto note = read_note(directory / kCheckpointFile);
    if (!note) return note.error();
    if (note->empty()) return UINT64_MAX;  // a log without checkpoints
    const auto checkpoint = audit::parse_checkpoint(audit::text_of(*note));
    if (!checkpoint) return Error(checkpoint.error()).in((directory / kCheckpointFile).string());
    return checkpoint->head.size;
}

class Pass {
  public:
    Pass(FileSystem& files, const fs::path& directory, const RetentionOptions& options,
         std::int64_t now_ns)
        : files_(files), directory_(directory), options_(options), now_ns_(now_ns) {}

    Result<std::optional<DroppedEntries>> run(
        const std::function<Status(const DroppedEntries&)>& dropped);

  private:
    // Index in segments_ of the first one to keep.
    Result<std::size_t> first_kept();
    Result<bool> may_go(std::size_t at, std::uint64_t bytes_left, std::uint64_t are_signed);
    Status write_what_proofs_need(const SegmentFile& first);
    Status remove_before(std::uint64_t number);

    FileSystem& files_;
    const fs::path& directory_;
    const RetentionOptions& options_;
    const std::int64_t now_ns_;
    std::vector<SegmentFile> segments_;
    std::vector<Hold> holds_;
};

Result<std::optional<DroppedEntries>> Pass::run(
    const std::function<Status(const DroppedEntries&)>& dropped) {
    const auto lock = lock_holds(directory_);
    if (!lock) return lock.error();
    auto held = read_holds(directory_);
    if (!held) return std::move(held).error();
    holds_ = *std::move(held);
    auto listed = list_segments(directory_);
    if (!listed) return std::move(listed).error();
    segments_ = *std::move(listed);
    const auto before = read_pruned(directory_);
    if (!before) return before.error();
    if (segments_.empty()) return std::optional<DroppedEntries>();

    DroppedEntries drop{segments_.front().first_index, before->first_index};
    // What a crash left behind goes first: it is dropped already.
    std::erase_if(segments_,
                  [&](const SegmentFile& file) { return file.number < before->first_segment; });
    const auto keep = options_.drops() ? first_kept() : Result(std::size_t{0});
    if (!keep) return keep.error();
    if (*keep > 0) {
        auto written = write_what_proofs_need(segments_[*keep]);
        if (!written) return std::move(written).error();
        drop.to = segments_[*keep].first_index;
    }
    if (drop.from >= drop.to) return std::optional<DroppedEntries>();
    auto told = dropped ? dropped(drop) : ok();
    if (!told) return std::move(told).error();
    auto removed = remove_before(*keep > 0 ? segments_[*keep].number : before->first_segment);
    if (!removed) return std::move(removed).error();
    return std::optional(drop);
}

Result<std::size_t> Pass::first_kept() {
    const auto are_signed = signed_entries(directory_);
    if (!are_signed) return are_signed.error();
    std::uint64_t left = 0;
    for (const SegmentFile& file : segments_) left += bytes_of(file);
    std::size_t at = 0;
    for (; at + 1 < segments_.size(); ++at) {
        const auto goes = may_go(at, left, *are_signed);
        if (!goes) return goes.error();
        if (!*goes) break;
        left -= bytes_of(segments_[at]);
    }
    return at;
}

Result<bool> Pass::may_go(std::size_t at, std::uint64_t bytes_left, std::uint64_t are_signed) {
    const SegmentFile& next = segments_[at + 1];
    if (next.number != segments_[at].number + 1) return false;  // files are missing: verify says so
    if (next.first_index > are_signed) return false;
    if (options_.keep_bytes && bytes_left <= *options_.keep_bytes) return false;
    const auto after = SegmentScan::open(next);
    if (!after) return after.error();
    const std::int64_t keep_ns = options_.keep ? nanoseconds(*options_.keep) : 0;
    if (now_ns_ - after->header().created_ns < keep_ns) return false;
    const auto span = span_of(segments_[at], next.first_index);
    if (!span) return span.error();
    // The clock may have been set back since.
    if (now_ns_ - span->last_ns < keep_ns) return false;
    return std::ranges::none_of(holds_, [&](const Hold& hold) { return holds(hold, *span); });
}

Status Pass::write_what_proofs_need(const SegmentFile& first) {
    auto scan = SegmentScan::open(first);
    if (!scan) return std::move(scan).error();
    Pruned pruned{first.number, first.first_index, {}};
    TreeReader reader(directory_);
    const std::uint64_t from = pruned.first_index / audit::Tile::kWidth * audit::Tile::kWidth;
    for (std::uint64_t index = from; index < pruned.first_index; ++index) {
        const auto leaf = reader.read({0, index});
        if (!leaf) return leaf.error();
        pruned.leaves.push_back(*leaf);
    }
    if (!leads_to(pruned, scan->header().tree))
        return Error{Errc::corrupt, "the entries before " + first.path.string() +
                                        " do not lead to its tree: nothing is dropped"};
    return write_pruned(files_, directory_, pruned);
}

// Oldest first, each with whatever was made beside it: an index has the same stem.
Status Pass::remove_before(std::uint64_t number) {
    std::vector<fs::path> gone;
    std::error_code failure;
    fs::directory_iterator entry(directory_, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        const auto of = number_in_name(entry->path());
        if (of && *of < number) gone.push_back(entry->path());
    }
    if (failure) return errno_error("read directory " + directory_.string(), failure.value());
    std::ranges::sort(gone);
    for (const fs::path& path : gone) {
        auto removed = files_.remove(path);
        if (!removed) return removed;
    }
    return files_.sync_directory(directory_);
}

}  // namespace

Result<SegmentSpan> span_of(const SegmentFile& file, std::uint64_t end) {
    auto scan = SegmentScan::open(file);
    if (!scan) return std::move(scan).error();
    SegmentSpan span{file.first_index, end - 1, INT64_MAX, INT64_MIN};
    audit::Block block;
    audit::Head head;
    bool all_read = true;
    for (std::uint64_t index = file.first_index; index < end; index += block.count) {
        const auto step = scan->next(block);
        if (step != SegmentScan::Step::block || block.first_index != index)
            return Error{Errc::corrupt, file.path.string() + " at byte " +
                                            std::to_string(scan->position()) +
                                            " is damaged: " + scan->why()};
        audit::for_each_entry(block.body, [&](Bytes entry) {
            all_read = audit::read_head(entry, head) && all_read;
            span.first_ns = std::min(span.first_ns, head.wall_ns);
            span.last_ns = std::max(span.last_ns, head.wall_ns);
            return true;
        });
    }
    if (!all_read) return Error{Errc::corrupt, file.path.string() + " holds what is no event"};
    return span;
}

Result<std::optional<DroppedEntries>> drop_old_segments(
    FileSystem& files, const fs::path& directory, const RetentionOptions& options,
    std::int64_t now_ns, const std::function<Status(const DroppedEntries&)>& dropped) {
    return Pass(files, directory, options, now_ns).run(dropped);
}

}  // namespace sluice::auditlog
