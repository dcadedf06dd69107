// search_match.h: does an entry match a search, and can a segment have one that does? Private to
// this folder.
#pragma once

#include <optional>

#include "audit/encode.h"
#include "auditlog/index_view.h"
#include "auditlog/reader.h"

namespace sluice::auditlog {

// The event, where all but its index matches.
std::optional<audit::Event> matching_event(Bytes entry, const SearchQuestion& question);

// Entries of a segment, counted from its first one, which can match by what its index says.
// Nothing: none can. An index that cannot be read excludes nothing.
struct Candidates {
    std::uint32_t first = 0, last = UINT32_MAX;
    bool operator==(const Candidates&) const = default;
};
std::optional<Candidates> candidates(IndexView& index, const SearchQuestion& question);

}  // namespace sluice::auditlog
