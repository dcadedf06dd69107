#include "auditlog/who.h"

#include <algorithm>

#include "auditlog/walk.h"

namespace sluice::auditlog {
namespace {

// Kafka's error codes after which the broker may have stored the records all the same: unknown
// server error, request timed out, not enough replicas after append, storage error.
bool may_have_stored(std::int16_t error_code) {
    return error_code == -1 || error_code == 7 || error_code == 20 || error_code == 56;
}

bool is_access(audit::EventType type) {
    return type == audit::EventType::read_lease || type == audit::EventType::write_lease ||
           type == audit::EventType::produce || type == audit::EventType::fetch;
}

bool covers(const OffsetRange& range, std::int64_t offset) {
    return range.first >= 0 && range.first <= offset && offset <= range.last;
}

}  // namespace

WhoScan::WhoScan(std::span<const WhoQuestion> questions) {
    for (const WhoQuestion& question : questions) {
        Topic& topic = topic_of(question);
        Partition& partition = topic.partitions[question.partition];
        asked_.push_back(
            std::make_unique<Asked>(Asked{&question, &partition, {}, false, question.offset}));
        partition.asked.push_back(asked_.back().get());
    }
    for (auto& topic : topics_)
        for (auto& [number, partition] : topic->partitions)
            std::ranges::stable_sort(partition.asked, {},
                                     [](const Asked* asked) { return asked->question->offset; });
}

WhoScan::Topic& WhoScan::topic_of(const WhoQuestion& question) {
    const auto same = [&question](const std::unique_ptr<Topic>& topic) {
        return topic->name == question.topic && topic->id == question.topic_id;
    };
    const auto found = std::ranges::find_if(topics_, same);
    if (found != topics_.end()) return **found;
    topics_.push_back(std::make_unique<Topic>(Topic{question.topic, question.topic_id, {}}));
    Topic& topic = *topics_.back();
    if (topic.id) by_id_[*topic.id].push_back(&topic);
    learns_names_ = learns_names_ || topic.id;
    if (!topic.name.empty()) by_name_[topic.name].push_back(&topic);
    return topic;
}

// An entry may name the topic, its id, or both. Entries with both teach which id a name had; a
// topic that was deleted and made again has several.
void WhoScan::find_topics(const audit::Head& head, std::vector<Topic*>& found) {
    found.clear();
    const auto by_name = head.topic.empty() ? by_name_.end() : by_name_.find(head.topic);
    if (head.topic_id.is_zero()) {
        if (by_name != by_name_.end())
            found = by_name->second;
        else if (learns_names_)
            passed_over_names_.emplace(head.topic);
        return;
    }
    const auto by_id = by_id_.find(head.topic_id);
    if (by_id != by_id_.end())
        found = by_id->second;
    else if (head.topic.empty())
        passed_over_ids_.insert(head.topic_id);
    if (head.topic.empty()) return;
    learn(head, by_id != by_id_.end(), by_name != by_name_.end());
    if (by_name == by_name_.end()) return;
    for (Topic* topic : by_name->second)
        if (!topic->id && std::ranges::find(found, topic) == found.end()) found.push_back(topic);
}

void WhoScan::learn(const audit::Head& head, bool id_known, bool name_known) {
    if (name_known) {
        auto& topics = by_id_[head.topic_id];
        for (Topic* topic : by_name_.find(head.topic)->second) {
            if (topic->id || std::ranges::find(topics, topic) != topics.end()) continue;
            topics.push_back(topic);
            learned_late_ = learned_late_ || passed_over_ids_.contains(head.topic_id);
        }
        if (topics.empty()) by_id_.erase(head.topic_id);
    }
    if (id_known && !name_known) {
        for (Topic* topic : by_id_.find(head.topic_id)->second)
            if (topic->id) by_name_[std::string(head.topic)].push_back(topic);
        learned_late_ = learned_late_ || passed_over_names_.contains(head.topic);
    }
}

void WhoScan::add(std::uint64_t index, Bytes entry) {
    if (!audit::read_head(entry, head_)) return;
    if (head_.type == audit::EventType::session_close) return close_session(head_.session);
    if (!is_access(head_.type)) return;
    find_topics(head_, found_);
    for (Topic* topic : found_) {
        const auto partition = topic->partitions.find(head_.partition);
        if (partition == topic->partitions.end()) continue;
        add_to(partition->second, index, entry);
    }
}

void WhoScan::add_to(Partition& partition, std::uint64_t index, Bytes entry) {
    if (head_.type == audit::EventType::produce) return add_produce(partition, index, entry);
    if (head_.type == audit::EventType::fetch) return add_fetch(partition, index, entry);
    SessionAccess& session = partition.sessions[head_.session];
    open_[head_.session].insert(&partition);
    if (head_.type == audit::EventType::read_lease)
        return session.read.leases.add(std::max<std::int64_t>(head_.fetch_offset, 0), index, entry);
    const std::int64_t from = partition.written_up_to + 1;
    session.write.leases.add(from, index, entry);
    if (!session.first_write_from) session.first_write_from = from;
}

void WhoScan::add_produce(Partition& partition, std::uint64_t index, Bytes entry) {
    if (head_.offsets.first >= 0) {
        add_definite(partition, WhoQuestion::Op::write, index, entry);
        partition.written_up_to = std::max(partition.written_up_to, head_.offsets.last);
        return;
    }
    const auto event = audit::decode(entry);
    if (!event || event->outcome == audit::Outcome::refused) return;
    if (event->outcome == audit::Outcome::error && !may_have_stored(event->error_code)) return;
    // Sent under some lease of this session: after what was known to be written when the first of
    // those was taken.
    SessionAccess& session = partition.sessions[head_.session];
    session.write.outcomes.add(session.first_write_from.value_or(0), index, entry);
}

void WhoScan::add_fetch(Partition& partition, std::uint64_t index, Bytes entry) {
    const auto event = audit::decode(entry);
    if (!event) return;
    if (event->outcome != audit::Outcome::unknown)
        return add_definite(partition, WhoQuestion::Op::read, index, entry);
    // Cut short: some of the answer went out, up to where nobody can say.
    std::int64_t from = std::max<std::int64_t>(event->fetch_offset, 0);
    if (event->offsets.first >= 0) from = std::min(from, event->offsets.first);
    partition.sessions[head_.session].read.outcomes.add(from, index, entry);
}

void WhoScan::add_definite(Partition& partition, WhoQuestion::Op op, std::uint64_t index,
                           Bytes entry) {
    const OffsetRange range = head_.offsets;
    if (range.first < 0) return;
    auto asked = std::ranges::lower_bound(partition.asked, range.first, {},
                                          [](const Asked* one) { return one->question->offset; });
    for (; asked != partition.asked.end() && covers(range, (*asked)->question->offset); ++asked) {
        Asked& one = **asked;
        if (op == WhoQuestion::Op::write) {
            one.written = true;
            one.reach = std::max(one.reach, range.last);
        }
        if (one.question->op != WhoQuestion::Op::any && one.question->op != op) continue;
        const auto event = audit::decode(entry);
        if (event) one.answers.push_back({{index, *event}, false});
    }
}

void WhoScan::close_session(std::uint64_t session) {
    const auto open = open_.find(session);
    if (open == open_.end()) return;
    for (Partition* partition : open->second) {
        SessionAccess& access = partition->sessions[session];
        access.read.leases.clear();
        access.write.leases.clear();
        if (access.read.outcomes.empty() && access.write.outcomes.empty())
            partition->sessions.erase(session);
    }
    open_.erase(open);
}

void WhoScan::add_possible(Asked& asked) const {
    const auto consider = [&asked](const OpenEnded& access, std::int64_t offset) {
        const Access* lease = access.leases.newest_reaching(offset);
        const Access* outcome = access.outcomes.newest_reaching(offset);
        const Access* newest =
            outcome == nullptr || (lease != nullptr && lease->index > outcome->index) ? lease
                                                                                      : outcome;
        if (newest == nullptr) return;
        const auto event = audit::decode(newest->entry);
        if (event) asked.answers.push_back({{newest->index, *event}, true});
    };
    const auto answered = [&asked](std::uint64_t session, audit::EventType type) {
        return std::ranges::any_of(asked.answers, [&](const WhoAnswer& answer) {
            return !answer.possible && answer.entry.event.session == session &&
                   answer.entry.event.type == type;
        });
    };
    const auto op = asked.question->op;
    for (const auto& [number, session] : asked.partition->sessions) {
        if (op != WhoQuestion::Op::write && !answered(number, audit::EventType::fetch))
            consider(session.read, asked.reach);
        // An offset is written once: where the log knows by whom, nobody else can have.
        if (op != WhoQuestion::Op::read && !asked.written)
            consider(session.write, asked.question->offset);
    }
}

std::vector<std::vector<WhoAnswer>> WhoScan::answers() {
    std::vector<std::vector<WhoAnswer>> all;
    for (const auto& asked : asked_) {
        add_possible(*asked);
        std::ranges::sort(asked->answers, {},
                          [](const WhoAnswer& answer) { return answer.entry.index; });
        all.push_back(std::move(asked->answers));
    }
    return all;
}

void WhoScan::start_again() {
    for (const auto& asked : asked_) {
        asked->answers.clear();
        asked->written = false;
        asked->reach = asked->question->offset;
    }
    for (const auto& topic : topics_)
        for (auto& [number, partition] : topic->partitions) {
            partition.sessions.clear();
            partition.written_up_to = -1;
        }
    open_.clear();
    learned_late_ = false;
}

Result<std::vector<std::vector<WhoAnswer>>> scan_for_who(const std::filesystem::path& directory,
                                                         std::span<const WhoQuestion> questions) {
    WhoScan scan(questions);
    while (true) {
        auto walk = LogWalk::open(directory);
        if (!walk) return std::move(walk).error();
        auto seen = walk->each_entry([&scan](std::uint64_t index, Bytes entry) {
            scan.add(index, entry);
            return true;
        });
        if (!seen) return std::move(seen).error();
        // Which name an id has may stand after the entries that give only the id: then once more,
        // knowing it.
        if (!scan.learned_late()) return scan.answers();
        scan.start_again();
    }
}

}  // namespace sluice::auditlog
