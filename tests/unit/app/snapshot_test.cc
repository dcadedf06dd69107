#include "app/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "identity/refusal.h"
#include "session/session.h"

namespace sluice::app {
namespace {

using telemetry::Labelled;

std::uint64_t value_of(const std::vector<Labelled>& values, const std::string& label) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const Labelled& value) { return value.label == label; });
    return found == values.end() ? ~std::uint64_t{0} : found->value;
}

TEST(Snapshot, CopiesTheRelay) {
    net::RelayCounters counters;
    counters.connections = 1;
    counters.pre_auth_connections = 2;
    counters.buffered_bytes = 3;
    counters.accepted = 4;
    counters.client_bytes = 5;
    counters.broker_bytes = 6;
    counters.produced_records = 7;
    counters.fetched_records = 8;
    counters.answered_here = 9;
    counters.lookups = 10;
    counters.audit_waits = 11;
    counters.audit_full_waits = 12;
    counters.edits_api_versions = 13;
    counters.edits_fetch_session = 14;
    counters.hidden_apis = 15;
    counters.masked_values = 21;
    counters.withheld_records = 22;
    counters.mask_failed = 23;
    counters.mask_too_large = 24;
    counters.opened_bytes = 25;
    counters.edits_fetch_bytes = 26;
    counters.held_ns = 16;
    counters.held_buckets[19] = 17;
    const telemetry::RelayNumbers numbers = relay_numbers(counters);
    EXPECT_EQ(numbers.connections, 1u);
    EXPECT_EQ(numbers.pre_auth_connections, 2u);
    EXPECT_EQ(numbers.buffered_bytes, 3u);
    EXPECT_EQ(numbers.accepted, 4u);
    EXPECT_EQ(numbers.client_bytes, 5u);
    EXPECT_EQ(numbers.broker_bytes, 6u);
    EXPECT_EQ(numbers.produced_records, 7u);
    EXPECT_EQ(numbers.fetched_records, 8u);
    EXPECT_EQ(numbers.answered_here, 9u);
    EXPECT_EQ(numbers.lookups, 10u);
    EXPECT_EQ(numbers.audit_waits, 11u);
    EXPECT_EQ(numbers.audit_full_waits, 12u);
    EXPECT_EQ(
        numbers.edits,
        (std::vector<Labelled>{
            {"api_versions", 13}, {"fetch_bytes", 26}, {"fetch_session", 14}, {"hidden_api", 15}}));
    EXPECT_EQ(numbers.masked_values, 21u);
    EXPECT_EQ(numbers.withheld_records, 22u);
    EXPECT_EQ(numbers.mask_denied,
              (std::vector<Labelled>{{"mask_failed", 23}, {"mask_too_large", 24}}));
    EXPECT_EQ(numbers.opened_bytes, 25u);
    telemetry::DoublingHistogram held{16'000, std::vector<std::uint64_t>(20), 16};
    held.counts[19] = 17;
    EXPECT_EQ(numbers.held, held);
}

TEST(Snapshot, NamesEveryCloseReason) {
    net::RelayCounters counters;
    counters.closed[static_cast<std::size_t>(session::CloseReason::frame_too_large)] = 3;
    const telemetry::RelayNumbers numbers = relay_numbers(counters);
    EXPECT_EQ(numbers.closed.size(), static_cast<std::size_t>(session::CloseReason::count_));
    EXPECT_EQ(value_of(numbers.closed, "frame_too_large"), 3u);
    EXPECT_EQ(value_of(numbers.closed, "client_closed"), 0u);
}

TEST(Snapshot, NamesApisAsKafkaDoes) {
    net::RelayCounters counters;
    counters.requests_by_api[1] = 5;    // understood
    counters.requests_by_api[5] = 2;    // known to Kafka alone
    counters.requests_by_api[120] = 3;  // no API
    counters.requests_by_api[127] = 4;  // anything beyond
    const telemetry::RelayNumbers numbers = relay_numbers(counters);
    EXPECT_EQ(value_of(numbers.requests, "Fetch"), 5u);
    EXPECT_EQ(value_of(numbers.requests, "Produce"), 0u);
    EXPECT_EQ(value_of(numbers.requests, "StopReplica"), 2u);
    EXPECT_EQ(value_of(numbers.requests, "unknown"), 7u);
    EXPECT_EQ(value_of(numbers.requests, "LeaderAndIsr"), ~std::uint64_t{0});
}

TEST(Snapshot, CopiesLoginsAndNamesEveryRefusal) {
    net::RelayCounters counters;
    counters.logins = 3;
    counters.logins_refused[static_cast<std::size_t>(identity::Refusal::token_expired)] = 4;
    const telemetry::RelayNumbers numbers = relay_numbers(counters);
    EXPECT_EQ(numbers.logins, 3u);
    EXPECT_EQ(numbers.logins_refused.size(), static_cast<std::size_t>(identity::Refusal::count_));
    EXPECT_EQ(value_of(numbers.logins_refused, "token_expired"), 4u);
    EXPECT_EQ(value_of(numbers.logins_refused, "keys_unavailable"), 0u);
}

TEST(Snapshot, CopiesTheApprovalsAndNamesEveryStepAndRefusal) {
    ApprovalCounters counters;
    counters.pending = 1;
    counters.approved = 2;
    counters.waiting = 3;
    counters.happened[static_cast<std::size_t>(approval::Happening::vote_deny)] = 4;
    counters.refused[static_cast<std::size_t>(approval::Refusal::self_approval)] = 5;
    counters.unavailable = 6;
    counters.failures = 7;
    const telemetry::ApprovalNumbers numbers = approval_numbers(counters);
    EXPECT_EQ(numbers.pending, 1u);
    EXPECT_EQ(numbers.tickets, 2u);
    EXPECT_EQ(numbers.waiting, 3u);
    EXPECT_EQ(numbers.steps.size(), approval::kHappenings);
    EXPECT_EQ(value_of(numbers.steps, "vote_deny"), 4u);
    EXPECT_EQ(value_of(numbers.steps, "used"), 0u);
    EXPECT_EQ(numbers.votes_refused.size(), approval::kRefusals);
    EXPECT_EQ(value_of(numbers.votes_refused, "self_approval"), 5u);
    EXPECT_EQ(value_of(numbers.votes_refused, "too_many_votes"), 0u);
    EXPECT_EQ(numbers.unavailable, 6u);
    EXPECT_EQ(numbers.failures, 7u);
}

TEST(Snapshot, CopiesTheKeysOfEachProvider) {
    const telemetry::KeyNumbers numbers = key_numbers({{"corp", 5, 2, 3}, {"lab", 1, 1, 0}});
    EXPECT_EQ(numbers.usable, (std::vector<Labelled>{{"corp", 3}, {"lab", 0}}));
    EXPECT_EQ(numbers.fetches, (std::vector<Labelled>{{"corp", 5}, {"lab", 1}}));
    EXPECT_EQ(numbers.failures, (std::vector<Labelled>{{"corp", 2}, {"lab", 1}}));
}

TEST(Snapshot, CopiesTheAuditLog) {
    auditlog::LogCounters counters;
    counters.entries = 1;
    counters.bytes = 2;
    counters.failures = 3;
    counters.pending_bytes = 4;
    counters.failed = true;
    counters.commit_ns = 5;
    counters.commit_buckets[0] = 6;
    counters.checkpoints = 7;
    counters.checkpoint_failures = 8;
    counters.signed_entries = 9;
    const telemetry::AuditNumbers numbers = audit_numbers(counters, 10);
    EXPECT_EQ(numbers.entries, 1u);
    EXPECT_EQ(numbers.bytes, 2u);
    EXPECT_EQ(numbers.failures, 3u);
    EXPECT_EQ(numbers.pending_bytes, 4u);
    EXPECT_EQ(numbers.checkpoints, 7u);
    EXPECT_EQ(numbers.checkpoint_failures, 8u);
    EXPECT_EQ(numbers.signed_entries, 9u);
    EXPECT_EQ(numbers.size, 10u);
    EXPECT_TRUE(numbers.failed);
    telemetry::DoublingHistogram commits{31'250, std::vector<std::uint64_t>(16), 5};
    commits.counts[0] = 6;
    EXPECT_EQ(numbers.commits, commits);
}

TEST(Snapshot, CopiesTheCapture) {
    capture::SteeringStatus status;
    status.attached = true;
    status.route = true;
    status.guard_rejected = 7;
    status.verdicts[static_cast<int>(capture::Verdict::dropped_fragment)] = 8;
    const telemetry::CaptureNumbers numbers = capture_numbers(status);
    EXPECT_TRUE(numbers.attached);
    EXPECT_FALSE(numbers.guard);
    EXPECT_TRUE(numbers.route);
    EXPECT_FALSE(numbers.listener);
    EXPECT_EQ(numbers.guard_rejected, 7u);
    EXPECT_EQ(numbers.verdicts.size(), static_cast<std::size_t>(capture::Verdict::count_));
    EXPECT_EQ(value_of(numbers.verdicts, "dropped_fragment"), 8u);
    EXPECT_EQ(value_of(numbers.verdicts, "not_ours"), 0u);
}

}  // namespace
}  // namespace sluice::app
