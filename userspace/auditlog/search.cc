#include <algorithm>
#include <deque>

#include "audit/encode.h"
#include "auditlog/glob.h"
#include "auditlog/reader.h"
#include "auditlog/walk.h"

namespace sluice::auditlog {
namespace {

bool fits(const std::string& pattern, std::string_view text) {
    return pattern.empty() || glob_matches(pattern, text);
}

// What can be told without decoding the whole entry.
bool head_fits(const audit::Head& head, const SearchQuestion& question) {
    if (question.since_ns && head.wall_ns < *question.since_ns) return false;
    if (question.until_ns && head.wall_ns >= *question.until_ns) return false;
    if (question.session && head.session != *question.session) return false;
    if (question.partition && head.partition != *question.partition) return false;
    if (question.subject && !question.subject(head.subject)) return false;
    return fits(question.type, audit::name(head.type)) && fits(question.topic, head.topic);
}

bool event_fits(const audit::Event& event, const SearchQuestion& question) {
    if (question.error_code && event.error_code != *question.error_code) return false;
    const auto& keys = question.api_keys;
    if (!keys.empty() && std::ranges::find(keys, event.api_key) == keys.end()) return false;
    return !question.client_port || *question.client_port == event.client_port;
}

}  // namespace

Result<std::vector<Entry>> search(const std::filesystem::path& directory,
                                  const SearchQuestion& question, const Progress& progress) {
    auto walk = LogWalk::open(directory, 0, progress);
    if (!walk) return std::move(walk).error();
    const std::uint64_t limit = std::max<std::uint64_t>(question.limit, 1);
    std::deque<Entry> newest;
    audit::Block block;
    audit::Head head;
    while (true) {
        const auto more = walk->next(block);
        if (!more) return more.error();
        if (!*more) break;
        std::uint64_t index = block.first_index;
        audit::for_each_entry(block.body, [&](Bytes entry) {
            const std::uint64_t at = index++;
            if (!audit::read_head(entry, head) || !head_fits(head, question)) return true;
            auto event = audit::decode(entry);
            if (!event || !event_fits(*event, question)) return true;
            newest.push_back({at, *std::move(event)});
            if (newest.size() > limit) newest.pop_front();
            return true;
        });
    }
    return std::vector<Entry>(std::make_move_iterator(newest.begin()),
                              std::make_move_iterator(newest.end()));
}

}  // namespace sluice::auditlog
