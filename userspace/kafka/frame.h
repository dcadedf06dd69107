// frame.h: Kafka's outermost layer: the int32 size, and the request and response headers.
//
// A frame is size(int32) + header + body. Request header v0 (only ControlledShutdown v0, which we
// refuse), v1: key, version, correlation id, nullable client id (always a classic int16 string); v2
// adds a tag section. Response header v0: correlation id; v1 adds a tag section. ApiVersions
// responses always use v0.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/layout.h"

namespace sluice::kafka {

inline constexpr std::size_t kSizePrefix = 4;

struct RequestHeader {
    ApiKey key = 0;
    ApiVersion version = 0;
    std::int32_t correlation_id = 0;
    bool has_client_id = false;
    std::string_view client_id;  // borrowed from the window
    std::size_t bytes = 0;       // of the header, without the size prefix: the body starts there
};

enum class HeaderStatus : std::uint8_t { ok, need_more, unknown_api, malformed };

// `frame`: what has arrived of the frame after its size prefix; `frame_bytes`: what the prefix
// said. unknown_api: (key, version) is not understood; `out` then still holds key, version,
// correlation id.
HeaderStatus read_request_header(Bytes frame, std::size_t frame_bytes, RequestHeader& out) noexcept;

// A request of the gateway's own: size prefix (set by finished_frame(), as of any frame of ours)
// and header, with the client id `sluice`. Where the version is flexible the caller appends the
// header's tag section.
Buffer begun_request(ApiKey key, ApiVersion version, std::int32_t correlation_id);
Buffer finished_frame(Buffer frame);
// int16 length, then the characters. INVARIANT: at most 32,767 bytes.
void append_string(Buffer& out, std::string_view text);

// Length of the response header for this request; nullopt while its bytes have not arrived, 0 where
// it is malformed.
std::optional<std::size_t> response_header_bytes(ApiKey key, ApiVersion version, Bytes frame,
                                                 std::size_t frame_bytes) noexcept;

}  // namespace sluice::kafka
