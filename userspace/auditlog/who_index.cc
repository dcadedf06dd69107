#include "auditlog/who_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// Where the topic cannot be another one of the same name, entries with its name alone are its own.
bool is_new(const std::vector<IndexView::Topic>& topics, const TopicName& called) {
    return std::ranges::none_of(
        topics, [&called](const IndexView::Topic& topic) { return topic.called == called; });
}

}  // namespace

Result<WhoReport> WhoIndex::answer() {
    auto known = log_.known();
    if (!known) return std::move(known).error();
    report_.known = *std::move(known);
    if (question_.offset < 0) return report_;
    auto status = learn_topic();
    if (status) status = find_writers();
    if (status && (asks_for_reads() || !written_)) status = find_open();
    if (status) status = find_answers();
    if (status) status = add_possible();
    if (!status) return std::move(status).error();
    std::ranges::sort(report_.answers, {},
                      [](const WhoAnswer& answer) { return answer.entry.index; });
    report_.more = full();
    if (report_.more) report_.answers.resize(page_.limit);
    return std::move(report_);
}

// An entry may name the topic, its id, or both. Entries with both teach which id a name had; a
// topic that was deleted and made again has several.
Status WhoIndex::learn_topic() {
    if (question_.topic_id && !question_.topic.empty()) names_.insert(question_.topic);
    for (std::size_t i = 0; i < log_.segments().size(); ++i) {
        std::vector<IndexView::Topic> found;
        auto status = log_.with(i, [&](IndexView& index) -> Status {
            auto topics = question_.topic_id ? index.topics_with(*question_.topic_id)
                                             : index.topics_named(question_.topic);
            if (!topics) return std::move(topics).error();
            found = *std::move(topics);
            return ok();
        });
        if (!status) return status;
        for (const IndexView::Topic& topic : found) {
            if (!topic.called.accessed || topic.called.id.is_zero() || topic.called.name.empty())
                continue;
            if (question_.topic_id)
                names_.insert(topic.called.name);
            else
                ids_.insert(topic.called.id);
        }
    }
    return ok();
}

Result<std::vector<IndexStream>> WhoIndex::streams(IndexView& index) const {
    std::vector<IndexView::Topic> topics;
    const auto add = [&topics](Result<std::vector<IndexView::Topic>> some,
                               bool without_id) -> Status {
        if (!some) return std::move(some).error();
        for (IndexView::Topic& topic : *some)
            if ((!without_id || topic.called.id.is_zero()) && is_new(topics, topic.called))
                topics.push_back(std::move(topic));
        return ok();
    };
    Status status = ok();
    if (question_.topic_id) {
        status = add(index.topics_with(*question_.topic_id), false);
        for (const std::string& name : names_)
            if (status) status = add(index.topics_named(name), true);
    } else {
        status = add(index.topics_named(question_.topic), false);
        for (const TopicId& id : ids_)
            if (status) status = add(index.topics_with(id), false);
    }
    if (!status) return std::move(status).error();
    std::vector<IndexStream> found;
    for (const IndexView::Topic& topic : topics) {
        const auto stream = index.stream(topic, question_.partition);
        if (!stream) return stream.error();
        if (*stream) found.push_back(**stream);
    }
    return found;
}

Status WhoIndex::find_writers() {
    for (std::size_t i = 0; i < log_.segments().size(); ++i) {
        bool written = false;
        std::int64_t reach = reach_;
        std::optional<std::uint32_t> above;
        auto status = log_.with(i, [&](IndexView& index) -> Status {
            written = false;
            reach = reach_;
            above.reset();
            const auto all = streams(index);
            if (!all) return all.error();
            for (const IndexStream& stream : *all) {
                auto covered = index.covering(stream.produces, question_.offset, false,
                                              [&](const IndexInterval& one) {
                                                  written = true;
                                                  reach = std::max(reach, one.last);
                                              });
                if (!covered) return covered;
                if (first_above_) continue;
                const auto first =
                    index.first_entry_above(stream.produces, question_.offset, false);
                if (!first) return first.error();
                if (*first) above = above ? std::min(*above, **first) : **first;
            }
            return ok();
        });
        if (!status) return status;
        written_ = written_ || written;
        reach_ = reach;
        if (above) first_above_ = log_.segments()[i].file.first_index + *above;
    }
    return ok();
}

bool WhoIndex::before_it_was_written(std::uint64_t index) const {
    return !first_above_ || index < *first_above_;
}

