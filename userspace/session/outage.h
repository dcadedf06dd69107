// outage.h: what happens to a request while the audit log cannot be written (design section 5).
//
// New work is refused with an error its client retries; what keeps groups and connections alive
// goes on, counted.
#pragma once

#include <string_view>

#include "kafka/answer.h"
#include "kafka/layout.h"

namespace sluice::session {

struct Outage {
    bool refuse = true;
    kafka::ErrorCode code = kafka::ErrorCode::none;
};
Outage during_outage(kafka::ApiKey key) noexcept;

inline constexpr std::string_view kOutageMessage = "the gateway's audit log cannot be written";

}  // namespace sluice::session
