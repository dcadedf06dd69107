#include "session/outage.h"

#include "kafka/api.h"

namespace sluice::session {

Outage during_outage(kafka::ApiKey key) noexcept {
    using kafka::ErrorCode;
    switch (key) {
        case kafka::api::heartbeat:
        case kafka::api::leave_group:
        case kafka::api::api_versions:
        case kafka::api::metadata:
        // Without these a client cannot even come back to be told to wait.
        case kafka::api::sasl_handshake:
        case kafka::api::sasl_authenticate:
            return {false, ErrorCode::none};
        case kafka::api::produce:
        case kafka::api::fetch:
        case kafka::api::list_offsets:
            return {true, ErrorCode::kafka_storage_error};
        case kafka::api::sync_group:
            return {true, ErrorCode::rebalance_in_progress};
        case kafka::api::find_coordinator:
            return {true, ErrorCode::coordinator_not_available};
        case kafka::api::join_group:
        case kafka::api::offset_commit:
        case kafka::api::offset_fetch:
        case kafka::api::init_producer_id:
        case kafka::api::add_partitions_to_txn:
        case kafka::api::add_offsets_to_txn:
        case kafka::api::end_txn:
        case kafka::api::txn_offset_commit:
            return {true, ErrorCode::coordinator_load_in_progress};
        default:
            return {true, ErrorCode::request_timed_out};
    }
}

}  // namespace sluice::session
