// leases.h: which topic-partitions this session has announced in the audit log, and until when.
//
// A lease says "from now on this session may read (or write) this partition": it is durable before
// the first byte moves, so that a crash between the bytes and their outcome event cannot hide them.
// It covers at most limits::lease_span_max or limits::lease_bytes_max; then the next must be
// durable.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/time.h"
#include "base/types.h"
#include "session/request.h"

namespace sluice::session {

enum class Access : std::uint8_t { read, write };

struct LeaseView {
    const TopicRef* topic;
    std::int32_t partition;
    Access access;
};

class Leases {
  public:
    // The event number (see Piece::after) of a lease that still covers `bytes` more; 0 where a new
    // one is needed.
    std::uint64_t covering(const LeaseView& view, std::uint64_t bytes, Instant now);
    // The lease recorded as event `number` covers this partition from now on, `bytes` of it used
    // already.
    void grant(const LeaseView& view, std::uint64_t number, std::uint64_t bytes, Instant now);
    // True where a lease exists, has run out, and was used: asking again is likely to need a new
    // one.
    [[nodiscard]] bool worth_renewing(const LeaseView& view, Instant now) const;
    [[nodiscard]] bool known(const LeaseView& view) const;

  private:
    struct Key {
        TopicRef topic;
        std::int32_t partition;
        Access access;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const LeaseView& view) const noexcept;
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Equal {
        using is_transparent = void;
        static bool same(const LeaseView& a, const LeaseView& b) noexcept;
        bool operator()(const Key& a, const Key& b) const noexcept;
        bool operator()(const LeaseView& a, const Key& b) const noexcept;
        bool operator()(const Key& a, const LeaseView& b) const noexcept;
    };
    struct Lease {
        std::uint64_t number = 0;
        std::uint64_t used = 0;
        std::int64_t since = 0;  // monotonic ns
    };
    std::unordered_map<Key, Lease, Hash, Equal> leases_;
};

}  // namespace sluice::session
