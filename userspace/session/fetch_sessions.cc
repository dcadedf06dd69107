#include "session/fetch_sessions.h"

#include <functional>

#include "base/limits.h"

namespace sluice::session {

std::size_t FetchSessions::TopicHash::operator()(const TopicRef& topic) const noexcept {
    // By id where there is one: the name of an id may become known while a mirror lives.
    return topic.id.is_zero() ? std::hash<std::string>{}(topic.name)
                              : std::hash<TopicId>{}(topic.id);
}

namespace {
// A mirror's key: the id where the request carries ids, the name where it carries names.
TopicRef key_of(const TopicRef& topic) {
    return topic.id.is_zero() ? TopicRef{topic.name, {}} : TopicRef{{}, topic.id};
}
}  // namespace

FetchSessions::Plan FetchSessions::plan(const Ask& ask, const Request& request,
                                        const std::vector<Forgotten>& forgotten, bool sessionless) {
    Plan plan;
    if (!ask.has_session) return plan;
    if (sessionless && ask.epoch > 0) {
        mirrors_.erase(ask.session);
        plan.answer_70 = true;
        return plan;
    }
    const auto mirror = mirrors_.find(ask.session);
    if (ask.epoch <=
        0) {  // a full fetch; 0 opens a session, -1 does not; both close session `ask.session`
        if (ask.session != 0 && mirror == mirrors_.end()) {
            plan.session = 0;  // not ours: leave that session to the broker's own eviction
        }
        if (mirror != mirrors_.end()) mirrors_.erase(mirror);
        if (ask.epoch < 0) return plan;
        const bool many = !sessionless && request.parts.size() > limits::sessionless_partitions_max;
        if (many && mirrors_.size() < limits::mirrored_sessions_max &&
            mirrored_partitions() + request.parts.size() <= limits::mirrored_partitions_max) {
            plan.kind = FetchKind::creates_session;
            return plan;
        }
        plan.epoch = -1;
        return plan;
    }
    if (mirror == mirrors_.end() || mirror->second.next_epoch != ask.epoch) {
        mirrors_.erase(ask.session);
        plan.answer_70 = true;
        return plan;
    }
    Mirror& mirrored = mirror->second;
    mirrored.next_epoch = ask.epoch == INT32_MAX ? 1 : ask.epoch + 1;
    update(mirrored, request);
    for (const Forgotten& gone : forgotten) {
        const auto topic = mirrored.topics.find(key_of(gone.topic));
        if (topic == mirrored.topics.end()) continue;
        mirrored.partitions -= topic->second.erase(gone.partition);
        if (!topic->second.empty()) continue;
        mirrored.topics.erase(topic);
        mirrored.any_stamp = 0;
    }
    if (mirrored_partitions() > limits::mirrored_partitions_max) {
        mirrors_.erase(ask.session);
        plan.answer_70 = true;
        return plan;
    }
    plan.kind = FetchKind::incremental;
    return plan;
}

void FetchSessions::opened(std::int32_t session, const Request& request) {
    Mirror mirror;
    update(mirror, request);
    mirrors_[session] = std::move(mirror);
}

void FetchSessions::closed(std::int32_t session) {
    mirrors_.erase(session);
}

std::optional<std::int64_t> FetchSessions::asked(std::int32_t session, const TopicRef& topic,
                                                 std::int32_t partition) const {
    const auto mirror = mirrors_.find(session);
    if (mirror == mirrors_.end()) return std::nullopt;
    const auto partitions = mirror->second.topics.find(key_of(topic));
    if (partitions == mirror->second.topics.end()) return std::nullopt;
    const auto offset = partitions->second.find(partition);
    if (offset == partitions->second.end()) return std::nullopt;
    return offset->second;
}

void FetchSessions::update(Mirror& mirror, const Request& request) {
    for (const PartitionAsk& part : request.parts) {
        const auto [topic, added] = mirror.topics.try_emplace(key_of(request.topics[part.topic]));
        if (added) mirror.any_stamp = 0;
        auto& partitions = topic->second;
        mirror.partitions +=
            partitions.insert_or_assign(part.partition, part.fetch_offset).second ? 1 : 0;
    }
}

std::size_t FetchSessions::mirrored_partitions() const {
    std::size_t sum = 0;
    for (const auto& [session, mirror] : mirrors_) sum += mirror.partitions;
    return sum;
}

}  // namespace sluice::session
