#include "telemetry/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>
#include <vector>

namespace sluice::telemetry {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kNanosecondsPerSecond = 1e9;

// The families, in the order they are added.
class Families {
  public:
    template <class Number>
    void gauge(const char* name, const char* help, Number value) {
        add(name, help, MetricType::Gauge, {metric_of(MetricType::Gauge, value)});
    }
    template <class Number>
    void counter(const char* name, const char* help, Number value) {
        add(name, help, MetricType::Counter, {metric_of(MetricType::Counter, value)});
    }
    void counters(const char* name, const char* help, const char* label,
                  const std::vector<Labelled>& values) {
        add_labelled(name, help, MetricType::Counter, label, values);
    }
    void gauges(const char* name, const char* help, const char* label,
                const std::vector<Labelled>& values) {
        add_labelled(name, help, MetricType::Gauge, label, values);
    }
    void histogram(const char* name, const char* help, const DoublingHistogram& histogram);
    void info(const char* name, const char* help, const char* label, const std::string& value) {
        add_labelled(name, help, MetricType::Gauge, label, {{value, 1}});
    }

    [[nodiscard]] std::string text() const {
        return prometheus::TextSerializer().Serialize(families_);
    }

  private:
    // `type` is that of a gauge or of a counter.
    template <class Number>
    static ClientMetric metric_of(MetricType type, Number value) {
        ClientMetric metric;
        double& place = type == MetricType::Gauge ? metric.gauge.value : metric.counter.value;
        place = static_cast<double>(value);
        return metric;
    }
    void add_labelled(const char* name, const char* help, MetricType type, const char* label,
                      const std::vector<Labelled>& values) {
        std::vector<ClientMetric> metrics;
        for (const Labelled& value : values) {
            ClientMetric& metric = metrics.emplace_back(metric_of(type, value.value));
            metric.label = {{label, value.label}};
        }
        add(name, help, type, std::move(metrics));
    }
    void add(const char* name, const char* help, MetricType type,
             std::vector<ClientMetric> metrics) {
        families_.push_back({name, help, type, std::move(metrics)});
    }
    std::vector<MetricFamily> families_;
};

void Families::histogram(const char* name, const char* help, const DoublingHistogram& histogram) {
    ClientMetric metric;
    double bound = static_cast<double>(histogram.first_bound_ns) / kNanosecondsPerSecond;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        const bool last = i + 1 == histogram.counts.size();
        cumulative += histogram.counts[i];
        metric.histogram.bucket.push_back(
            {cumulative, last ? std::numeric_limits<double>::infinity() : bound});
        bound *= 2;
    }
    // The count is that of the buckets: a count read apart from them could disagree.
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = static_cast<double>(histogram.sum_ns) / kNanosecondsPerSecond;
    add(name, help, MetricType::Histogram, {std::move(metric)});
}

void add_process(Families& families, const Snapshot& snapshot) {
    const ProcessNumbers& process = snapshot.process;
    families.info("sluice_build_info", "The version that runs.", "version", process.version);
    families.gauge("sluice_ready", "1 while /readyz answers 200.", snapshot.ready);
    families.gauge("sluice_policy_broken",
                   "1 while the policy files on disk are refused and an older set is in force.",
                   snapshot.policy_broken);
    families.gauge("process_start_time_seconds", "When the process started, since the Unix epoch.",
                   process.start_time_seconds);
    families.counter("process_cpu_seconds_total", "User and system CPU time spent.",
                     process.cpu_seconds);
    families.gauge("process_resident_memory_bytes", "Resident memory.", process.resident_bytes);
    families.gauge("process_virtual_memory_bytes", "Virtual memory.", process.virtual_bytes);
    families.gauge("process_open_fds", "Open file descriptors.", process.open_fds);
    families.gauge("process_max_fds", "Most file descriptors that may be open.", process.fds_max);
}

void add_logins(Families& families, const RelayNumbers& relay) {
    families.counter("sluice_logins_total", "Tokens of clients that were accepted.", relay.logins);
    families.counters("sluice_logins_refused_total", "Logins that were refused, by reason.",
                      "reason", relay.logins_refused);
    families.counter(
        "sluice_masked_values_total",
        "Values in records that left in another form, for the reader may not see them.",
        relay.masked_values);
    families.counter("sluice_withheld_records_total",
                     "Records replaced whole, for their values could not be masked.",
                     relay.withheld_records);
    families.counters("sluice_mask_denied_total",
                      "Partitions not delivered, for their records could not be masked, by reason.",
                      "reason", relay.mask_denied);
    families.counter("sluice_opened_bytes_total",
                     "Bytes of record batches opened for masking, after decompression.",
                     relay.opened_bytes);
}

