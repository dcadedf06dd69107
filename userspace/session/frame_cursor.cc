#include "session/frame_cursor.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace sluice::session {

Buffer int32_bytes(std::int32_t value) {
    Buffer bytes;
    append_be<std::int32_t>(bytes, value);
    return bytes;
}

void FrameCursor::look_at(Bytes window) {
    const std::size_t left = bytes - released;
    slice = window.first(window.size() < left ? window.size() : left);
}

// Patches come nearly in order: the size prefix is the exception.
void FrameCursor::patch(std::size_t at, std::size_t length, Buffer replacement) {
    SLUICE_CHECK(at >= sent);
    const auto behind =
        std::find_if(patches.begin() + static_cast<std::ptrdiff_t>(patched), patches.end(),
                     [at](const Patch& other) { return other.at > at; });
    patches.insert(behind, {at, length, std::move(replacement)});
}

kafka::Item FrameCursor::next() {
    if (released > body_at) return walker.next(slice, released - body_at);
    const std::size_t before = body_at - released;
    if (slice.size() < before) return {};
    return walker.next(slice.subspan(before), 0);
}

std::size_t FrameCursor::walked() const {
    return opaque ? released + slice.size() : body_at + walker.position();
}

std::size_t FrameCursor::settle() {
    const std::size_t freed = sent - released;
    released = sent;
    slice = {};
    return freed;
}

}  // namespace sluice::session
