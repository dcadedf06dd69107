#include "session/session.h"

namespace sluice::session {

const char* name(CloseReason reason) noexcept {
    switch (reason) {
        case CloseReason::client_closed:
            return "client_closed";
        case CloseReason::broker_closed:
            return "broker_closed";
        case CloseReason::client_reset:
            return "client_reset";
        case CloseReason::broker_reset:
            return "broker_reset";
        case CloseReason::idle:
            return "idle";
        case CloseReason::first_frame_deadline:
            return "first_frame_deadline";
        case CloseReason::write_stalled:
            return "write_stalled";
        case CloseReason::half_close_timeout:
            return "half_close_timeout";
        case CloseReason::drained:
            return "drained";
        case CloseReason::drain_deadline:
            return "drain_deadline";
        case CloseReason::gateway_stopping:
            return "gateway_stopping";
        case CloseReason::broker_unreachable:
            return "broker_unreachable";
        case CloseReason::not_a_broker:
            return "not_a_broker";
        case CloseReason::self_connection:
            return "self_connection";
        case CloseReason::too_many_connections:
            return "too_many_connections";
        case CloseReason::too_many_connections_per_source:
            return "too_many_connections_per_source";
        case CloseReason::frame_negative_size:
            return "frame_negative_size";
        case CloseReason::frame_too_large:
            return "frame_too_large";
        case CloseReason::frame_too_small:
            return "frame_too_small";
        case CloseReason::buffers_full:
            return "buffers_full";
        case CloseReason::header_malformed:
            return "header_malformed";
        case CloseReason::api_unknown:
            return "api_unknown";
        case CloseReason::api_not_advertised:
            return "api_not_advertised";
        case CloseReason::body_negative_length:
            return "body_negative_length";
        case CloseReason::body_count_too_large:
            return "body_count_too_large";
        case CloseReason::body_past_end:
            return "body_past_end";
        case CloseReason::body_trailing_bytes:
            return "body_trailing_bytes";
        case CloseReason::body_bad_varint:
            return "body_bad_varint";
        case CloseReason::body_bad_tags:
            return "body_bad_tags";
        case CloseReason::body_too_deep:
            return "body_too_deep";
        case CloseReason::tls_not_supported:
            return "tls_not_supported";
        case CloseReason::sasl_unexpected:
            return "sasl_unexpected";
        case CloseReason::login_failed:
            return "login_failed";
        case CloseReason::login_deadline:
            return "login_deadline";
        case CloseReason::token_expired:
            return "token_expired";
        case CloseReason::upstream_login_failed:
            return "upstream_login_failed";
        case CloseReason::credential_not_granted:
            return "credential_not_granted";
        case CloseReason::in_flight_full:
            return "in_flight_full";
        case CloseReason::response_unexpected:
            return "response_unexpected";
        case CloseReason::response_correlation:
            return "response_correlation";
        case CloseReason::response_malformed:
            return "response_malformed";
        case CloseReason::response_too_large:
            return "response_too_large";
        case CloseReason::fetch_unasked_partition:
            return "fetch_unasked_partition";
        case CloseReason::audit_failed_no_answer:
            return "audit_failed_no_answer";
        case CloseReason::not_allowed:
            return "not_allowed";
        case CloseReason::replica_claimed:
            return "replica_claimed";
        case CloseReason::internal_error:
            return "internal_error";
        case CloseReason::count_:
            break;
    }
    return "unknown";
}

bool closes_with_reset(CloseReason reason) noexcept {
    switch (reason) {
        // The peer reset, or there is no broker: the other side should see the same.
        case CloseReason::client_reset:
        case CloseReason::broker_reset:
        case CloseReason::broker_unreachable:
        // A deadline passed: the peer does not read, a polite end would wait for it.
        case CloseReason::write_stalled:
        case CloseReason::half_close_timeout:
        case CloseReason::drain_deadline:
        // Part of an answer may be out already: what follows must not look like its end.
        case CloseReason::response_unexpected:
        case CloseReason::response_correlation:
        case CloseReason::response_malformed:
        case CloseReason::response_too_large:
        case CloseReason::fetch_unasked_partition:
        case CloseReason::internal_error:
            return true;
        case CloseReason::client_closed:
        case CloseReason::broker_closed:
        case CloseReason::idle:
        case CloseReason::first_frame_deadline:
        case CloseReason::drained:
        case CloseReason::gateway_stopping:
        case CloseReason::not_a_broker:
        case CloseReason::self_connection:
        case CloseReason::too_many_connections:
        case CloseReason::too_many_connections_per_source:
        case CloseReason::frame_negative_size:
        case CloseReason::frame_too_large:
        case CloseReason::frame_too_small:
        case CloseReason::buffers_full:
        case CloseReason::header_malformed:
        case CloseReason::api_unknown:
        case CloseReason::api_not_advertised:
        case CloseReason::body_negative_length:
        case CloseReason::body_count_too_large:
        case CloseReason::body_past_end:
        case CloseReason::body_trailing_bytes:
        case CloseReason::body_bad_varint:
        case CloseReason::body_bad_tags:
        case CloseReason::body_too_deep:
        case CloseReason::tls_not_supported:
        case CloseReason::sasl_unexpected:
        case CloseReason::login_failed:
        case CloseReason::login_deadline:
        case CloseReason::token_expired:
        case CloseReason::upstream_login_failed:
        case CloseReason::credential_not_granted:
        case CloseReason::in_flight_full:
        case CloseReason::audit_failed_no_answer:
        case CloseReason::not_allowed:
        case CloseReason::replica_claimed:
        case CloseReason::count_:
            return false;
    }
    return true;
}

}  // namespace sluice::session
