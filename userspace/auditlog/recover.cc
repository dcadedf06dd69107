#include "auditlog/recover.h"

#include <utility>

#include "audit/damage.h"
#include "auditlog/pruned.h"
#include "auditlog/scan.h"
#include "auditlog/walk.h"
#include "base/limits.h"
#include "base/log.h"

namespace sluice::auditlog {
namespace {

constexpr std::size_t kBlockBytesMax = audit::kBlockHeaderBytes + limits::audit_commit_bytes_max;

struct Tail {
    LogEnd end;
    Buffer last_block;  // empty where there is none
};

LogEnd start_of(const audit::SegmentHeader& header) {
    LogEnd end;
    end.number = header.number;
    end.bytes = audit::kSegmentHeaderBytes;
    end.mark = header.mark;
    end.created_ns = header.created_ns;
    end.previous_bytes = header.previous_bytes;
    end.previous_abandoned = header.previous_abandoned;
    end.tree = header.tree;
    return end;
}

Buffer copy_of(const audit::Block& block) {
    const Byte* start = block.body.data() - audit::kBlockHeaderBytes;
    return {start, start + audit::kBlockHeaderBytes + block.body.size()};
}

Status check_torn(SegmentScan& scan, const SegmentFile& file, const Tail& tail) {
    // A torn block, and where one was good, the next.
    const auto rest = scan.rest(2 * kBlockBytesMax);
    if (!rest) return Error(rest.error()).in(file.path.string());
    const auto wrong = audit::find_wrong_byte(*rest, tail.end.mark, tail.end.tree);
    if (wrong && !audit::in_unwritten_sector(*rest, tail.end.bytes, *wrong))
        return damaged(
            file.path, tail.end.bytes + wrong->at, tail.end.next_index(),
            "a byte is " + std::to_string(wrong->is) + " and was " + std::to_string(wrong->was));
    if (audit::good_block_follows(*rest, tail.end.mark, tail.end.next_index()))
        return damaged(file.path, tail.end.bytes, tail.end.next_index(),
                       scan.why() + ", and good ones follow");
    return ok();
}

// The tree with the block's entries, and the roots on the way that somebody asks for.
GrownTree grow(const audit::Frontier& tree, const audit::Block& block, KnownRoots& roots) {
    GrownTree grown{tree};
    if (roots.next_after(tree.size()) >= tree.size() + block.count) {
        grown.add(block.body);
    } else {
        audit::for_each_entry(block.body, [&](Bytes entry) {
            const Byte* with_length = entry.data() - 2;
            grown.add({with_length, entry.size() + 2});
            roots.note(grown.tree);
            return true;
        });
    }
    roots.note(grown.tree);
    return grown;
}

Status take_block(const audit::Block& block, const SegmentFile& file, Tail& tail, TileWriter& tiles,
                  KnownRoots& roots) {
    if (block.first_index != tail.end.next_index())
        return damaged(file.path, tail.end.bytes, tail.end.next_index(),
                       "another entry's block stands here");
    GrownTree grown = grow(tail.end.tree, block, roots);
    if (grown.tree.root() != block.root)
        return damaged(file.path, tail.end.bytes, tail.end.next_index(),
                       "the block does not go on with the hash tree");
    tiles.add(grown);
    tail.last_block = copy_of(block);
    tail.end.tree = std::move(grown.tree);
    tail.end.bytes += tail.last_block.size();
    return ok();
}

// What was completed before the newest segment is on disk since that was begun; what the segment
// completes is written again. Where files are missing, all of it.
Status open_tiles(FileSystem& files, const std::filesystem::path& directory, std::uint64_t size,
                  TileWriter& tiles) {
    auto opened = tiles.open(size);
    if (opened || opened.error().code != Errc::truncated) return opened;
    log::warn("audit log: {}: making them again", opened.error().context);
    auto rebuilt = rebuild_tiles(files, directory, size);
    return rebuilt ? tiles.open(size) : rebuilt;
}

Result<Tail> read_tail(FileSystem& files, const SegmentFile& file, const std::string& origin,
                       TileWriter& tiles, KnownRoots& roots) {
    auto scan = SegmentScan::open(file);
    if (!scan) return std::move(scan).error();
    if (scan->header().origin != origin)
        return Error{Errc::config, "audit log " + file.path.parent_path().string() +
                                       " is that of `" + scan->header().origin + "`, not of `" +
                                       origin + "`"};
    if (scan->header().number != file.number || scan->header().first_index() != file.first_index)
        return damaged(file.path, 0, file.first_index, "the name is that of another segment");
    Tail tail;
    tail.end = start_of(scan->header());
    roots.note(tail.end.tree);
    auto opened = open_tiles(files, file.path.parent_path(), tail.end.next_index(), tiles);
    if (!opened) return std::move(opened).error();
    audit::Block block;
    while (true) {
        const auto step = scan->next(block);
        if (step == SegmentScan::Step::failed) return Error(scan->error()).in(file.path.string());
        if (step == SegmentScan::Step::end) return tail;
        auto status = step == SegmentScan::Step::block ? take_block(block, file, tail, tiles, roots)
                                                       : check_torn(*scan, file, tail);
        if (!status) return std::move(status).error();
        if (step != SegmentScan::Step::block) break;
    }
    const auto content_end = scan->content_end();
    if (!content_end) return Error(content_end.error()).in(file.path.string());
    if (*content_end > tail.end.bytes)
        log::warn("audit log: cutting {} bytes of an unfinished commit at byte {} of {}",
                  *content_end - tail.end.bytes, tail.end.bytes, file.path.string());
    return tail;
}

// Cuts what is no log, and writes the last block again: if the sync of it failed, the page cache
// may show bytes that the disk never got, and every later block builds on it.
Status settle(File& file, Tail& tail) {
    auto status = file.truncate(tail.end.bytes);
    if (status && !tail.last_block.empty()) {
        iovec piece{tail.last_block.data(), tail.last_block.size()};
        status = write_all(file, {&piece, 1}, tail.end.bytes - tail.last_block.size());
    }
    if (status) status = file.fdatasync();
    return status;
}

}  // namespace

Result<std::unique_ptr<SegmentWriter>> recover(FileSystem& files, const WriterOptions& options,
                                               KnownRoots& roots,
                                               const std::function<Status(const LogEnd&)>& check) {
    const auto segments = list_segments(options.directory);
    if (!segments) return segments.error();
    const auto pruned = read_pruned(options.directory);
    if (!pruned) return pruned.error();
    TileWriter tiles(files, options.directory);
    if (segments->empty() && pruned->first_segment == 0) {
        auto status = check(LogEnd());
        if (status) status = tiles.open(0);
        if (!status) return std::move(status).error();
        return std::make_unique<SegmentWriter>(files, options);
    }
    if (segments->empty() || segments->back().number < pruned->first_segment)
        return Error{Errc::corrupt, "every segment of audit log " + options.directory.string() +
                                        " from number " + std::to_string(pruned->first_segment) +
                                        " on is gone"};
    const SegmentFile& newest = segments->back();
    auto tail = read_tail(files, newest, options.origin, tiles, roots);
    if (!tail) return std::move(tail).error();
    auto status = check(tail->end);
    if (!status) return std::move(status).error();
    // Compressed only where what came after it is gone: nothing is written to it, and the next
    // segment begins.
    std::unique_ptr<File> file;
    if (!is_compressed(newest.path)) {
        auto opened = files.open(newest.path);
        if (!opened) return std::move(opened).error();
        file = *std::move(opened);
        status = settle(*file, *tail);
    }
    if (status) status = tiles.flush();
    if (!status) return std::move(status).error();
    return std::make_unique<SegmentWriter>(files, options, tail->end, std::move(file),
                                           std::move(tiles));
}

}  // namespace sluice::auditlog
