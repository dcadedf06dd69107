// index_file.h: the index of a segment as a file beside it, and how it is made.
//
// A sidecar that is missing, torn, of another segment or of another version of it is as good as
// none: whoever needs it makes it again from the segment. It never stands in the way of anything.
#pragma once

#include <optional>

#include "auditlog/file.h"
#include "auditlog/index_builder.h"
#include "auditlog/index_view.h"
#include "auditlog/reader.h"
#include "auditlog/segment_name.h"

namespace sluice::auditlog {

// "0000000007-00000000000000012345.idx"
std::filesystem::path index_path(const SegmentFile& file);

// A segment, and what its sidecar has to say.
struct IndexableSegment {
    SegmentFile file;
    std::int64_t created_ns = 0;
    // Where the segment after it is missing or not there yet: no more than number, first index and
    // mark are set.
    IndexedSegment is;
    bool sealed = false;     // there is a later one
    bool end_known = false;  // the next one is there: `is` is all set
};
// All segments that are there, from that number on, the oldest first. Errors: those of
// segments_of_log and SegmentScan::open; corrupt where a file has the name of another segment.
Result<std::vector<IndexableSegment>> indexable_segments(const std::filesystem::path& directory,
                                                         std::uint64_t from_number = 0);

struct MadeIndex {
    Buffer pages;
    std::uint64_t entries = 0;
};
// Reads the segment once. Errors: corrupt where a sealed one does not hold what it should; io.
Result<MadeIndex> make_index(const IndexableSegment& segment, IndexBuilder::Wanted wanted = {},
                             const Progress& progress = {});
// Puts it beside its segment. Whoever looks meanwhile sees the old one, or this one. Not synced:
// what a crash leaves is found to be torn.
Status write_index(FileSystem& files, const SegmentFile& file, Bytes pages);
// Errors: unavailable (none, or not the one of this segment as it is), and those of IndexView.
Result<IndexView> open_index(const IndexableSegment& segment);

// What reads an index that is in memory.
ReadAt reader_of(Buffer pages);

}  // namespace sluice::auditlog
