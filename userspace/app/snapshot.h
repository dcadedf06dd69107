// snapshot.h: the counters of net, auditlog, capture and the approvals as telemetry's plain
// numbers.
#pragma once

#include <vector>

#include "app/approval_clerk.h"
#include "app/token_checker.h"
#include "auditlog/log.h"
#include "capture/steering.h"
#include "net/relay.h"
#include "telemetry/snapshot.h"

namespace sluice::app {

telemetry::RelayNumbers relay_numbers(const net::RelayCounters& counters);
telemetry::ApprovalNumbers approval_numbers(const ApprovalCounters& counters);
telemetry::KeyNumbers key_numbers(const std::vector<ProviderNumbers>& providers);
telemetry::AuditNumbers audit_numbers(const auditlog::LogCounters& counters, std::uint64_t size);
telemetry::CaptureNumbers capture_numbers(const capture::SteeringStatus& status);

}  // namespace sluice::app
