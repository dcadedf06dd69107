#include "auditlog/search_match.h"

#include <algorithm>

#include "auditlog/glob.h"

namespace sluice::auditlog {
namespace {

bool fits(const std::string& pattern, std::string_view text) {
    return pattern.empty() || glob_matches(pattern, text);
}

bool is_glob(std::string_view pattern) {
    return pattern.find_first_of("*?") != std::string_view::npos;
}

// What can be told without decoding the whole entry.
bool head_fits(const audit::Head& head, const SearchQuestion& question) {
    if (question.since_ns && head.wall_ns < *question.since_ns) return false;
    if (question.until_ns && head.wall_ns >= *question.until_ns) return false;
    if (question.session && head.session != *question.session) return false;
    if (question.outcome && head.outcome != *question.outcome) return false;
    if (question.subject && !question.subject(head.subject)) return false;
    if (question.partition && head.partition != *question.partition) return false;
    if (question.offsets) {
        const bool reaches =
            head.offsets.first >= 0 && head.offsets.last >= question.offsets->first;
        if (!reaches || head.offsets.first > question.offsets->last) return false;
    }
    return fits(question.type, audit::name(head.type)) && fits(question.topic, head.topic);
}

// `rules` are ids joined by ','.
bool names_rule(std::string_view rules, std::string_view rule) {
    while (!rules.empty()) {
        const std::size_t comma = std::min(rules.find(','), rules.size());
        if (rules.substr(0, comma) == rule) return true;
        rules.remove_prefix(std::min(comma + 1, rules.size()));
    }
    return false;
}

bool event_fits(const audit::Event& event, const SearchQuestion& question) {
    if (question.error_code && event.error_code != *question.error_code) return false;
    const auto& keys = question.api_keys;
    if (!keys.empty() && std::ranges::find(keys, event.api_key) == keys.end()) return false;
    if (!fits(question.operation, event.operation)) return false;
    if (!question.rule.empty() && !names_rule(event.rules, question.rule)) return false;
    return !question.client_port || *question.client_port == event.client_port;
}

bool has_type(std::uint64_t types, const std::string& pattern) {
    if (pattern.empty() || types >> 63 != 0) return true;
    for (unsigned type = 0; type < 63; ++type)
        if ((types >> type & 1) != 0 &&
            fits(pattern, audit::name(static_cast<audit::EventType>(type))))
            return true;
    return false;
}

bool has_topic(IndexView& index, const std::string& pattern) {
    if (pattern.empty()) return true;
    if (!is_glob(pattern)) {
        const auto topics = index.topics_named(pattern);
        return !topics || !topics->empty();
    }
    // Entries without a topic match what matches nothing.
    if (fits(pattern, "")) return true;
    bool found = false;
    const auto looked = index.each_topic([&](const TopicName& topic) {
        found = fits(pattern, topic.name);
        return !found;
    });
    return found || !looked;
}

bool has_subject(IndexView& index, const SearchQuestion& question) {
    bool found = false;
    const auto looked = index.each_subject([&](const audit::SubjectId& id) {
        found = question.subject(id);
        return !found;
    });
    return found || !looked;
}

}  // namespace

std::optional<audit::Event> matching_event(Bytes entry, const SearchQuestion& question) {
    audit::Head head;
    if (!audit::read_head(entry, head) || !head_fits(head, question)) return std::nullopt;
    auto event = audit::decode(entry);
    if (!event || !event_fits(*event, question)) return std::nullopt;
    return *std::move(event);
}

std::optional<Candidates> candidates(IndexView& index, const SearchQuestion& question) {
    const IndexHeader& header = index.header();
    if (question.since_ns && header.max_wall_ns < *question.since_ns) return std::nullopt;
    if (question.until_ns && header.min_wall_ns >= *question.until_ns) return std::nullopt;
    if (!has_type(header.types, question.type)) return std::nullopt;
    if (!has_topic(index, question.topic)) return std::nullopt;
    if (question.subject && !has_subject(index, question)) return std::nullopt;
    if (!question.session) return Candidates{};
    const auto session = index.session(*question.session);
    if (!session) return Candidates{};
    if (!*session) return std::nullopt;
    return Candidates{(*session)->first, (*session)->last};
}

}  // namespace sluice::auditlog
