// snapshot.h: the numbers of one moment, as plain values, that metrics.h puts into words.
//
// Others own the counters; app copies them here when somebody asks. Nothing here counts by itself,
// and no label comes from a client: every label is one of a set known at build time, or the
// operator's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::telemetry {

struct Labelled {
    std::string label;
    std::uint64_t value = 0;
    bool operator==(const Labelled&) const = default;
};

// Buckets that double: the first holds what took at most `first_bound_ns`, each next one what took
// at most twice as long, the last everything longer. Counts are not cumulative.
struct DoublingHistogram {
    std::int64_t first_bound_ns = 0;
    std::vector<std::uint64_t> counts;
    std::uint64_t sum_ns = 0;
    bool operator==(const DoublingHistogram&) const = default;
};

struct RelayNumbers {
    std::uint64_t connections = 0, pre_auth_connections = 0, buffered_bytes = 0;  // gauges
    std::uint64_t accepted = 0;
    std::uint64_t client_bytes = 0, broker_bytes = 0;
    std::uint64_t produced_records = 0, fetched_records = 0;
    std::uint64_t answered_here = 0, lookups = 0;
    std::uint64_t refused = 0, filtered = 0;
    std::uint64_t holds = 0, parked = 0;
    std::uint64_t logins = 0;
    std::vector<Labelled> logins_refused;  // by reason
    std::uint64_t masked_values = 0, withheld_records = 0, opened_bytes = 0;
    std::vector<Labelled> mask_denied;  // by reason
    std::uint64_t audit_waits = 0, audit_full_waits = 0;
    std::vector<Labelled> closed;    // by reason
    std::vector<Labelled> requests;  // by API
    std::vector<Labelled> edits;     // by kind
    DoublingHistogram held;
};

struct AuditNumbers {
    std::uint64_t entries = 0, bytes = 0, failures = 0;
    std::uint64_t pending_bytes = 0;  // gauge
    std::uint64_t size = 0, signed_entries = 0;  // gauges: of the log
    std::uint64_t checkpoints = 0, checkpoint_failures = 0;
    bool failed = false;
    DoublingHistogram commits;
};

// Absent where the kernel could not be asked.
struct CaptureNumbers {
    bool attached = false, guard = false, route = false, listener = false;
    std::uint64_t guard_rejected = 0;
    std::uint64_t repairs = 0;
    std::vector<Labelled> verdicts;
};

struct ProcessNumbers {
    std::string version;
    double start_time_seconds = 0;  // Unix epoch
    double cpu_seconds = 0;
    std::uint64_t resident_bytes = 0, virtual_bytes = 0, open_fds = 0, fds_max = 0;
};

struct ApprovalNumbers {
    std::uint64_t pending = 0, tickets = 0, waiting = 0;  // gauges
    std::vector<Labelled> steps;                          // by what happened to a request
    std::vector<Labelled> votes_refused;                  // by reason; revocations among them
    std::uint64_t unavailable = 0, failures = 0;
};

// By identity provider: the operator's own names.
struct KeyNumbers {
    std::vector<Labelled> usable;  // gauge
    std::vector<Labelled> fetches, failures;
};

struct Snapshot {
    ProcessNumbers process;
    bool ready = false;
    bool policy_broken = false;  // the files on disk are refused; an older set is in force
    std::optional<RelayNumbers> relay;
    std::optional<AuditNumbers> audit;
    std::optional<CaptureNumbers> capture;
    std::optional<ApprovalNumbers> approvals;
    KeyNumbers keys;
};

}  // namespace sluice::telemetry
