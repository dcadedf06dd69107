#include "auditlog/access_kind.h"

#include <algorithm>

namespace sluice::auditlog {
namespace {

using audit::EventType;
using audit::Outcome;

// Kafka's error codes after which the broker may have stored the records all the same: unknown
// server error, request timed out, not enough replicas after append, storage error.
bool may_have_stored(std::int16_t error_code) {
    return error_code == -1 || error_code == 7 || error_code == 20 || error_code == 56;
}

FoundAccess known(AccessKind kind, const OffsetRange& offsets) {
    if (offsets.first < 0 || offsets.last < offsets.first) return {};
    return {kind, offsets, 0};
}

FoundAccess of_produce(const audit::Head& head, Bytes entry) {
    if (head.offsets.first >= 0) return known(AccessKind::wrote, head.offsets);
    if (head.outcome == Outcome::refused) return {};
    const auto event = audit::decode(entry);
    if (!event || (head.outcome == Outcome::error && !may_have_stored(event->error_code)))
        return {};
    return {AccessKind::write_outcome, {}, 0};
}

FoundAccess of_fetch(const audit::Head& head) {
    if (head.outcome != Outcome::unknown) return known(AccessKind::read, head.offsets);
    // Cut short: some of the answer went out, up to where nobody can say.
    std::int64_t from = std::max<std::int64_t>(head.fetch_offset, 0);
    if (head.offsets.first >= 0) from = std::min(from, head.offsets.first);
    return {AccessKind::read_outcome, {}, from};
}

}  // namespace

bool counts_for_who(EventType type) noexcept {
    return type == EventType::read_lease || type == EventType::write_lease ||
           type == EventType::produce || type == EventType::fetch;
}

FoundAccess find_access(const audit::Head& head, Bytes entry) {
    if (head.type == EventType::produce) return of_produce(head, entry);
    if (head.type == EventType::fetch) return of_fetch(head);
    if (head.type == EventType::write_lease) return {AccessKind::write_lease, {}, 0};
    if (head.type != EventType::read_lease) return {};
    return {AccessKind::read_lease, {}, std::max<std::int64_t>(head.fetch_offset, 0)};
}

}  // namespace sluice::auditlog
