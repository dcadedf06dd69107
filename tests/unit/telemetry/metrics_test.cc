#include "telemetry/metrics.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::telemetry {
namespace {

// The sample lines (no HELP, no TYPE) that start with `prefix`.
std::vector<std::string> samples(const Snapshot& snapshot, const std::string& prefix) {
    std::istringstream text(metrics_text(snapshot));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);)
        if (line.rfind(prefix, 0) == 0) lines.push_back(line);
    return lines;
}
using Lines = std::vector<std::string>;

TEST(Metrics, OfAnEmptySnapshotSpeakOfTheProcessAlone) {
    Snapshot snapshot;
    snapshot.process.version = "1.2.3";
    snapshot.process.start_time_seconds = 1'700'000'000.5;
    EXPECT_EQ(samples(snapshot, "sluice_"), (Lines{"sluice_build_info{version=\"1.2.3\"} 1",
                                                   "sluice_ready 0", "sluice_policy_broken 0"}));
    EXPECT_EQ(samples(snapshot, "process_start"), Lines{"process_start_time_seconds 1700000000.5"});
}

TEST(Metrics, SayWhatTheyMean) {
    const std::string text = metrics_text({});
    EXPECT_NE(text.find("# HELP sluice_ready 1 while /readyz answers 200.\n"
                        "# TYPE sluice_ready gauge\n"
                        "sluice_ready 0\n"),
              std::string::npos)
        << text;
}

TEST(Metrics, OfTheRelayCarryReasonsAndApis) {
    Snapshot snapshot;
    RelayNumbers& relay = snapshot.relay.emplace();
    relay.accepted = 3;
    relay.client_bytes = 123'456'789'012'345;
    relay.closed = {{"client_closed", 2}, {"frame_too_large", 0}};
    relay.requests = {{"Produce", 5}};
    relay.edits = {{"api_versions", 1}, {"fetch_session", 4}};
    EXPECT_EQ(samples(snapshot, "sluice_accepted"), Lines{"sluice_accepted_total 3"});
    EXPECT_EQ(samples(snapshot, "sluice_client_bytes"),
              Lines{"sluice_client_bytes_total 123456789012345"});
    EXPECT_EQ(samples(snapshot, "sluice_closed"),
              (Lines{"sluice_closed_total{reason=\"client_closed\"} 2",
                     "sluice_closed_total{reason=\"frame_too_large\"} 0"}));
    EXPECT_EQ(samples(snapshot, "sluice_requests"),
              Lines{"sluice_requests_total{api=\"Produce\"} 5"});
    EXPECT_EQ(samples(snapshot, "sluice_edits"),
              (Lines{"sluice_edits_total{kind=\"api_versions\"} 1",
                     "sluice_edits_total{kind=\"fetch_session\"} 4"}));
}

TEST(Metrics, OfMaskingSayWhatWasMaskedAndWhatWasNot) {
    Snapshot snapshot;
    RelayNumbers& relay = snapshot.relay.emplace();
    relay.masked_values = 7;
    relay.withheld_records = 2;
    relay.opened_bytes = 4096;
    relay.mask_denied = {{"mask_failed", 1}, {"mask_too_large", 0}};
    EXPECT_EQ(samples(snapshot, "sluice_masked"), Lines{"sluice_masked_values_total 7"});
    EXPECT_EQ(samples(snapshot, "sluice_withheld"), Lines{"sluice_withheld_records_total 2"});
    EXPECT_EQ(samples(snapshot, "sluice_opened"), Lines{"sluice_opened_bytes_total 4096"});
    EXPECT_EQ(samples(snapshot, "sluice_mask_denied"),
              (Lines{"sluice_mask_denied_total{reason=\"mask_failed\"} 1",
                     "sluice_mask_denied_total{reason=\"mask_too_large\"} 0"}));
}

TEST(Metrics, MakeHistogramsCumulativeAndTheLastBucketEndless) {
    Snapshot snapshot;
    snapshot.audit.emplace().commits = {31'250, {1, 0, 2, 4}, 1'500'000'000};
    EXPECT_EQ(samples(snapshot, "sluice_audit_commit_seconds"),
              (Lines{"sluice_audit_commit_seconds_count 7", "sluice_audit_commit_seconds_sum 1.5",
                     "sluice_audit_commit_seconds_bucket{le=\"3.125e-05\"} 1",
                     "sluice_audit_commit_seconds_bucket{le=\"6.25e-05\"} 1",
                     "sluice_audit_commit_seconds_bucket{le=\"0.000125\"} 3",
                     "sluice_audit_commit_seconds_bucket{le=\"+Inf\"} 7"}));
}

TEST(Metrics, OfTheAuditLogSayThatItFailed) {
    Snapshot snapshot;
    snapshot.audit.emplace().failed = true;
    snapshot.audit->pending_bytes = 17;
    EXPECT_EQ(samples(snapshot, "sluice_audit_failed"), Lines{"sluice_audit_failed 1"});
    EXPECT_EQ(samples(snapshot, "sluice_audit_pending"), Lines{"sluice_audit_pending_bytes 17"});
}

