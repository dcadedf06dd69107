// json.h: the answers of the control API as JSON text.
//
// Fields and their order are documented in docs/control.md. What clients wrote is passed on as it
// is, but for bytes that are no UTF-8: whoever shows it must not trust it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "approval/request.h"
#include "base/limits.h"
#include "control/people.h"
#include "control/refusal.h"

namespace sluice::control {

// RFC 3339 in UTC, to the millisecond: "2026-11-24T09:12:33.123Z".
std::string to_rfc3339(std::int64_t wall_ns);

std::string to_json(const approval::Request& request);
// {"approvals": [...], "left_out": 0}: as many as fit come, the first ones; the rest is counted.
std::string to_json(const std::vector<approval::Request>& requests,
                    std::size_t bytes_max = limits::control_list_bytes_max);
std::string to_json(const People::Caller& caller);
std::string to_json(const Refusal& refusal);  // {"error": {"code": ..., "message": ...}}

}  // namespace sluice::control