void WhoIndex::take(Session& session, const IndexAccess& access, std::uint64_t first_index) const {
    const std::uint64_t index = first_index + access.entry;
    switch (access.kind) {
        case AccessKind::read_lease:
            session.open = true;
            if (access.from <= reach_) session.read_lease = index;
            return;
        case AccessKind::write_lease:
            session.open = true;
            if (before_it_was_written(index)) session.write_lease = index;
            if (!session.first_write_lease) session.first_write_lease = index;
            return;
        case AccessKind::read_outcome:
            session.has_outcomes = true;
            if (access.from <= reach_) session.read_outcome = index;
            return;
        case AccessKind::write_outcome:
            // Sent under some lease of this session: after what was known to be written when the
            // first of those was taken.
            session.has_outcomes = true;
            if (!session.first_write_lease || before_it_was_written(*session.first_write_lease))
                session.write_outcome = index;
            return;
        case AccessKind::wrote:
        case AccessKind::read:
        case AccessKind::none:
            return;
    }
}

void WhoIndex::close(std::uint64_t number) {
    const auto found = sessions_.find(number);
    if (found == sessions_.end() || !found->second.open) return;
    Session& session = found->second;
    session.open = false;
    session.read_lease.reset();
    session.write_lease.reset();
    if (!session.has_outcomes) sessions_.erase(found);
}

Result<std::vector<WhoIndex::Event>> WhoIndex::events(IndexView& index) const {
    const auto all = streams(index);
    if (!all) return all.error();
    std::vector<Event> found;
    for (const IndexStream& stream : *all) {
        const auto accesses = index.accesses(stream);
        if (!accesses) return accesses.error();
        IndexSession session;
        for (std::size_t i = 0; i < accesses->size(); ++i) {
            const IndexAccess& access = (*accesses)[i];
            if (i == 0 || access.session != (*accesses)[i - 1].session) {
                const auto record = index.session_at(access.session);
                if (!record) return record.error();
                session = *record;
            }
            found.push_back({session.session, session.close, access});
        }
    }
    std::ranges::sort(found, [](const Event& one, const Event& other) {
        return std::tie(one.session, one.access.entry) <
               std::tie(other.session, other.access.entry);
    });
    return found;
}

Status WhoIndex::take_events(IndexView& index, std::uint64_t first_index) {
    const auto all = events(index);
    if (!all) return all.error();
    std::set<std::uint64_t> seen;
    for (std::size_t i = 0; i < all->size(); ++i) {
        const Event& event = (*all)[i];
        const bool closed = event.close && event.access.entry > *event.close;
        const bool first = i == 0 || (*all)[i - 1].session != event.session;
        // The end stands between this one and the one before, or before both.
        if (closed && (first || (*all)[i - 1].access.entry < *event.close)) close(event.session);
        take(sessions_[event.session], event.access, first_index);
        if (sessions_.size() > limits::audit_who_sessions_max)
            return Error{Errc::too_large, "more sessions with open leases than are looked at"};
        seen.insert(event.session);
        const bool last = i + 1 == all->size() || (*all)[i + 1].session != event.session;
        if (last && event.close && !closed) close(event.session);
    }
    return close_others(index, seen);
}

// Sessions that the segment does not say anything of, but perhaps that they ended.
Status WhoIndex::close_others(IndexView& index, const std::set<std::uint64_t>& seen) {
    std::vector<std::uint64_t> closed;
    for (const auto& [number, session] : sessions_) {
        if (!session.open || seen.contains(number)) continue;
        const auto record = index.session(number);
        if (!record) return record.error();
        if (*record && (*record)->close) closed.push_back(number);
    }
    for (const std::uint64_t number : closed) close(number);
    return ok();
}

Status WhoIndex::find_open() {
    for (std::size_t i = 0; i < log_.segments().size(); ++i) {
        const auto before = sessions_;
        auto status = log_.with(i, [&](IndexView& index) {
            sessions_ = before;
            return take_events(index, log_.segments()[i].file.first_index);
        });
        if (!status) return status;
    }
    return ok();
}

bool WhoIndex::on_page(const Entry& entry) const {
    if (page_.after && entry.index <= *page_.after) return false;
    if (page_.since_ns && entry.event.wall_ns < *page_.since_ns) return false;
    return !page_.until_ns || entry.event.wall_ns < *page_.until_ns;
}