TEST(Metrics, OfTheAuditLogSayHowMuchOfItIsSigned) {
    Snapshot snapshot;
    snapshot.audit.emplace().size = 20;
    snapshot.audit->signed_entries = 18;
    snapshot.audit->checkpoints = 3;
    snapshot.audit->checkpoint_failures = 1;
    EXPECT_EQ(samples(snapshot, "sluice_audit_log"), Lines{"sluice_audit_log_entries 20"});
    EXPECT_EQ(samples(snapshot, "sluice_audit_signed"), Lines{"sluice_audit_signed_entries 18"});
    EXPECT_EQ(samples(snapshot, "sluice_audit_checkpoints"),
              Lines{"sluice_audit_checkpoints_total 3"});
    EXPECT_EQ(samples(snapshot, "sluice_audit_checkpoint_f"),
              Lines{"sluice_audit_checkpoint_failures_total 1"});
}

TEST(Metrics, OfTheCaptureSayWhatIsInPlace) {
    Snapshot snapshot;
    snapshot.capture = CaptureNumbers{true, false, true, false, 9, 2, {{"assigned_listener", 12}}};
    EXPECT_EQ(
        samples(snapshot, "sluice_capture"),
        (Lines{"sluice_capture_attached 1", "sluice_capture_guard 0", "sluice_capture_route 1",
               "sluice_capture_listener 0", "sluice_capture_repairs_total 2",
               "sluice_capture_verdicts_total{verdict=\"assigned_listener\"} 12"}));
    EXPECT_EQ(samples(snapshot, "sluice_guard"), Lines{"sluice_guard_rejected_total 9"});
}

TEST(Metrics, OfApprovalsSayWhatWaitsAndWhatBecameOfIt) {
    Snapshot snapshot;
    snapshot.approvals = ApprovalNumbers{
        1, 2, 3, {{"requested", 4}, {"used", 0}}, {{"self_approval", 5}, {"no_human", 0}}, 6, 7};
    EXPECT_EQ(
        samples(snapshot, "sluice_approval"),
        (Lines{"sluice_approval_pending 1", "sluice_approval_tickets 2",
               "sluice_approval_waiting 3", "sluice_approval_steps_total{step=\"requested\"} 4",
               "sluice_approval_steps_total{step=\"used\"} 0",
               "sluice_approval_votes_refused_total{reason=\"self_approval\"} 5",
               "sluice_approval_votes_refused_total{reason=\"no_human\"} 0",
               "sluice_approval_unavailable_total 6", "sluice_approval_failures_total 7"}));
}

// A label's type is its family's.
TEST(Metrics, TellLabelledGaugesFromLabelledCounters) {
    Snapshot snapshot;
    snapshot.keys = {{{"corp", 3}}, {{"corp", 5}}, {{"corp", 1}}};
    EXPECT_EQ(samples(snapshot, "# TYPE sluice_identity"),
              (Lines{"# TYPE sluice_identity_keys gauge",
                     "# TYPE sluice_identity_key_fetches_total counter",
                     "# TYPE sluice_identity_key_fetch_failures_total counter"}));
}

// Every name of a full snapshot stands in docs/metrics.md.
TEST(Metrics, AreAllDocumented) {
    std::stringstream document;
    document << std::ifstream(SLUICE_SOURCE_DIR "/docs/metrics.md").rdbuf();
    Snapshot snapshot;
    snapshot.relay.emplace();
    snapshot.audit.emplace();
    snapshot.capture.emplace();
    snapshot.approvals.emplace();
    snapshot.keys.usable = {{"corp", 1}};
    const Lines helps = samples(snapshot, "# HELP ");
    EXPECT_GT(helps.size(), 30u);
    for (const std::string& help : helps) {
        const std::string name = help.substr(7, help.find(' ', 7) - 7);
        EXPECT_NE(document.str().find("`" + name), std::string::npos) << name;
    }
}

TEST(Metrics, OfLoginsCarryReasonsAndProviders) {
    Snapshot snapshot;
    RelayNumbers& relay = snapshot.relay.emplace();
    relay.logins = 2;
    relay.logins_refused = {{"token_expired", 1}, {"token_malformed", 0}};
    snapshot.keys = {{{"corp", 3}}, {{"corp", 5}}, {{"corp", 1}}};
    EXPECT_EQ(
        samples(snapshot, "sluice_logins"),
        (Lines{"sluice_logins_total 2", "sluice_logins_refused_total{reason=\"token_expired\"} 1",
               "sluice_logins_refused_total{reason=\"token_malformed\"} 0"}));
    EXPECT_EQ(samples(snapshot, "sluice_identity"),
              (Lines{"sluice_identity_keys{provider=\"corp\"} 3",
                     "sluice_identity_key_fetches_total{provider=\"corp\"} 5",
                     "sluice_identity_key_fetch_failures_total{provider=\"corp\"} 1"}));
}

}  // namespace
}  // namespace sluice::telemetry
