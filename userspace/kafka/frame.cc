#include "kafka/frame.h"

#include <algorithm>

#include "base/limits.h"
#include "kafka/api.h"
#include "kafka/wire.h"

namespace sluice::kafka {
namespace {

// Key, version, correlation id: what every request starts with, whatever its version.
constexpr std::size_t kRequestPrefix = 8;
constexpr std::size_t kResponsePrefix = 4;

// Passes over the tag section at `at`, which moves behind it. No tag of a header is known to us.
HeaderStatus pass_over_tags(Bytes frame, std::size_t frame_bytes, std::size_t& at) noexcept {
    // A header that never ends must not be waited for.
    const std::size_t end = std::min<std::size_t>(frame_bytes, limits::pre_auth_frame_bytes_max);
    const auto varint = [&](std::uint32_t& value) {
        std::size_t bytes = 0;
        const std::size_t available = at < frame.size() ? std::min(frame.size(), end) - at : 0;
        const VarintStatus status = read_uvarint(frame.data() + at, available, value, bytes);
        at += bytes;
        if (status == VarintStatus::ok) return HeaderStatus::ok;
        if (status == VarintStatus::bad || frame.size() >= end) return HeaderStatus::malformed;
        return HeaderStatus::need_more;
    };
    std::uint32_t count = 0;
    if (const HeaderStatus status = varint(count); status != HeaderStatus::ok) return status;
    if (count > limits::tagged_fields_max) return HeaderStatus::malformed;
    std::int64_t last_tag = -1;
    for (std::uint32_t n = 0; n < count; ++n) {
        std::uint32_t tag = 0;
        std::uint32_t size = 0;
        if (const HeaderStatus status = varint(tag); status != HeaderStatus::ok) return status;
        if (tag <= last_tag) return HeaderStatus::malformed;
        last_tag = tag;
        if (const HeaderStatus status = varint(size); status != HeaderStatus::ok) return status;
        if (size > end - at) return HeaderStatus::malformed;
        if (at + size > frame.size()) return HeaderStatus::need_more;
        at += size;
    }
    return HeaderStatus::ok;
}

}  // namespace

HeaderStatus read_request_header(Bytes frame, std::size_t frame_bytes,
                                 RequestHeader& out) noexcept {
    out = {};
    if (frame_bytes < kRequestPrefix) return HeaderStatus::malformed;
    frame = frame.first(std::min(frame.size(), frame_bytes));
    if (frame.size() < kRequestPrefix) return HeaderStatus::need_more;
    out.key = load_be<std::int16_t>(frame.data());
    out.version = load_be<std::int16_t>(frame.data() + 2);
    out.correlation_id = load_be<std::int32_t>(frame.data() + 4);
    const Layout* layout = request_layout(out.key, out.version);
    if (layout == nullptr) return HeaderStatus::unknown_api;

    std::size_t at = kRequestPrefix;
    if (frame_bytes < at + 2) return HeaderStatus::malformed;
    if (frame.size() < at + 2) return HeaderStatus::need_more;
    const auto length = load_be<std::int16_t>(frame.data() + at);
    at += 2;
    if (length < -1) return HeaderStatus::malformed;
    if (length >= 0) {
        const auto bytes = static_cast<std::size_t>(length);
        if (bytes > frame_bytes - at) return HeaderStatus::malformed;
        if (bytes > frame.size() - at) return HeaderStatus::need_more;
        out.has_client_id = true;
        out.client_id = as_text(frame.subspan(at, bytes));
        at += bytes;
    }
    if (layout->flexible) {
        const HeaderStatus status = pass_over_tags(frame, frame_bytes, at);
        if (status != HeaderStatus::ok) return status;
    }
    out.bytes = at;
    return HeaderStatus::ok;
}

std::optional<std::size_t> response_header_bytes(ApiKey key, ApiVersion version, Bytes frame,
                                                 std::size_t frame_bytes) noexcept {
    const Layout* layout = response_layout(key, version);
    if (layout == nullptr || frame_bytes < kResponsePrefix) return 0;
    frame = frame.first(std::min(frame.size(), frame_bytes));
    if (frame.size() < kResponsePrefix) return std::nullopt;
    std::size_t at = kResponsePrefix;
    // A client reads the ApiVersions response before it knows what the broker speaks: header v0
    // always.
    if (!layout->flexible || key == api::api_versions) return at;
    const HeaderStatus status = pass_over_tags(frame, frame_bytes, at);
    if (status == HeaderStatus::need_more) return std::nullopt;
    return status == HeaderStatus::ok ? at : 0;
}

Buffer begun_request(ApiKey key, ApiVersion version, std::int32_t correlation_id) {
    Buffer frame(kSizePrefix);
    append_be(frame, key);
    append_be(frame, version);
    append_be(frame, correlation_id);
    append_string(frame, "sluice");
    return frame;
}

Buffer finished_frame(Buffer frame) {
    store_be(frame.data(), static_cast<std::int32_t>(frame.size() - kSizePrefix));
    return frame;
}

void append_string(Buffer& out, std::string_view text) {
    append_be(out, static_cast<std::int16_t>(text.size()));
    append(out, as_bytes(text));
}

}  // namespace sluice::kafka
