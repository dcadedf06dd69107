// index_builder.h: makes the index of one segment from its blocks, seen once in order.
//
// Holds some 24 bytes for each entry meanwhile; a segment has a size. No file here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "audit/encode.h"
#include "audit/segment.h"
#include "auditlog/index_format.h"

namespace sluice::auditlog {

class IndexBuilder {
  public:
    // Which accesses are wanted: all but for an index that is made for one question.
    using Wanted = std::function<bool(const audit::Head&)>;
    explicit IndexBuilder(std::uint64_t first_index, Wanted wanted = {});

    // `at`: where the block begins in the segment.
    void add(const audit::Block& block, std::uint64_t at);
    // The pages of the index. Of `segment` all but first_index and entries is the caller's to know.
    // The builder is done.
    Buffer finish(IndexedSegment segment);

  private:
    struct Stream {
        std::vector<IndexInterval> produces, fetches;  // `session` as numbered here
        std::vector<IndexAccess> accesses;
    };
    struct Topic {
        std::string name;
        TopicId id;
        bool accessed = false;
        std::map<std::int32_t, Stream> streams;
    };
    struct Places {
        std::vector<std::uint32_t> sorted;  // numbers of sessions as found, by session
        std::vector<std::uint32_t> rank;    // of each where it is in there
    };

    void add_entry(Bytes entry);
    void add_access(Bytes entry, std::uint32_t session);
    std::uint32_t session_number(std::uint64_t session);
    Topic& topic();
    [[nodiscard]] Places sort_sessions() const;
    void put_topics(PageWriter& out, IndexHeader& header, const Places& places);
    void put_sessions(PageWriter& out, IndexHeader& header, const Places& places) const;
    void put_subjects(PageWriter& out, IndexHeader& header) const;
    static IndexList put_intervals(PageWriter& out, std::vector<IndexInterval>& intervals,
                                   bool with_sessions);
    IndexList put_accesses(PageWriter& out, std::vector<IndexAccess>& accesses,
                           const Places& places) const;
    [[nodiscard]] std::vector<IndexAccess> worth_keeping(
        const std::vector<IndexAccess>& accesses) const;

    const std::uint64_t first_index_;
    const Wanted wanted_;
    std::uint32_t next_ = 0;  // entry, counted from the segment's first one
    IndexHeader header_;
    audit::Head head_;
    std::vector<IndexSession> sessions_;  // in the order in which they were found
    std::unordered_map<std::uint64_t, std::uint32_t> session_numbers_;
    std::vector<std::unique_ptr<Topic>> topics_;
    std::unordered_map<std::string, Topic*> topics_by_key_;
    std::string key_;
    std::unordered_set<audit::SubjectId> subjects_;
    std::vector<IndexBlock> blocks_;
};

}  // namespace sluice::auditlog
