#include "auditlog/index_builder.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "auditlog/access_kind.h"

namespace sluice::auditlog {
namespace {

// A block begins every so many bytes of the segment that can be found without the ones before it.
constexpr std::uint64_t kBlockStride = 16 * 1024;

using Kind = AccessKind;

template <class Record>
IndexSection put_records(PageWriter& out, const std::vector<Record>& records) {
    const IndexSection section{out.position(), records.size()};
    Buffer bytes;
    for (const Record& record : records) {
        append_record(bytes, record);
        if (bytes.size() < kPageBytes) continue;
        out.append(bytes);
        bytes.clear();
    }
    out.append(bytes);
    return section;
}

}  // namespace

IndexBuilder::IndexBuilder(std::uint64_t first_index, Wanted wanted)
    : first_index_(first_index), wanted_(std::move(wanted)) {}

void IndexBuilder::add(const audit::Block& block, std::uint64_t at) {
    if (blocks_.empty() || at - blocks_.back().at >= kBlockStride) blocks_.push_back({next_, at});
    audit::for_each_entry(block.body, [this](Bytes entry) {
        add_entry(entry);
        ++next_;
        return true;
    });
}

std::uint32_t IndexBuilder::session_number(std::uint64_t session) {
    const auto [found, fresh] =
        session_numbers_.try_emplace(session, static_cast<std::uint32_t>(sessions_.size()));
    if (fresh) sessions_.push_back({session, next_, next_, {}});
    sessions_[found->second].last = next_;
    return found->second;
}

IndexBuilder::Topic& IndexBuilder::topic() {
    key_.assign(as_text(head_.topic_id.bytes));
    key_ += head_.topic;
    auto& found = topics_by_key_[key_];
    if (found == nullptr) {
        topics_.push_back(
            std::make_unique<Topic>(Topic{std::string(head_.topic), head_.topic_id, false, {}}));
        found = topics_.back().get();
    }
    return *found;
}

void IndexBuilder::add_entry(Bytes entry) {
    if (!audit::read_head(entry, head_)) return;
    header_.min_wall_ns = std::min(header_.min_wall_ns, head_.wall_ns);
    header_.max_wall_ns = std::max(header_.max_wall_ns, head_.wall_ns);
    header_.types |= 1ull << std::min<unsigned>(static_cast<unsigned>(head_.type), 63);
    if (!head_.subject.is_zero()) subjects_.insert(head_.subject);
    const std::uint32_t session = session_number(head_.session);
    if (head_.type == audit::EventType::session_close) sessions_[session].close = next_;
    if (counts_for_who(head_.type)) return add_access(entry, session);
    if (!head_.topic.empty() || !head_.topic_id.is_zero()) topic();
}

void IndexBuilder::add_access(Bytes entry, std::uint32_t session) {
    Topic& of = topic();
    of.accessed = true;
    if (wanted_ && !wanted_(head_)) return;
    const FoundAccess access = find_access(head_, entry);
    if (access.kind == AccessKind::none) return;
    Stream& stream = of.streams[head_.partition];
    const auto interval = IndexInterval{access.offsets.first, access.offsets.last, next_, session};
    switch (access.kind) {
        case AccessKind::none:
            return;
        case AccessKind::wrote:
            return stream.produces.push_back(interval);
        case AccessKind::read:
            return stream.fetches.push_back(interval);
        case AccessKind::read_lease:
        case AccessKind::write_lease:
        case AccessKind::read_outcome:
        case AccessKind::write_outcome:
            return stream.accesses.push_back({access.kind, session, next_, access.from});
    }
}

// What no later close takes back: a lease that the session's end closes within the segment is left
// out, but for its first one to write, from which on its outcomes count.
std::vector<IndexAccess> IndexBuilder::worth_keeping(
    const std::vector<IndexAccess>& accesses) const {
    std::vector<IndexAccess> kept;
    bool wrote = false;
    for (std::size_t i = 0; i < accesses.size(); ++i) {
        const IndexAccess& one = accesses[i];
        if (i == 0 || accesses[i - 1].session != one.session) wrote = false;
        const auto& close = sessions_[one.session].close;
        const bool closed = close && one.entry < *close;
        if (closed && one.kind == Kind::read_lease) continue;
        if (closed && one.kind == Kind::write_lease && std::exchange(wrote, true)) continue;
        kept.push_back(one);
    }
    return kept;
}

IndexList IndexBuilder::put_accesses(PageWriter& out, std::vector<IndexAccess>& accesses,
                                     const Places& places) const {
    std::ranges::stable_sort(
        accesses, {}, [&places](const IndexAccess& one) { return places.rank[one.session]; });
    std::vector<IndexAccess> kept = worth_keeping(accesses);
    for (IndexAccess& one : kept) one.session = places.rank[one.session];
    const Buffer bytes = encode_accesses(kept);
    const IndexList list{out.position(), static_cast<std::uint32_t>(bytes.size()),
                         static_cast<std::uint32_t>(kept.size())};
    out.append(bytes);
    return list;
}

// The nodes, the lowest level first, then the groups.
IndexList IndexBuilder::put_intervals(PageWriter& out, std::vector<IndexInterval>& intervals,
                                      bool with_sessions) {
    std::ranges::sort(intervals, [](const IndexInterval& one, const IndexInterval& other) {
        return std::pair(one.first, one.entry) < std::pair(other.first, other.entry);
    });
    Buffer groups;
    std::vector<IndexNode> level;
    for (std::size_t i = 0; i < intervals.size(); i += kIndexFanout) {
        const std::size_t end = std::min<std::size_t>(i + kIndexFanout, intervals.size());
        IndexNode node{intervals[i].first, INT64_MIN, UINT32_MAX,
                       static_cast<std::uint32_t>(groups.size())};
        for (std::size_t j = i; j < end; ++j) {
            node.max_last = std::max(node.max_last, intervals[j].last);
            node.min_entry = std::min(node.min_entry, intervals[j].entry);
        }
        append_group(groups, intervals.data() + i, intervals.data() + end, with_sessions);
        level.push_back(node);
    }
    const std::uint64_t at = out.position();
    while (!level.empty()) {
        put_records(out, level);
        if (level.size() <= kIndexFanout) break;
        std::vector<IndexNode> above;
        for (std::size_t i = 0; i < level.size(); ++i) {
            if (i % kIndexFanout == 0) above.push_back({level[i].first, INT64_MIN, UINT32_MAX, 0});
            above.back().max_last = std::max(above.back().max_last, level[i].max_last);
            above.back().min_entry = std::min(above.back().min_entry, level[i].min_entry);
        }
        level = std::move(above);
    }
    out.append(groups);
    return {at, static_cast<std::uint32_t>(groups.size()),
            static_cast<std::uint32_t>(intervals.size())};
}

IndexBuilder::Places IndexBuilder::sort_sessions() const {
    Places places;
    for (std::uint32_t i = 0; i < sessions_.size(); ++i) places.sorted.push_back(i);
    std::ranges::sort(places.sorted, {}, [this](std::uint32_t i) { return sessions_[i].session; });
    places.rank.resize(sessions_.size());
    for (std::uint32_t i = 0; i < places.sorted.size(); ++i) places.rank[places.sorted[i]] = i;
    return places;
}

void IndexBuilder::put_topics(PageWriter& out, IndexHeader& header, const Places& places) {
    std::ranges::sort(topics_, [](const auto& one, const auto& other) {
        return std::tie(one->name, one->id) < std::tie(other->name, other->id);
    });
    Buffer names;
    std::vector<IndexTopic> topics;
    std::vector<IndexId> ids;
    std::vector<IndexStream> streams;
    for (const auto& topic : topics_) {
        if (!topic->id.is_zero())
            ids.push_back({topic->id, static_cast<std::uint32_t>(topics.size())});
        topics.push_back({static_cast<std::uint32_t>(names.size()),
                          static_cast<std::uint16_t>(topic->name.size()), topic->accessed,
                          topic->id, static_cast<std::uint32_t>(streams.size()),
                          static_cast<std::uint32_t>(topic->streams.size())});
        append(names, as_bytes(topic->name));
        for (auto& [partition, stream] : topic->streams) {
            for (IndexInterval& fetch : stream.fetches) fetch.session = places.rank[fetch.session];
            const IndexList produces = put_intervals(out, stream.produces, false);
            const IndexList fetches = put_intervals(out, stream.fetches, true);
            streams.push_back(
                {partition, produces, fetches, put_accesses(out, stream.accesses, places)});
        }
        topic->streams.clear();
    }
    std::ranges::sort(ids, [](const IndexId& one, const IndexId& other) {
        return std::tie(one.id, one.topic) < std::tie(other.id, other.topic);
    });
    header.names = {out.position(), names.size()};
    out.append(names);
    header.topics = put_records(out, topics);
    header.ids = put_records(out, ids);
    header.streams = put_records(out, streams);
}

void IndexBuilder::put_sessions(PageWriter& out, IndexHeader& header, const Places& places) const {
    std::vector<IndexSession> sorted;
    for (const std::uint32_t number : places.sorted) sorted.push_back(sessions_[number]);
    header.sessions = put_records(out, sorted);
}

void IndexBuilder::put_subjects(PageWriter& out, IndexHeader& header) const {
    std::vector<IndexSubject> sorted;
    for (const audit::SubjectId& id : subjects_) sorted.push_back({id});
    std::ranges::sort(sorted, {}, &IndexSubject::id);
    header.subjects = put_records(out, sorted);
}

Buffer IndexBuilder::finish(IndexedSegment segment) {
    segment.first_index = first_index_;
    segment.entries = next_;
    header_.segment = segment;
    PageWriter out;
    const Places places = sort_sessions();
    put_topics(out, header_, places);
    put_sessions(out, header_, places);
    header_.blocks = put_records(out, blocks_);
    put_subjects(out, header_);
    return out.finish(encode_index_header(header_));
}

}  // namespace sluice::auditlog
