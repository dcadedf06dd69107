#include "auditlog/index_view.h"

#include <algorithm>
#include <tuple>

#include "base/limits.h"

namespace sluice::auditlog {
namespace {

Error malformed(const char* why) {
    return Error{Errc::malformed, std::string("an index with ") + why};
}

}  // namespace

// The nodes over one list of intervals, the lowest level first.
struct IndexView::Tree {
    const IndexList& list;
    bool with_sessions;
    std::vector<IndexSection> levels;
    std::uint64_t groups_at = 0;

    Tree(const IndexList& of, bool sessions) : list(of), with_sessions(sessions) {
        groups_at = list.at;
        std::uint64_t count = list.count;
        do {
            count = (count + kIndexFanout - 1) / kIndexFanout;
            levels.push_back({groups_at, count});
            groups_at += count * IndexNode::kBytes;
        } while (count > kIndexFanout);
    }
    [[nodiscard]] std::uint64_t end(std::size_t level, std::uint64_t from) const {
        return std::min<std::uint64_t>(from + kIndexFanout, levels[level].count);
    }
};

Result<IndexView> IndexView::open(ReadAt read) {
    PageReader pages(std::move(read));
    Byte content[kIndexHeaderBytes];
    auto status = pages.read(0, content);
    if (!status) return std::move(status).error();
    const auto header = decode_index_header(content);
    if (!header) return header.error();
    return IndexView(std::move(pages), *header);
}

template <class Record>
Result<Record> IndexView::record(const IndexSection& section, std::uint64_t number) {
    if (number >= section.count) return malformed("a record that is not there");
    Byte bytes[Record::kBytes];
    auto status = pages_.read(section.at + number * Record::kBytes, bytes);
    if (!status) return std::move(status).error();
    Record record;
    load_record(bytes, record);
    return record;
}

template <class Record, class Before>
Result<std::uint64_t> IndexView::partition_point(const IndexSection& section, std::uint64_t from,
                                                 std::uint64_t to, Before before) {
    while (from < to) {
        const std::uint64_t middle = from + (to - from) / 2;
        const auto one = record<Record>(section, middle);
        if (!one) return one.error();
        const Result<bool> is_before = before(*one);
        if (!is_before) return is_before.error();
        if (*is_before)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

Result<IndexView::Topic> IndexView::topic_at(std::uint64_t number) {
    const auto topic = record<IndexTopic>(header_.topics, number);
    if (!topic) return topic.error();
    if (topic->name_bytes > limits::audit_string_bytes_max ||
        topic->name_at > header_.names.count ||
        topic->name_bytes > header_.names.count - topic->name_at)
        return malformed("a name that cannot be");
    Topic found{{std::string(topic->name_bytes, 0), topic->id, topic->accessed},
                topic->first_stream,
                topic->streams};
    auto status =
        pages_.read(header_.names.at + topic->name_at,
                    {reinterpret_cast<Byte*>(found.called.name.data()), found.called.name.size()});
    if (!status) return std::move(status).error();
    return found;
}

Result<std::vector<IndexView::Topic>> IndexView::topics_named(std::string_view name) {
    const auto before = [&](const IndexTopic& topic) -> Result<bool> {
        Byte bytes[limits::audit_string_bytes_max];
        if (topic.name_bytes > sizeof bytes) return malformed("a name that cannot be");
        auto status = pages_.read(header_.names.at + topic.name_at, {bytes, topic.name_bytes});
        if (!status) return std::move(status).error();
        return as_text({bytes, topic.name_bytes}) < name;
    };
    auto at = partition_point<IndexTopic>(header_.topics, 0, header_.topics.count, before);
    if (!at) return at.error();
    std::vector<Topic> found;
    for (; *at < header_.topics.count; ++*at) {
        auto topic = topic_at(*at);
        if (!topic) return topic.error();
        if (topic->called.name != name) break;
        found.push_back(*std::move(topic));
    }
    return found;
}

Result<std::vector<IndexView::Topic>> IndexView::topics_with(const TopicId& id) {
    auto at =
        partition_point<IndexId>(header_.ids, 0, header_.ids.count,
                                 [&id](const IndexId& one) -> Result<bool> { return one.id < id; });
    if (!at) return at.error();
    std::vector<Topic> found;
    for (; *at < header_.ids.count; ++*at) {
        const auto one = record<IndexId>(header_.ids, *at);
        if (!one) return one.error();
        if (one->id != id) break;
        auto topic = topic_at(one->topic);
        if (!topic) return topic.error();
        found.push_back(*std::move(topic));
    }
    return found;
}

Status IndexView::each_topic(const std::function<bool(const TopicName&)>& visit) {
    for (std::uint64_t i = 0; i < header_.topics.count; ++i) {
        const auto topic = topic_at(i);
        if (!topic) return topic.error();
        if (!visit(topic->called)) break;
    }
    return ok();
}

Status IndexView::each_subject(const std::function<bool(const audit::SubjectId&)>& visit) {
    for (std::uint64_t i = 0; i < header_.subjects.count; ++i) {
        const auto subject = record<IndexSubject>(header_.subjects, i);
        if (!subject) return subject.error();
        if (!visit(subject->id)) break;
    }
    return ok();
}

Result<std::optional<IndexStream>> IndexView::stream(const Topic& topic, std::int32_t partition) {
    const std::uint64_t end = std::uint64_t{topic.first_stream} + topic.streams;
    if (end > header_.streams.count) return malformed("a partition that is not there");
    const auto at = partition_point<IndexStream>(
        header_.streams, topic.first_stream, end,
        [partition](const IndexStream& one) -> Result<bool> { return one.partition < partition; });
    if (!at) return at.error();
    if (*at == end) return std::optional<IndexStream>();
    const auto stream = record<IndexStream>(header_.streams, *at);
    if (!stream) return stream.error();
    return stream->partition == partition ? std::optional(*stream) : std::nullopt;
}

Result<std::vector<IndexNode>> IndexView::nodes(const IndexSection& level, std::uint64_t from,
                                                std::uint64_t to) {
    Byte bytes[kIndexFanout * IndexNode::kBytes];
    SLUICE_CHECK(from <= to && to - from <= kIndexFanout);
    const auto count = static_cast<std::size_t>(to - from);
    auto status =
        pages_.read(level.at + from * IndexNode::kBytes, {bytes, count * IndexNode::kBytes});
    if (!status) return std::move(status).error();
    std::vector<IndexNode> found(count);
    for (std::size_t i = 0; i < count; ++i) load_record(bytes + i * IndexNode::kBytes, found[i]);
    return found;
}

Result<std::vector<IndexInterval>> IndexView::group(const IndexList& list, const IndexNode& node,
                                                    std::uint64_t number, bool with_sessions) {
    const Tree tree(list, with_sessions);
    if (node.at >= list.bytes) return malformed("a group that is not there");
    Byte bytes[kIndexGroupBytesMax];
    const std::size_t some = std::min<std::size_t>(sizeof bytes, list.bytes - node.at);
    auto status = pages_.read(tree.groups_at + node.at, {bytes, some});
    if (!status) return std::move(status).error();
    const std::uint64_t count =
        std::min<std::uint64_t>(kIndexFanout, list.count - number * kIndexFanout);
    return decode_group({bytes, some}, node, static_cast<std::uint32_t>(count), with_sessions);
}

// Of the nodes that begin at or before the offset all but the last lie there whole: where one
// reaches it, an interval below it covers it. So nothing is read in vain but on one way down.
Status IndexView::visit_covering(const Tree& tree, std::size_t level, std::uint64_t from,
                                 std::int64_t offset, const VisitInterval& visit) {
    const auto some = nodes(tree.levels[level], from, tree.end(level, from));
    if (!some) return some.error();
    for (std::size_t i = 0; i < some->size() && (*some)[i].first <= offset; ++i) {
        if ((*some)[i].max_last < offset) continue;
        if (level > 0) {
            auto status = visit_covering(tree, level - 1, (from + i) * kIndexFanout, offset, visit);
            if (!status) return status;
            continue;
        }
        const auto intervals = group(tree.list, (*some)[i], from + i, tree.with_sessions);
        if (!intervals) return intervals.error();
        for (const IndexInterval& one : *intervals)
            if (one.first <= offset && offset <= one.last) visit(one);
    }
    return ok();
}

Status IndexView::covering(const IndexList& intervals, std::int64_t offset, bool with_sessions,
                           const VisitInterval& visit) {
    if (intervals.count == 0) return ok();
    const Tree tree(intervals, with_sessions);
    return visit_covering(tree, tree.levels.size() - 1, 0, offset, visit);
}

Result<std::optional<std::uint32_t>> IndexView::first_entry_above(const IndexList& intervals,
                                                                  std::int64_t offset,
                                                                  bool with_sessions) {
    std::optional<std::uint32_t> lowest;
    const auto take = [&lowest](std::uint32_t entry) {
        lowest = lowest ? std::min(*lowest, entry) : entry;
    };
    if (intervals.count == 0) return lowest;
    const Tree tree(intervals, with_sessions);
    std::uint64_t from = 0;
    for (std::size_t level = tree.levels.size(); level-- > 0;) {
        const auto some = nodes(tree.levels[level], from, tree.end(level, from));
        if (!some) return some.error();
        // The last one that begins at or before the offset may go on behind it; the later ones lie
        // there whole.
        const auto above = std::ranges::find_if(
            *some, [offset](const IndexNode& node) { return node.first > offset; });
        for (auto node = above; node != some->end(); ++node) take(node->min_entry);
        if (above == some->begin()) return lowest;
        const auto last = static_cast<std::uint64_t>(above - some->begin()) - 1;
        if (level > 0) {
            from = (from + last) * kIndexFanout;
            continue;
        }
        const auto one = group(intervals, *(above - 1), from + last, with_sessions);
        if (!one) return one.error();
        for (const IndexInterval& interval : *one)
            if (interval.first > offset) take(interval.entry);
    }
    return lowest;
}

Result<std::vector<IndexAccess>> IndexView::accesses(const IndexStream& stream) {
    const IndexList& list = stream.accesses;
    if (list.bytes > limits::audit_segment_bytes_max) return malformed("more than a segment holds");
    Buffer bytes;
    // In pieces: what is not there is not made room for.
    while (bytes.size() < list.bytes) {
        const std::size_t before = bytes.size();
        bytes.resize(std::min<std::size_t>(list.bytes, before + 64 * 1024));
        auto status = pages_.read(list.at + before, std::span(bytes).subspan(before));
        if (!status) return std::move(status).error();
    }
    return decode_accesses(bytes, list.count);
}

Result<IndexSession> IndexView::session_at(std::uint32_t number) {
    return record<IndexSession>(header_.sessions, number);
}

Result<std::optional<IndexSession>> IndexView::session(std::uint64_t session) {
    const auto at = partition_point<IndexSession>(
        header_.sessions, 0, header_.sessions.count,
        [session](const IndexSession& one) -> Result<bool> { return one.session < session; });
    if (!at) return at.error();
    if (*at == header_.sessions.count) return std::optional<IndexSession>();
    const auto found = record<IndexSession>(header_.sessions, *at);
    if (!found) return found.error();
    return found->session == session ? std::optional(*found) : std::nullopt;
}

Result<IndexBlock> IndexView::block_before(std::uint32_t entry) {
    const auto at = partition_point<IndexBlock>(
        header_.blocks, 0, header_.blocks.count,
        [entry](const IndexBlock& one) -> Result<bool> { return one.first <= entry; });
    if (!at) return at.error();
    if (*at == 0) return malformed("an entry before the first");
    return record<IndexBlock>(header_.blocks, *at - 1);
}

}  // namespace sluice::auditlog
