#include "app/snapshot.h"

#include <atomic>
#include <string>

#include "identity/refusal.h"
#include "kafka/api.h"
#include "session/session.h"

namespace sluice::app {

namespace {

// The first bounds of net::RelayCounters::held_buckets and auditlog::LogCounters::commit_buckets.
constexpr std::int64_t kHeldFirstBoundNs = 16'000;
constexpr std::int64_t kCommitFirstBoundNs = 31'250;

std::uint64_t read(const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
}

// Every API understood, so that a rate starts at zero; any other only once it was seen.
std::vector<telemetry::Labelled> requests(const net::RelayCounters& counters) {
    std::vector<telemetry::Labelled> requests;
    const std::size_t last = counters.requests_by_api.size() - 1;
    std::uint64_t unknown = read(counters.requests_by_api[last]);
    for (std::size_t key = 0; key < last; ++key) {
        const std::uint64_t count = read(counters.requests_by_api[key]);
        const auto api = static_cast<kafka::ApiKey>(key);
        const std::string name(kafka::api_name(api));
        if (name == "unknown")
            unknown += count;
        else if (count > 0 || kafka::find_api(api) != nullptr)
            requests.push_back({name, count});
    }
    requests.push_back({"unknown", unknown});
    return requests;
}

}  // namespace

telemetry::RelayNumbers relay_numbers(const net::RelayCounters& counters) {
    telemetry::RelayNumbers numbers;
    numbers.connections = read(counters.connections);
    numbers.pre_auth_connections = read(counters.pre_auth_connections);
    numbers.buffered_bytes = read(counters.buffered_bytes);
    numbers.accepted = read(counters.accepted);
    numbers.client_bytes = read(counters.client_bytes);
    numbers.broker_bytes = read(counters.broker_bytes);
    numbers.produced_records = read(counters.produced_records);
    numbers.fetched_records = read(counters.fetched_records);
    numbers.answered_here = read(counters.answered_here);
    numbers.refused = read(counters.refused);
    numbers.filtered = read(counters.filtered);
    numbers.holds = read(counters.held);
    numbers.parked = read(counters.parked);
    numbers.logins = read(counters.logins);
    for (std::size_t i = 0; i < counters.logins_refused.size(); ++i)
        numbers.logins_refused.push_back(
            {identity::name(static_cast<identity::Refusal>(i)), read(counters.logins_refused[i])});
    numbers.masked_values = read(counters.masked_values);
    numbers.withheld_records = read(counters.withheld_records);
    numbers.mask_denied = {{"mask_failed", read(counters.mask_failed)},
                           {"mask_too_large", read(counters.mask_too_large)}};
    numbers.opened_bytes = read(counters.opened_bytes);
    numbers.lookups = read(counters.lookups);
    numbers.audit_waits = read(counters.audit_waits);
    numbers.audit_full_waits = read(counters.audit_full_waits);
    for (std::size_t i = 0; i < counters.closed.size(); ++i)
        numbers.closed.push_back(
            {session::name(static_cast<session::CloseReason>(i)), read(counters.closed[i])});
    numbers.requests = requests(counters);
    numbers.edits = {{"api_versions", read(counters.edits_api_versions)},
                     {"fetch_bytes", read(counters.edits_fetch_bytes)},
                     {"fetch_session", read(counters.edits_fetch_session)},
                     {"hidden_api", read(counters.hidden_apis)}};
    numbers.held.first_bound_ns = kHeldFirstBoundNs;
    for (const auto& bucket : counters.held_buckets) numbers.held.counts.push_back(read(bucket));
    numbers.held.sum_ns = read(counters.held_ns);
    return numbers;
}

telemetry::ApprovalNumbers approval_numbers(const ApprovalCounters& counters) {
    telemetry::ApprovalNumbers numbers;
    numbers.pending = counters.pending;
    numbers.tickets = counters.approved;
    numbers.waiting = counters.waiting;
    for (std::size_t i = 0; i < counters.happened.size(); ++i)
        numbers.steps.push_back(
            {std::string(name(static_cast<approval::Happening>(i))), counters.happened[i]});
    for (std::size_t i = 0; i < counters.refused.size(); ++i)
        numbers.votes_refused.push_back(
            {std::string(name(static_cast<approval::Refusal>(i))), counters.refused[i]});
    numbers.unavailable = counters.unavailable;
    numbers.failures = counters.failures;
    return numbers;
}

telemetry::KeyNumbers key_numbers(const std::vector<ProviderNumbers>& providers) {
    telemetry::KeyNumbers numbers;
    for (const ProviderNumbers& provider : providers) {
        numbers.usable.push_back({provider.name, provider.keys});
        numbers.fetches.push_back({provider.name, provider.fetches});
        numbers.failures.push_back({provider.name, provider.failures});
    }
    return numbers;
}

telemetry::AuditNumbers audit_numbers(const auditlog::LogCounters& counters, std::uint64_t size) {
    telemetry::AuditNumbers numbers;
    numbers.entries = read(counters.entries);
    numbers.bytes = read(counters.bytes);
    numbers.failures = read(counters.failures);
    numbers.pending_bytes = read(counters.pending_bytes);
    numbers.size = size;
    numbers.signed_entries = read(counters.signed_entries);
    numbers.checkpoints = read(counters.checkpoints);
    numbers.checkpoint_failures = read(counters.checkpoint_failures);
    numbers.failed = counters.failed.load(std::memory_order_relaxed);
    numbers.commits.first_bound_ns = kCommitFirstBoundNs;
    for (const auto& bucket : counters.commit_buckets)
        numbers.commits.counts.push_back(read(bucket));
    numbers.commits.sum_ns = read(counters.commit_ns);
    return numbers;
}

telemetry::CaptureNumbers capture_numbers(const capture::SteeringStatus& status) {
    telemetry::CaptureNumbers numbers;
    numbers.attached = status.attached;
    numbers.guard = status.guard;
    numbers.route = status.route;
    numbers.listener = status.listener;
    numbers.guard_rejected = status.guard_rejected;
    for (int i = 0; i < static_cast<int>(capture::Verdict::count_); ++i)
        numbers.verdicts.push_back(
            {capture::name(static_cast<capture::Verdict>(i)), status.verdicts[i]});
    return numbers;
}

}  // namespace sluice::app
