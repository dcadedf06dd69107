// index_format.h: the records of a segment's index (audit/FORMAT.md, "The index of a segment"), as
// values and as bytes.
//
// An index is derived from its segment, and nothing is believed because it stands in one: what it
// points at is read from the segment. No file here.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "auditlog/access_kind.h"
#include "auditlog/index_pages.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"

namespace sluice::auditlog {

inline constexpr std::uint32_t kIndexVersion = 1;
// Intervals in one group, and nodes below one node.
inline constexpr std::uint32_t kIndexFanout = 64;

// What an index says it is of. One that says something else than the log does is not used.
struct IndexedSegment {
    std::uint64_t number = 0;
    std::uint64_t first_index = 0;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;  // of the segment, as far as it is log
    std::uint32_t mark = 0;
    Digest root;  // of the tree of all entries up to its last one
    bool operator==(const IndexedSegment&) const = default;
};

struct IndexSection {
    std::uint64_t at = 0;     // in the content
    std::uint64_t count = 0;  // of records; of names, bytes
    bool operator==(const IndexSection&) const = default;
};

struct IndexHeader {
    IndexedSegment segment;
    std::int64_t min_wall_ns = INT64_MAX, max_wall_ns = INT64_MIN;
    std::uint64_t types = 0;  // bit n: an event of type n; bit 63: of type 63 or higher
    IndexSection names, topics, ids, streams, sessions, subjects, blocks;
    bool operator==(const IndexHeader&) const = default;
};

// A pair of name and id that entries have; one of them may be missing. Sorted by both.
struct IndexTopic {
    static constexpr std::size_t kBytes = 32;
    std::uint32_t name_at = 0;  // in the names
    std::uint16_t name_bytes = 0;
    bool accessed = false;  // by an entry of a type that counts for `who`
    TopicId id;
    std::uint32_t first_stream = 0, streams = 0;
    bool operator==(const IndexTopic&) const = default;
};

// The topics with that id. Sorted by both.
struct IndexId {
    static constexpr std::size_t kBytes = 20;
    TopicId id;
    std::uint32_t topic = 0;
    bool operator==(const IndexId&) const = default;
};

struct IndexList {
    std::uint64_t at = 0;
    std::uint32_t bytes = 0;
    std::uint32_t count = 0;
    bool operator==(const IndexList&) const = default;
};

// What was read and written of one partition of a topic. Sorted by partition within the topic.
struct IndexStream {
    static constexpr std::size_t kBytes = 52;
    std::int32_t partition = -1;
    IndexList produces, fetches, accesses;
    bool operator==(const IndexStream&) const = default;
};

// Sorted by session.
struct IndexSession {
    static constexpr std::size_t kBytes = 20;
    std::uint64_t session = 0;
    std::uint32_t first = 0, last = 0;        // entries, counted from the segment's first one
    std::optional<std::uint32_t> close = {};  // the last session_close of it
    bool operator==(const IndexSession&) const = default;
};

// Whom its entries are about. Sorted.
struct IndexSubject {
    static constexpr std::size_t kBytes = 16;
    audit::SubjectId id;
    bool operator==(const IndexSubject&) const = default;
};

// Where to begin for an entry: at the last one of these that is not behind it.
struct IndexBlock {
    static constexpr std::size_t kBytes = 12;
    std::uint32_t first = 0;  // entry
    std::uint64_t at = 0;     // of a block in the segment
    bool operator==(const IndexBlock&) const = default;
};

// Offsets first..last that an entry says were read or written.
struct IndexInterval {
    std::int64_t first = 0, last = 0;
    std::uint32_t entry = 0;
    std::uint32_t session = 0;  // number of its record; only of fetches
    bool operator==(const IndexInterval&) const = default;
};

// One group of intervals, or one run of nodes.
struct IndexNode {
    static constexpr std::size_t kBytes = 24;
    std::int64_t first = 0;     // the lowest
    std::int64_t max_last = 0;  // the highest
    std::uint32_t min_entry = 0;
    std::uint32_t at = 0;  // of a group, in the data behind the nodes
    bool operator==(const IndexNode&) const = default;
};

// Something that may have touched offsets nobody knows.
struct IndexAccess {
    AccessKind kind = AccessKind::read_lease;
    std::uint32_t session = 0;  // number of its record
    std::uint32_t entry = 0;
    std::int64_t from = 0;  // only of reads
    bool operator==(const IndexAccess&) const = default;
};

Buffer encode_index_header(const IndexHeader& header);
// Errors: malformed (no index), unsupported (of another version).
Result<IndexHeader> decode_index_header(Bytes content);
inline constexpr std::size_t kIndexHeaderBytes = 224;

void append_record(Buffer& out, const IndexTopic& topic);
void append_record(Buffer& out, const IndexId& id);
void append_record(Buffer& out, const IndexStream& stream);
void append_record(Buffer& out, const IndexSession& session);
void append_record(Buffer& out, const IndexSubject& subject);
void append_record(Buffer& out, const IndexBlock& block);
void append_record(Buffer& out, const IndexNode& node);
// From T::kBytes bytes.
void load_record(const Byte* at, IndexTopic& topic);
void load_record(const Byte* at, IndexId& id);
void load_record(const Byte* at, IndexStream& stream);
void load_record(const Byte* at, IndexSession& session);
void load_record(const Byte* at, IndexSubject& subject);
void load_record(const Byte* at, IndexBlock& block);
void load_record(const Byte* at, IndexNode& node);

// At most kIndexFanout, sorted by (first, entry); `lowest` is the first one's `first`.
void append_group(Buffer& out, const IndexInterval* begin, const IndexInterval* end,
                  bool with_sessions);
inline constexpr std::size_t kIndexGroupBytesMax = kIndexFanout * 30;
// `bytes` may go on behind the group. Errors: malformed.
Result<std::vector<IndexInterval>> decode_group(Bytes bytes, const IndexNode& node,
                                                std::uint32_t count, bool with_sessions);

// Sorted by (session, entry).
Buffer encode_accesses(const std::vector<IndexAccess>& accesses);
// Errors: malformed.
Result<std::vector<IndexAccess>> decode_accesses(Bytes bytes, std::uint32_t count);

}  // namespace sluice::auditlog