Result<std::optional<WhoAnswer>> WhoIndex::definite(std::size_t segment, std::uint32_t number,
                                                    IndexView& index) {
    const auto bytes = log_.entry(segment, number, index);
    if (!bytes) return bytes.error();
    auto event = audit::decode(*bytes);
    if (!event) return std::optional<WhoAnswer>();
    const OffsetRange& offsets = event->offsets;
    if (event->partition != question_.partition || offsets.first > question_.offset ||
        offsets.last < question_.offset || !counts_for_who(event->type))
        return Error{Errc::corrupt, "an index points at another entry"};
    WhoAnswer answer{{log_.segments()[segment].file.first_index + number, *std::move(event)},
                     false};
    if (!on_page(answer.entry)) return std::optional<WhoAnswer>();
    return std::optional(std::move(answer));
}

Status WhoIndex::answers_of(std::size_t segment, IndexView& index, std::vector<WhoAnswer>& found,
                            std::set<std::uint64_t>& readers) {
    const auto all = streams(index);
    if (!all) return all.error();
    std::vector<std::uint32_t> entries;
    std::set<std::uint32_t> sessions;
    for (const IndexStream& stream : *all) {
        Status covered = ok();
        if (asks_for_writes() && written_ && !full())
            covered =
                index.covering(stream.produces, question_.offset, false,
                               [&](const IndexInterval& one) { entries.push_back(one.entry); });
        if (covered && asks_for_reads() && (!full() || !sessions_.empty()))
            covered = index.covering(stream.fetches, question_.offset, true,
                                     [&](const IndexInterval& one) {
                                         entries.push_back(one.entry);
                                         if (!sessions_.empty()) sessions.insert(one.session);
                                     });
        if (!covered) return covered;
    }
    for (const std::uint32_t session : sessions) {
        const auto record = index.session_at(session);
        if (!record) return record.error();
        if (sessions_.contains(record->session)) readers.insert(record->session);
    }
    std::ranges::sort(entries);
    const std::uint64_t first_index = log_.segments()[segment].file.first_index;
    for (const std::uint32_t entry : entries) {
        if (report_.answers.size() + found.size() > page_.limit) break;
        if (page_.after && first_index + entry <= *page_.after) continue;
        auto answer = definite(segment, entry, index);
        if (!answer) return std::move(answer).error();
        if (*answer) found.push_back(**std::move(answer));
    }
    return ok();
}

Status WhoIndex::find_answers() {
    for (std::size_t i = 0; i < log_.segments().size(); ++i) {
        std::vector<WhoAnswer> found;
        std::set<std::uint64_t> readers;
        auto status = log_.with(i, [&](IndexView& index) {
            found.clear();
            readers.clear();
            return answers_of(i, index, found, readers);
        });
        if (!status) return status;
        std::ranges::move(found, std::back_inserter(report_.answers));
        readers_.merge(readers);
    }
    return ok();
}

// Of a session and a direction the newest entry that qualifies. An offset is written once: where
// the log knows by whom, nobody else can have.
Status WhoIndex::add_possible() {
    std::set<std::uint64_t> entries;
    for (const auto& [number, session] : sessions_) {
        const auto add = [&entries](const auto& lease, const auto& outcome) {
            const auto newest = std::max(lease, outcome);
            if (newest) entries.insert(*newest);
        };
        if (asks_for_reads() && !readers_.contains(number))
            add(session.read_lease, session.read_outcome);
        if (asks_for_writes() && !written_) add(session.write_lease, session.write_outcome);
    }
    std::uint64_t added = 0;
    for (const std::uint64_t entry : entries) {
        if (added > page_.limit) break;
        if (page_.after && entry <= *page_.after) continue;
        const std::size_t segment = log_.segment_of(entry);
        auto status = log_.with(segment, [&](IndexView& index) -> Status {
            const auto number =
                static_cast<std::uint32_t>(entry - log_.segments()[segment].file.first_index);
            const auto bytes = log_.entry(segment, number, index);
            if (!bytes) return bytes.error();
            auto event = audit::decode(*bytes);
            if (!event) return ok();
            WhoAnswer answer{{entry, *std::move(event)}, true};
            if (!on_page(answer.entry)) return ok();
            report_.answers.push_back(std::move(answer));
            ++added;
            return ok();
        });
        if (!status) return status;
    }
    return ok();
}

}  // namespace sluice::auditlog
