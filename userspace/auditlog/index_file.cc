#include "auditlog/index_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "auditlog/fd.h"
#include "auditlog/scan.h"
#include "auditlog/walk.h"

namespace sluice::auditlog {
namespace {

constexpr std::uint64_t kReportEvery = 16ull * 1024 * 1024;

ReadAt reader_of(std::shared_ptr<Fd> fd) {
    return [fd](std::uint64_t offset, std::span<Byte> to) -> Result<std::size_t> {
        std::size_t got = 0;
        while (got < to.size()) {
            const ssize_t n = ::pread(fd->get(), to.data() + got, to.size() - got,
                                      static_cast<off_t>(offset + got));
            if (n == 0) break;
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return errno_error("read an index", errno);
            got += static_cast<std::size_t>(n);
        }
        return got;
    };
}

bool is_of(const IndexedSegment& has, const IndexableSegment& segment) {
    const IndexedSegment& is = segment.is;
    if (segment.end_known) return has == is;
    return segment.sealed && has.number == is.number && has.first_index == is.first_index &&
           has.mark == is.mark;
}

}  // namespace

std::filesystem::path index_path(const SegmentFile& file) {
    auto path = file.path;
    return path.replace_filename(std::filesystem::path(segment_name(file.number, file.first_index))
                                     .replace_extension(".idx"));
}

Result<std::vector<IndexableSegment>> indexable_segments(const std::filesystem::path& directory,
                                                         std::uint64_t from_number) {
    auto files = segments_of_log(directory);
    if (!files) return std::move(files).error();
    std::vector<IndexableSegment> segments;
    for (SegmentFile& file : *files) {
        if (file.number < from_number) continue;
        auto scan = SegmentScan::open(file);
        if (!scan) return std::move(scan).error();
        const audit::SegmentHeader& header = scan->header();
        if (header.number != file.number || header.first_index() != file.first_index)
            return damaged(file.path, 0, file.first_index,
                           "the file's name is that of another segment");
        if (!segments.empty()) {
            IndexableSegment& before = segments.back();
            before.sealed = true;
            before.end_known = before.file.number + 1 == file.number;
            if (before.end_known) {
                before.is.entries = file.first_index - before.file.first_index;
                before.is.bytes = header.previous_bytes;
                before.is.root = header.tree.root();
            }
        }
        IndexedSegment is;
        is.number = file.number;
        is.first_index = file.first_index;
        is.mark = header.mark;
        is.root = header.tree.root();
        segments.push_back({std::move(file), header.created_ns, is, false, false});
    }
    return segments;
}

Result<MadeIndex> make_index(const IndexableSegment& segment, IndexBuilder::Wanted wanted,
                             const Progress& progress) {
    auto scan = SegmentScan::open(segment.file);
    if (!scan) return std::move(scan).error();
    IndexBuilder builder(segment.is.first_index, std::move(wanted));
    IndexedSegment is = segment.is;
    is.entries = 0;
    audit::Block block;
    std::uint64_t reported = 0;
    while (!segment.end_known || is.entries < segment.is.entries) {
        const std::uint64_t at = scan->position();
        const auto step = scan->next(block);
        if (step == SegmentScan::Step::failed)
            return Error(scan->error()).in(segment.file.path.string());
        if (step != SegmentScan::Step::block) break;
        const std::uint64_t next = is.first_index + is.entries;
        if (block.first_index != next)
            return damaged(segment.file.path, at, next, "another entry's block stands here");
        builder.add(block, at);
        is.entries += block.count;
        is.root = block.root;
        if (!progress || at - reported < kReportEvery) continue;
        reported = at;
        progress(at, std::max(at, segment.is.bytes));
    }
    is.bytes = scan->position();
    if (segment.end_known && is != segment.is)
        return damaged(segment.file.path, is.bytes, is.first_index + is.entries,
                       scan->why().empty() ? "the segment is not the one that the next one follows"
                                           : scan->why());
    return MadeIndex{builder.finish(is), is.entries};
}

Status write_index(FileSystem& files, const SegmentFile& file, Bytes pages) {
    const auto path = index_path(file);
    auto unfinished = path;
    unfinished += ".tmp";
    auto file_to = files.create(unfinished);
    if (!file_to) return std::move(file_to).error();
    iovec piece{const_cast<Byte*>(pages.data()), pages.size()};
    auto status = write_all(**file_to, {&piece, 1}, 0);
    return status ? files.rename(unfinished, path) : status;
}

Result<IndexView> open_index(const IndexableSegment& segment) {
    const auto path = index_path(segment.file);
    auto fd = std::make_shared<Fd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd->get() < 0) return Error{Errc::unavailable, "no index " + path.string()};
    auto view = IndexView::open(reader_of(std::move(fd)));
    if (!view) return view;
    if (!is_of(view->header().segment, segment))
        return Error{Errc::unavailable, path.string() + " is not the index of its segment"};
    return view;
}

ReadAt reader_of(Buffer pages) {
    return [kept = std::make_shared<const Buffer>(std::move(pages))](
               std::uint64_t offset, std::span<Byte> to) -> Result<std::size_t> {
        if (offset >= kept->size()) return std::size_t{0};
        const std::size_t some = std::min<std::size_t>(to.size(), kept->size() - offset);
        std::copy_n(kept->begin() + static_cast<std::ptrdiff_t>(offset), some, to.begin());
        return some;
    };
}

}  // namespace sluice::auditlog
