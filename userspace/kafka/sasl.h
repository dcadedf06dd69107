// sasl.h: the messages of Kafka's SASL exchange (KIP-43, KIP-152, KIP-368): answers to a client
// that logs in here, and the requests by which the gateway itself logs in at a broker.
//
// Not a mechanism: what is in a token only `identity` knows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/answer.h"
#include "kafka/layout.h"

namespace sluice::kafka {

// Answers SaslHandshake with the mechanisms there are; whole frame, size prefix included.
Buffer sasl_handshake_answer(std::int32_t correlation_id, ErrorCode code,
                             std::span<const std::string_view> mechanisms);

// The token of a SaslAuthenticate request; borrows from `body`. Errors: malformed.
// INVARIANT: the body was walked before without an error.
Result<Bytes> sasl_token(Bytes body, ApiVersion version);

// `message`: one sentence, left out (null) where empty. `lifetime_ms`: 0 for none.
Buffer sasl_authenticate_answer(std::int32_t correlation_id, ApiVersion version, ErrorCode code,
                                std::string_view message, std::string_view token,
                                std::int64_t lifetime_ms);

// Requests in versions every broker since 2.2 takes, with the client id `sluice`.
inline constexpr ApiVersion kSaslRequestVersion = 1;
Buffer sasl_handshake_request(std::int32_t correlation_id, std::string_view mechanism);
Buffer sasl_authenticate_request(std::int32_t correlation_id, Bytes token);

}  // namespace sluice::kafka
