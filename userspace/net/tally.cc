#include "net/tally.h"

#include <algorithm>
#include <bit>

namespace sluice::net {

namespace {

void add(RelayCounters::Counter& counter, std::uint64_t number) {
    if (number != 0) counter.fetch_add(number, std::memory_order_relaxed);
}

template <std::size_t count, class Number>
void add(std::array<RelayCounters::Counter, count>& counters,
         const std::array<Number, count>& numbers) {
    for (std::size_t i = 0; i < count; ++i) add(counters[i], numbers[i]);
}

}  // namespace

void Tally::count_request(std::int16_t api_key) {
    const std::size_t other = requests_by_api.size() - 1;
    const bool known = api_key >= 0 && static_cast<std::size_t>(api_key) < other;
    ++requests_by_api[known ? static_cast<std::size_t>(api_key) : other];
}

void Tally::count_held(std::int64_t ns) {
    constexpr std::uint64_t kFirstBucketNs = 16'000;
    const auto held = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    const std::uint64_t units = (held + kFirstBucketNs - 1) / kFirstBucketNs;
    const auto bucket = static_cast<std::size_t>(units <= 1 ? 0 : std::bit_width(units - 1));
    ++held_buckets[std::min(bucket, held_buckets.size() - 1)];
    held_ns += held;
    ++held_count;
}

void Tally::count_session(const session::SessionCounters& now, session::SessionCounters& before) {
    const auto move = [&](std::uint64_t session::SessionCounters::*field) {
        sessions.*field += now.*field - before.*field;
    };
    using Counters = session::SessionCounters;
    move(&Counters::answered_here);
    move(&Counters::produced_records);
    move(&Counters::fetched_records);
    move(&Counters::edits_api_versions);
    move(&Counters::edits_fetch_session);
    move(&Counters::hidden_apis);
    move(&Counters::lookups);
    move(&Counters::refused);
    move(&Counters::filtered);
    move(&Counters::logins);
    move(&Counters::held);
    move(&Counters::parked);
    for (std::size_t why = 0; why < now.logins_refused.size(); ++why)
        sessions.logins_refused[why] += now.logins_refused[why] - before.logins_refused[why];
    move(&Counters::masked_values);
    move(&Counters::withheld_records);
    move(&Counters::mask_failed);
    move(&Counters::mask_too_large);
    move(&Counters::opened_bytes);
    move(&Counters::edits_fetch_bytes);
    before = now;
}

void Tally::publish(RelayCounters& counters) {
    add(counters.client_bytes, client_bytes);
    add(counters.broker_bytes, broker_bytes);
    add(counters.events, events);
    add(counters.audit_waits, audit_waits);
    add(counters.audit_full_waits, audit_full_waits);
    add(counters.held_ns, held_ns);
    add(counters.held_count, held_count);
    add(counters.buffered_bytes, static_cast<std::uint64_t>(buffered_bytes));
    add(counters.answered_here, sessions.answered_here);
    add(counters.produced_records, sessions.produced_records);
    add(counters.fetched_records, sessions.fetched_records);
    add(counters.edits_api_versions, sessions.edits_api_versions);
    add(counters.edits_fetch_session, sessions.edits_fetch_session);
    add(counters.hidden_apis, sessions.hidden_apis);
    add(counters.lookups, sessions.lookups);
    add(counters.refused, sessions.refused);
    add(counters.filtered, sessions.filtered);
    add(counters.logins, sessions.logins);
    add(counters.held, sessions.held);
    add(counters.parked, sessions.parked);
    add(counters.logins_refused, sessions.logins_refused);
    add(counters.masked_values, sessions.masked_values);
    add(counters.withheld_records, sessions.withheld_records);
    add(counters.mask_failed, sessions.mask_failed);
    add(counters.mask_too_large, sessions.mask_too_large);
    add(counters.opened_bytes, sessions.opened_bytes);
    add(counters.edits_fetch_bytes, sessions.edits_fetch_bytes);
    add(counters.requests_by_api, requests_by_api);
    add(counters.closed, closed);
    add(counters.held_buckets, held_buckets);
    *this = Tally{};
}

}  // namespace sluice::net
