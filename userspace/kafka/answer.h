// answer.h: builds the response a broker would send to say "no" to a request, for any understood
// (key, version).
//
// From data, not per-API code: the schema's mirror map says which response array echoes which
// request array, where the key fields (topic name or id, partition, group, resource) go, and where
// the error code and the message stand; every other field takes Kafka's default. A builder is fed
// the request's items while it is walked, so that a large request need not be kept; it remembers
// only the echoed keys.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/walker.h"

namespace sluice::kafka {

enum class ErrorCode : std::int16_t {
    none = 0,
    unknown_topic_or_partition = 3,
    coordinator_load_in_progress = 14,
    coordinator_not_available = 15,
    request_timed_out = 7,
    rebalance_in_progress = 27,
    topic_authorization_failed = 29,
    group_authorization_failed = 30,
    cluster_authorization_failed = 31,
    unsupported_sasl_mechanism = 33,
    illegal_sasl_state = 34,
    unsupported_version = 35,
    policy_violation = 44,
    transactional_id_authorization_failed = 53,
    operation_not_attempted = 55,
    kafka_storage_error = 56,
    sasl_authentication_failed = 58,
    fetch_session_id_not_found = 70,
    unknown_topic_id = 100,
};

struct Answer;

class AnswerBuilder {
  public:
    AnswerBuilder(ApiKey key, ApiVersion version);
    // Every item of the request's body, in order.
    void on(const Item& item);
    // The whole response frame, size prefix included. `message` goes where the API has a message
    // field. A code that does not belong into an API's error slots is put where its general errors
    // go. Errors: unsupported where the API has no error slot (it is then closed instead);
    // truncated where the request's items stopped inside of an array that the answer repeats.
    Result<Buffer> finish(std::int32_t correlation_id, ErrorCode code,
                          std::string_view message) const;

  private:
    const Answer* answer_ = nullptr;  // nullptr: no error slot
    bool flexible_ = false;
    std::bitset<256> wanted_;    // slots that the answer repeats
    Buffer keys_;                // what it repeats, in the request's order; see answer.cc
    std::uint32_t open_ = 0;     // wanted arrays begun and not ended
    std::uint32_t passing_ = 0;  // depth inside of arrays nobody wants
};

// Whether a refusal of this API says why in words; elsewhere there is only the code.
bool has_message(ApiKey key, ApiVersion version) noexcept;

// An ApiVersions answer in version 0 with error 35 and our ApiVersions range: what a client above
// it expects (KIP-511).
Buffer unsupported_api_versions_answer(std::int32_t correlation_id);

}  // namespace sluice::kafka
