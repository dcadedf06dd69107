// metrics.h: a Snapshot in Prometheus' text format.
//
// The only place that knows a metric's name, type and help; docs/metrics.md lists them for people.
#pragma once

#include <string>
#include <string_view>

#include "telemetry/snapshot.h"

namespace sluice::telemetry {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const Snapshot& snapshot);

}  // namespace sluice::telemetry
