#include <algorithm>
#include <deque>
#include <utility>

#include "auditlog/index_log.h"
#include "auditlog/search_match.h"
#include "auditlog/walk.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// visit(index, event, bytes of the entry) until it returns false.
using VisitMatch = std::function<bool(std::uint64_t, audit::Event, std::size_t)>;

class Searching {
  public:
    Searching(IndexedLog& log, const SearchQuestion& question, const Progress& progress)
        : log_(log), question_(question), progress_(progress) {
        from_ = question.after ? *question.after + 1 : 0;
        end_ = question.before.value_or(UINT64_MAX);
    }
    // All that match in one segment, oldest first. False: visit stopped it.
    Result<bool> visit(std::size_t number, const VisitMatch& visit);

  private:
    Result<bool> scan(const IndexableSegment& segment, std::uint64_t from, std::uint64_t end,
                      std::uint64_t start_at, const VisitMatch& visit);

    IndexedLog& log_;
    const SearchQuestion& question_;
    const Progress& progress_;
    std::uint64_t from_, end_;  // entries that are asked for
    std::uint64_t segments_done_ = 0;
};

Result<bool> Searching::visit(std::size_t number, const VisitMatch& visit) {
    const IndexableSegment& segment = log_.segments()[number];
    if (progress_) progress_(segments_done_++, log_.segments().size());
    const std::uint64_t first = segment.file.first_index;
    if (first >= end_) return true;
    if (segment.end_known && first + segment.is.entries <= from_) return true;
    std::uint64_t from = std::max(first, from_), end = end_, start_at = 0;
    if (IndexView* index = log_.sidecar(number)) {
        const auto some = candidates(*index, question_);
        if (!some) return true;
        from = std::max(from, first + some->first);
        end = std::min(end, first + some->last + 1);
        if (from >= end) return true;
        const auto block = index->block_before(static_cast<std::uint32_t>(from - first));
        if (block) start_at = block->at;
    }
    return scan(segment, from, end, start_at, visit);
}

Result<bool> Searching::scan(const IndexableSegment& segment, std::uint64_t from, std::uint64_t end,
                             std::uint64_t start_at, const VisitMatch& visit) {
    auto scan = SegmentScan::open(segment.file);
    if (!scan) return std::move(scan).error();
    if (start_at > 0) scan->seek(start_at);
    audit::Block block;
    bool going_on = true;
    std::uint64_t next = segment.file.first_index;
    const std::uint64_t segment_end = next + segment.is.entries;
    while (going_on && next < end && (!segment.end_known || next < segment_end)) {
        const std::uint64_t at = scan->position();
        const auto step = scan->next(block);
        if (step == SegmentScan::Step::failed)
            return Error(scan->error()).in(segment.file.path.string());
        if (step != SegmentScan::Step::block) {
            if (segment.end_known) return damaged(segment.file.path, at, next, scan->why());
            break;
        }
        std::uint64_t index = block.first_index;
        next = index + block.count;
        if (next <= from) continue;
        audit::for_each_entry(block.body, [&](Bytes entry) {
            const std::uint64_t here = index++;
            if (here < from || here >= end) return true;
            auto event = matching_event(entry, question_);
            if (event) going_on = visit(here, *std::move(event), entry.size());
            return going_on;
        });
    }
    return going_on;
}

