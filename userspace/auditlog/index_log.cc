#include "auditlog/index_log.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "auditlog/walk.h"
#include "base/limits.h"

namespace sluice::auditlog {

Result<IndexedLog> IndexedLog::open(const std::filesystem::path& directory,
                                    IndexBuilder::Wanted wanted, const Progress& progress) {
    auto segments = indexable_segments(directory);
    if (!segments) return std::move(segments).error();
    IndexedLog log;
    log.segments_ = *std::move(segments);
    log.wanted_ = std::move(wanted);
    log.progress_ = progress;
    return log;
}

Result<Known> IndexedLog::known() {
    Known known;
    known.from_index = segments_.front().file.first_index;
    known.from_ns = segments_.front().created_ns;
    if (known.from_index > 0) known.gaps.push_back({0, known.from_index});
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        if (segments_[i].end_known) continue;
        const std::uint64_t next = segments_[i + 1].file.first_index;
        auto status = with(i, [&](IndexView& index) {
            known.gaps.push_back(
                {segments_[i].file.first_index + index.header().segment.entries, next});
            return ok();
        });
        if (!status) return std::move(status).error();
    }
    return known;
}

std::size_t IndexedLog::segment_of(std::uint64_t index) const {
    const auto after = std::ranges::upper_bound(
        segments_, index, {}, [](const IndexableSegment& one) { return one.file.first_index; });
    return after == segments_.begin() ? 0 : static_cast<std::size_t>(after - segments_.begin()) - 1;
}

// The error of a question may be that of the index or that of the segment: with an index that was
// just made it can only be the latter.
bool IndexedLog::may_be_the_index(const Error& error) {
    return error.code == Errc::truncated || error.code == Errc::malformed ||
           error.code == Errc::corrupt || error.code == Errc::io || error.code == Errc::unsupported;
}

void IndexedLog::make_room() {
    if (opened_.size() < limits::audit_indexes_open_max) return;
    for (auto one = opened_.begin(); one != opened_.end(); ++one) {
        if (one->second->made) continue;
        opened_.erase(one);
        return;
    }
}

Result<IndexedLog::Opened*> IndexedLog::view(std::size_t segment) {
    const auto found = opened_.find(segment);
    if (found != opened_.end()) return found->second.get();
    make_room();
    if (!segments_[segment].sealed) return make(segment);
    auto view = open_index(segments_[segment]);
    if (!view) return make(segment);
    auto& kept = opened_[segment];
    kept = std::make_unique<Opened>(Opened{*std::move(view), false});
    return kept.get();
}

IndexView* IndexedLog::sidecar(std::size_t segment) {
    const auto found = opened_.find(segment);
    if (found != opened_.end()) return &found->second->view;
    if (!segments_[segment].sealed) return nullptr;
    make_room();
    auto opened = open_index(segments_[segment]);
    if (!opened) return nullptr;
    auto& kept = opened_[segment];
    kept = std::make_unique<Opened>(Opened{*std::move(opened), false});
    return &kept->view;
}

Result<IndexedLog::Opened*> IndexedLog::make(std::size_t segment) {
    auto made = make_index(segments_[segment], wanted_, progress_);
    if (!made) return std::move(made).error();
    auto read = keep(std::move(made->pages));
    if (!read) return std::move(read).error();
    auto view = IndexView::open(*std::move(read));
    if (!view) return std::move(view).error();
    auto& kept = opened_[segment];
    kept = std::make_unique<Opened>(Opened{*std::move(view), true});
    return kept.get();
}

Result<ReadAt> IndexedLog::keep(Buffer pages) {
    memory_used_ += pages.size();
    if (memory_used_ <= limits::audit_index_memory_max) return reader_of(std::move(pages));
    memory_used_ -= pages.size();
    const std::shared_ptr<std::FILE> file(
        std::tmpfile(), [](std::FILE* one) { return one ? std::fclose(one) : 0; });
    if (!file || std::fwrite(pages.data(), 1, pages.size(), file.get()) != pages.size() ||
        std::fflush(file.get()) != 0)
        return errno_error("keep an index in a temporary file", errno);
    return ReadAt([file](std::uint64_t offset, std::span<Byte> to) -> Result<std::size_t> {
        if (::fseeko(file.get(), static_cast<off_t>(offset), SEEK_SET) != 0)
            return errno_error("read a temporary file", errno);
        return std::fread(to.data(), 1, to.size(), file.get());
    });
}

Result<Bytes> IndexedLog::entry(std::size_t segment, std::uint32_t number, IndexView& index) {
    const SegmentFile& file = segments_[segment].file;
    const std::uint64_t wanted = file.first_index + number;
    if (!scan_ || scanned_ != segment) {
        scan_.reset();
        auto scan = SegmentScan::open(file);
        if (!scan) return std::move(scan).error();
        scan_.emplace(*std::move(scan));
        scanned_ = segment;
        block_ = {};
    }
    const auto holds = [&] {
        return wanted >= block_.first_index && wanted - block_.first_index < block_.count;
    };
    if (!holds()) {
        const auto start = index.block_before(number);
        if (!start) return start.error();
        scan_->seek(start->at);
        do {
            block_ = {};
            const auto step = scan_->next(block_);
            if (step != SegmentScan::Step::block || block_.first_index > wanted) {
                block_ = {};
                return damaged(file.path, scan_->position(), wanted, "no block with this entry");
            }
        } while (!holds());
    }
    Bytes found;
    std::uint64_t at = block_.first_index;
    audit::for_each_entry(block_.body, [&](Bytes entry) {
        found = entry;
        return at++ < wanted;
    });
    return found;
}

}  // namespace sluice::auditlog
