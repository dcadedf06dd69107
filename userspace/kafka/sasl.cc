#include "kafka/sasl.h"

#include "kafka/api.h"
#include "kafka/frame.h"
#include "kafka/wire.h"

namespace sluice::kafka {
namespace {

constexpr ApiVersion kFirstWithLifetime = 1;
constexpr ApiVersion kFirstFlexible = 2;

}  // namespace

Buffer sasl_handshake_answer(std::int32_t correlation_id, ErrorCode code,
                             std::span<const std::string_view> mechanisms) {
    Buffer frame(kSizePrefix);
    append_be(frame, correlation_id);
    append_be(frame, static_cast<std::int16_t>(code));
    append_be(frame, static_cast<std::int32_t>(mechanisms.size()));
    for (const std::string_view mechanism : mechanisms) append_string(frame, mechanism);
    return finished_frame(std::move(frame));
}

Result<Bytes> sasl_token(Bytes body, ApiVersion version) {
    const Error malformed{Errc::malformed, "sasl authenticate request: no token"};
    std::size_t at = 0;
    std::size_t length = 0;
    if (version >= kFirstFlexible) {
        std::uint32_t plus_one = 0;
        const auto status = read_uvarint(body.data(), body.size(), plus_one, at);
        if (status != VarintStatus::ok || plus_one == 0) return malformed;
        length = plus_one - 1;
    } else {
        if (body.size() < sizeof(std::int32_t)) return malformed;
        const auto signed_length = load_be<std::int32_t>(body.data());
        if (signed_length < 0) return malformed;
        at = sizeof signed_length;
        length = static_cast<std::size_t>(signed_length);
    }
    if (length > body.size() - at) return malformed;
    return body.subspan(at, length);
}

Buffer sasl_authenticate_answer(std::int32_t correlation_id, ApiVersion version, ErrorCode code,
                                std::string_view message, std::string_view token,
                                std::int64_t lifetime_ms) {
    const bool flexible = version >= kFirstFlexible;
    Buffer frame(kSizePrefix);
    append_be(frame, correlation_id);
    if (flexible) frame.push_back(0);  // header tags
    append_be(frame, static_cast<std::int16_t>(code));
    if (flexible) {
        append_uvarint(frame, message.empty() ? 0 : static_cast<std::uint32_t>(message.size() + 1));
        append(frame, as_bytes(message));
        append_uvarint(frame, static_cast<std::uint32_t>(token.size() + 1));
    } else {
        if (message.empty())
            append_be<std::int16_t>(frame, -1);
        else
            append_string(frame, message);
        append_be(frame, static_cast<std::int32_t>(token.size()));
    }
    append(frame, as_bytes(token));
    if (version >= kFirstWithLifetime) append_be(frame, lifetime_ms);
    if (flexible) frame.push_back(0);
    return finished_frame(std::move(frame));
}

Buffer sasl_handshake_request(std::int32_t correlation_id, std::string_view mechanism) {
    Buffer frame = begun_request(api::sasl_handshake, kSaslRequestVersion, correlation_id);
    append_string(frame, mechanism);
    return finished_frame(std::move(frame));
}

Buffer sasl_authenticate_request(std::int32_t correlation_id, Bytes token) {
    Buffer frame = begun_request(api::sasl_authenticate, kSaslRequestVersion, correlation_id);
    append_be(frame, static_cast<std::int32_t>(token.size()));
    append(frame, token);
    return finished_frame(std::move(frame));
}

}  // namespace sluice::kafka