// One page, from either side.
class Page {
  public:
    explicit Page(std::uint64_t limit)
        : limit_(std::clamp<std::uint64_t>(limit, 1, limits::audit_page_entries_max)) {}
    // False where there is no more room.
    bool add_newer(Entry entry, std::size_t bytes) {
        if (full(bytes)) {
            more_ = true;
            return false;
        }
        put(std::move(entry), bytes);
        return true;
    }
    // Drops the oldest ones for it.
    void push(Entry entry, std::size_t bytes) {
        while (!entries_.empty() && full(bytes)) {
            more_ = true;
            bytes_ -= sizes_.front();
            entries_.pop_front();
            sizes_.pop_front();
        }
        put(std::move(entry), bytes);
    }
    // Puts an older page before this one, as much of it as there is room for.
    void add_older(Page older) {
        more_ = more_ || older.more_;
        while (!older.entries_.empty()) {
            if (full(older.sizes_.back())) {
                more_ = true;
                return;
            }
            bytes_ += older.sizes_.back();
            entries_.push_front(std::move(older.entries_.back()));
            sizes_.push_front(older.sizes_.back());
            older.entries_.pop_back();
            older.sizes_.pop_back();
        }
    }
    [[nodiscard]] bool more() const { return more_; }
    [[nodiscard]] bool full() const { return more_ || entries_.size() >= limit_; }
    std::vector<Entry> take() {
        return {std::make_move_iterator(entries_.begin()), std::make_move_iterator(entries_.end())};
    }

  private:
    [[nodiscard]] bool full(std::size_t bytes) const {
        return entries_.size() >= limit_ ||
               (!entries_.empty() && bytes_ + bytes > limits::audit_page_bytes_max);
    }
    void put(Entry entry, std::size_t bytes) {
        entries_.push_back(std::move(entry));
        sizes_.push_back(bytes);
        bytes_ += bytes;
    }
    const std::uint64_t limit_;
    std::deque<Entry> entries_;
    std::deque<std::size_t> sizes_;
    std::size_t bytes_ = 0;
    bool more_ = false;
};

Result<EntryPage> oldest(IndexedLog& log, Searching& searching, const SearchQuestion& question) {
    Page page(question.limit);
    std::size_t i = 0;
    for (; i < log.segments().size() && !page.full(); ++i) {
        const auto seen =
            searching.visit(i, [&page](std::uint64_t index, audit::Event event, std::size_t bytes) {
                return page.add_newer({index, std::move(event)}, bytes);
            });
        if (!seen) return seen.error();
    }
    const bool newer = page.more() || i < log.segments().size();
    return EntryPage{page.take(), true, newer, {}};
}

Result<EntryPage> newest(IndexedLog& log, Searching& searching, const SearchQuestion& question) {
    Page page(question.limit);
    std::size_t i = log.segments().size();
    while (i > 0 && !page.full()) {
        --i;
        Page of_segment(question.limit);
        const auto seen = searching.visit(
            i, [&of_segment](std::uint64_t index, audit::Event event, std::size_t bytes) {
                of_segment.push({index, std::move(event)}, bytes);
                return true;
            });
        if (!seen) return seen.error();
        page.add_older(std::move(of_segment));
    }
    const bool older = page.more() || i > 0;
    return EntryPage{page.take(), older, question.before.has_value(), {}};
}

}  // namespace

Result<EntryPage> search(const std::filesystem::path& directory, const SearchQuestion& question,
                         const Progress& progress) {
    auto log = IndexedLog::open(directory);
    if (!log) return std::move(log).error();
    auto known = log->known();
    if (!known) return std::move(known).error();
    Searching searching(*log, question, progress);
    auto page =
        question.after ? oldest(*log, searching, question) : newest(*log, searching, question);
    if (page) page->known = *std::move(known);
    return page;
}

Result<Known> each_match(const std::filesystem::path& directory, const SearchQuestion& question,
                         const Visit& visit, const Progress& progress) {
    auto log = IndexedLog::open(directory);
    if (!log) return std::move(log).error();
    Searching searching(*log, question, progress);
    bool going_on = true;
    for (std::size_t i = 0; i < log->segments().size() && going_on; ++i) {
        const auto seen =
            searching.visit(i, [&](std::uint64_t index, audit::Event event, std::size_t) {
                return visit({index, std::move(event)});
            });
        if (!seen) return seen.error();
        going_on = *seen;
    }
    return log->known();
}

}  // namespace sluice::auditlog
