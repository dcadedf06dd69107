// access_kind.h: what one entry says about offsets of its topic-partition, as the question who read
// or wrote an offset takes it (audit/FORMAT.md, section 6). Private to this folder.
#pragma once

#include <cstdint>

#include "audit/encode.h"

namespace sluice::auditlog {

// The numbers of the first four are in indexes on disk.
enum class AccessKind : std::uint8_t {
    read_lease = 0,
    write_lease = 1,
    read_outcome = 2,   // nobody learned how far: from `from` on
    write_outcome = 3,  // nobody learned where
    wrote,              // `offsets`
    read,               // `offsets`
    none,
};

struct FoundAccess {
    AccessKind kind = AccessKind::none;
    OffsetRange offsets;
    std::int64_t from = 0;  // of the first offset it may have read
    bool operator==(const FoundAccess&) const = default;
};

// Of these types entries bring names and ids of topics together.
bool counts_for_who(audit::EventType type) noexcept;
// `head` is that of `entry`.
FoundAccess find_access(const audit::Head& head, Bytes entry);

}  // namespace sluice::auditlog
