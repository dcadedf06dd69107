// fetch_sessions.h: the fetch sessions (KIP-227) of this connection.
//
// In a fetch session the broker remembers which partitions a client asks for; later requests name
// only changes. Sluice must know what was asked to say who may read what. Up to
// limits::sessionless_partitions_max partitions a connection is kept sessionless: (session 0, epoch
// 0), "full fetch, open a session", is sent as (0, -1), "full fetch, no session"; the answer's
// session id is then 0 and the client sends full lists for ever. Above it the session is mirrored
// here. A session this connection did not open is unknown: the answer is error 70, and every client
// starts afresh.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "session/request.h"

namespace sluice::session {

class FetchSessions {
  public:
    struct Ask {  // what a Fetch request says
        std::int32_t session = 0;
        std::int32_t epoch = -1;
        bool has_session = false;  // version 7 and above
    };
    struct Plan {
        FetchKind kind = FetchKind::sessionless;
        bool answer_70 = false;
        // New values for the two fields, where they change.
        std::optional<std::int32_t> session, epoch;
    };
    struct Forgotten {
        TopicRef topic;
        std::int32_t partition;
    };

    // Decides what to do with a request and keeps the mirror in step with it (the broker works in
    // request order).
    // `sessionless`: no session may come of it, for the broker is asked for less than the client
    // thinks.
    Plan plan(const Ask& ask, const Request& request, const std::vector<Forgotten>& forgotten,
              bool sessionless = false);
    // The answer to a `creates_session` request named this session: mirror what that request asked
    // for.
    void opened(std::int32_t session, const Request& request);
    // The answer had an error, or the broker closed it: forget.
    void closed(std::int32_t session);
    // Forgets every session that holds a topic of this kind.
    template <class IsOne>
    void drop_where(IsOne is_one) {
        std::erase_if(mirrors_, [&](const auto& mirror) {
            return std::any_of(mirror.second.topics.begin(), mirror.second.topics.end(),
                               [&](const auto& topic) { return is_one(topic.first); });
        });
    }
    // Whether some topic of the session is one. All are asked, and again only where others came or
    // `stamp` (not 0) is another.
    template <class IsOne>
    bool any_topic(std::int32_t session, std::uint64_t stamp, IsOne is_one) {
        const auto found = mirrors_.find(session);
        if (found == mirrors_.end()) return false;
        Mirror& mirror = found->second;
        if (mirror.any_stamp == stamp) return mirror.any;
        mirror.any = false;
        for (const auto& [topic, partitions] : mirror.topics)
            mirror.any = is_one(topic) || mirror.any;
        mirror.any_stamp = stamp;
        return mirror.any;
    }
    // The offset last asked of this partition in the session; nullopt where it is not in it.
    [[nodiscard]] std::optional<std::int64_t> asked(std::int32_t session, const TopicRef& topic,
                                                    std::int32_t partition) const;

  private:
    struct TopicHash {
        std::size_t operator()(const TopicRef& topic) const noexcept;
    };
    struct Mirror {
        std::int32_t next_epoch = 1;
        std::size_t partitions = 0;
        bool any = false;  // what any_topic() found, and under which stamp; 0: it must ask
        std::uint64_t any_stamp = 0;
        std::unordered_map<TopicRef, std::map<std::int32_t, std::int64_t>, TopicHash> topics;
    };
    void update(Mirror& mirror, const Request& request);
    [[nodiscard]] std::size_t mirrored_partitions() const;
    std::map<std::int32_t, Mirror> mirrors_;
};

}  // namespace sluice::session