void add_relay(Families& families, const RelayNumbers& relay) {
    families.gauge("sluice_connections", "Client connections that are open.", relay.connections);
    families.gauge("sluice_pre_auth_connections",
                   "Client connections that sent no valid request header yet.",
                   relay.pre_auth_connections);
    families.gauge("sluice_buffered_bytes", "Bytes held in buffers of connections.",
                   relay.buffered_bytes);
    families.counter("sluice_accepted_total", "Client connections accepted.", relay.accepted);
    families.counters("sluice_closed_total", "Client connections closed, by reason.", "reason",
                      relay.closed);
    families.counters("sluice_requests_total", "Requests of clients, by API.", "api",
                      relay.requests);
    families.counter("sluice_answered_here_total", "Requests answered without asking the broker.",
                     relay.answered_here);
    families.counter("sluice_refused_total",
                     "Refusals by policy: operations of requests that were not allowed.",
                     relay.refused);
    families.counter("sluice_filtered_total",
                     "Names taken out of answers, for the caller may not see them.",
                     relay.filtered);
    families.counter("sluice_holds_total", "Requests that waited for a human.", relay.holds);
    families.counter("sluice_parked_partitions_total",
                     "Times a reader was told that a parked partition has nothing yet.",
                     relay.parked);
    add_logins(families, relay);
    families.counter("sluice_lookups_total", "Requests Sluice itself sent on clients' connections.",
                     relay.lookups);
    families.counter("sluice_client_bytes_total", "Bytes received from clients.",
                     relay.client_bytes);
    families.counter("sluice_broker_bytes_total", "Bytes received from brokers.",
                     relay.broker_bytes);
    families.counter("sluice_produced_records_total", "Records that brokers acknowledged.",
                     relay.produced_records);
    families.counter("sluice_fetched_records_total", "Records delivered to clients.",
                     relay.fetched_records);
    families.counters("sluice_edits_total", "Changes made to frames on their way, by kind.", "kind",
                      relay.edits);
    families.histogram("sluice_held_seconds",
                       "Time that bytes ready to go waited for the audit log: the latency added.",
                       relay.held);
    families.counter("sluice_audit_waits_total", "Answers that waited for the audit log.",
                     relay.audit_waits);
    families.counter("sluice_audit_full_waits_total",
                     "Times a connection stopped reading because the audit queue was full.",
                     relay.audit_full_waits);
}

void add_audit(Families& families, const AuditNumbers& audit) {
    families.counter("sluice_audit_entries_total", "Entries made durable.", audit.entries);
    families.counter("sluice_audit_bytes_total", "Bytes made durable.", audit.bytes);
    families.counter("sluice_audit_failures_total", "Failed writes and syncs.", audit.failures);
    families.gauge("sluice_audit_pending_bytes", "Bytes waiting to be written.",
                   audit.pending_bytes);
    families.counter("sluice_audit_checkpoints_total", "Signed checkpoints written.",
                     audit.checkpoints);
    families.counter("sluice_audit_checkpoint_failures_total",
                     "Checkpoints that could not be written.", audit.checkpoint_failures);
    families.gauge("sluice_audit_log_entries", "Entries of the log.", audit.size);
    families.gauge("sluice_audit_signed_entries", "How many of them the newest checkpoint covers.",
                   audit.signed_entries);
    families.gauge("sluice_audit_failed", "1 while nothing can be made durable.", audit.failed);
    families.histogram("sluice_audit_commit_seconds", "Time one commit took, fdatasync included.",
                       audit.commits);
}

void add_capture(Families& families, const CaptureNumbers& capture) {
    families.gauge("sluice_capture_attached",
                   "1 while the capture program is on every client interface.", capture.attached);
    families.gauge("sluice_capture_guard", "1 while the nft guard is in place.", capture.guard);
    families.gauge("sluice_capture_route", "1 while rule and local route are in place.",
                   capture.route);
    families.gauge("sluice_capture_listener", "1 while the kernel knows our listener.",
                   capture.listener);
    families.counter("sluice_capture_repairs_total",
                     "Times that a part of the capture was missing and was put back.",
                     capture.repairs);
    families.counters("sluice_capture_verdicts_total",
                      "Packets the capture program saw, by verdict.", "verdict", capture.verdicts);
    families.counter("sluice_guard_rejected_total", "Packets the nft guard refused.",
                     capture.guard_rejected);
}

void add_approvals(Families& families, const ApprovalNumbers& approvals) {
    families.gauge("sluice_approval_pending", "Requests for approval that nobody decided yet.",
                   approvals.pending);
    families.gauge("sluice_approval_tickets", "Approved requests that nobody used up yet.",
                   approvals.tickets);
    families.gauge("sluice_approval_waiting", "Held requests of clients that wait right now.",
                   approvals.waiting);
    families.counters("sluice_approval_steps_total",
                      "What happened to requests for approval, as in the audit log.", "step",
                      approvals.steps);
    families.counters("sluice_approval_votes_refused_total",
                      "Votes and revocations that were refused, by reason.", "reason",
                      approvals.votes_refused);
    families.counter("sluice_approval_unavailable_total",
                     "Held requests refused because they could not wait.", approvals.unavailable);
    families.counter("sluice_approval_failures_total",
                     "Steps that did not happen because they could not be recorded.",
                     approvals.failures);
}

void add_keys(Families& families, const KeyNumbers& keys) {
    if (keys.usable.empty()) return;
    families.gauges("sluice_identity_keys", "Usable keys of each identity provider.", "provider",
                    keys.usable);
    families.counters("sluice_identity_key_fetches_total",
                      "Fetches of an identity provider's keys, failed ones among them.", "provider",
                      keys.fetches);
    families.counters("sluice_identity_key_fetch_failures_total",
                      "Fetches of an identity provider's keys that failed.", "provider",
                      keys.failures);
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot) {
    Families families;
    add_process(families, snapshot);
    if (snapshot.relay) add_relay(families, *snapshot.relay);
    if (snapshot.audit) add_audit(families, *snapshot.audit);
    if (snapshot.capture) add_capture(families, *snapshot.capture);
    if (snapshot.approvals) add_approvals(families, *snapshot.approvals);
    add_keys(families, snapshot.keys);
    return families.text();
}

}  // namespace sluice::telemetry
