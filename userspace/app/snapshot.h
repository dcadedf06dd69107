// snapshot.h: the counters of net, auditlog and capture as telemetry's plain numbers.
#pragma once

#include "auditlog/log.h"
#include "capture/steering.h"
#include "net/relay.h"
#include "telemetry/snapshot.h"

namespace sluice::app {

telemetry::RelayNumbers relay_numbers(const net::RelayCounters& counters);
telemetry::AuditNumbers audit_numbers(const auditlog::LogCounters& counters);
telemetry::CaptureNumbers capture_numbers(const capture::SteeringStatus& status);

}  // namespace sluice::app
