#include "session/leases.h"

#include <functional>

#include "base/limits.h"

namespace sluice::session {
namespace {
bool ran_out(std::int64_t since, Instant now) {
    return now.mono - since >= nanoseconds(limits::lease_span_max);
}
}  // namespace

std::size_t Leases::Hash::operator()(const LeaseView& view) const noexcept {
    const std::size_t topic =
        std::hash<std::string>{}(view.topic->name) ^ std::hash<TopicId>{}(view.topic->id);
    const auto place = static_cast<std::size_t>(view.partition) << 1 |
                       static_cast<std::size_t>(view.access == Access::write);
    return topic ^ place * 0x9e3779b97f4a7c15ull;
}
std::size_t Leases::Hash::operator()(const Key& key) const noexcept {
    return (*this)(LeaseView{&key.topic, key.partition, key.access});
}
bool Leases::Equal::same(const LeaseView& a, const LeaseView& b) noexcept {
    return a.partition == b.partition && a.access == b.access && *a.topic == *b.topic;
}
bool Leases::Equal::operator()(const Key& a, const Key& b) const noexcept {
    return same({&a.topic, a.partition, a.access}, {&b.topic, b.partition, b.access});
}
bool Leases::Equal::operator()(const LeaseView& a, const Key& b) const noexcept {
    return same(a, {&b.topic, b.partition, b.access});
}
bool Leases::Equal::operator()(const Key& a, const LeaseView& b) const noexcept {
    return same({&a.topic, a.partition, a.access}, b);
}

std::uint64_t Leases::covering(const LeaseView& view, std::uint64_t bytes, Instant now) {
    const auto found = leases_.find(view);
    if (found == leases_.end()) return 0;
    Lease& lease = found->second;
    if (ran_out(lease.since, now) || lease.used + bytes > limits::lease_bytes_max) return 0;
    lease.used += bytes;
    return lease.number;
}

void Leases::grant(const LeaseView& view, std::uint64_t number, std::uint64_t bytes, Instant now) {
    leases_[Key{*view.topic, view.partition, view.access}] = Lease{number, bytes, now.mono};
}

bool Leases::worth_renewing(const LeaseView& view, Instant now) const {
    const auto found = leases_.find(view);
    return found != leases_.end() && found->second.used > 0 && ran_out(found->second.since, now);
}

bool Leases::known(const LeaseView& view) const {
    return leases_.find(view) != leases_.end();
}

}  // namespace sluice::session
