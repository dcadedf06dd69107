// index_view.h: the index of one segment, asked. Reads the few pages that a question needs.
//
// Errors of all functions but where said: truncated, malformed, corrupt (it is no sound index:
// make it again), io. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auditlog/index_format.h"

namespace sluice::auditlog {

// A topic question by name or by id, or by both; an entry matches by section 6 of FORMAT.md.
struct TopicName {
    std::string name;
    TopicId id;
    bool accessed = false;
    bool operator==(const TopicName&) const = default;
};

class IndexView {
  public:
    // Also: unsupported (of another version).
    static Result<IndexView> open(ReadAt read);
    [[nodiscard]] const IndexHeader& header() const { return header_; }

    struct Topic {
        TopicName called;
        std::uint32_t first_stream = 0, streams = 0;
    };
    // All with this name, all with this id.
    Result<std::vector<Topic>> topics_named(std::string_view name);
    Result<std::vector<Topic>> topics_with(const TopicId& id);
    // Calls visit for each until it returns false.
    Status each_topic(const std::function<bool(const TopicName&)>& visit);
    Status each_subject(const std::function<bool(const audit::SubjectId&)>& visit);
    Result<std::optional<IndexStream>> stream(const Topic& topic, std::int32_t partition);

    // Calls visit(interval) for each that covers the offset, in no order. Reads little more than
    // those.
    using VisitInterval = std::function<void(const IndexInterval&)>;
    Status covering(const IndexList& intervals, std::int64_t offset, bool with_sessions,
                    const VisitInterval& visit);
    // The first entry of which all offsets are above that one.
    Result<std::optional<std::uint32_t>> first_entry_above(const IndexList& intervals,
                                                           std::int64_t offset, bool with_sessions);
    Result<std::vector<IndexAccess>> accesses(const IndexStream& stream);

    Result<IndexSession> session_at(std::uint32_t number);
    Result<std::optional<IndexSession>> session(std::uint64_t session);
    // Where in the segment the block begins which holds this entry, or one before it.
    Result<IndexBlock> block_before(std::uint32_t entry);

  private:
    IndexView(PageReader pages, const IndexHeader& header)
        : pages_(std::move(pages)), header_(header) {}
    template <class Record>
    Result<Record> record(const IndexSection& section, std::uint64_t number);
    // The number of the first record for which before(record) is false.
    template <class Record, class Before>
    Result<std::uint64_t> partition_point(const IndexSection& section, std::uint64_t from,
                                          std::uint64_t to, Before before);
    Result<Topic> topic_at(std::uint64_t number);
    Result<std::vector<IndexNode>> nodes(const IndexSection& level, std::uint64_t from,
                                         std::uint64_t to);
    Result<std::vector<IndexInterval>> group(const IndexList& list, const IndexNode& node,
                                             std::uint64_t number, bool with_sessions);
    struct Tree;
    Status visit_covering(const Tree& tree, std::size_t level, std::uint64_t from,
                          std::int64_t offset, const VisitInterval& visit);

    PageReader pages_;
    IndexHeader header_;
};

}  // namespace sluice::auditlog
