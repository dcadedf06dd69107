// Input: half of it, at most 64 bytes: body offset, then edits, each: gap to the last one; bytes
// replaced; bytes put in, and these. The other half: the frame.
#include "fuzz/fuzz.h"
#include "kafka/edit.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    Buffer frame(4, Byte{0});
    const std::size_t knobs = std::min<std::size_t>(size / 2, 64);
    const Bytes edit_bytes = input.bytes(knobs);
    append(frame, input.rest());
    fuzz::Input knob(edit_bytes.data(), edit_bytes.size());
    const std::size_t body_at = 4 + knob.byte() % (frame.size() - 3);
    std::vector<kafka::Edit> edits;
    Buffer expected(frame.begin(), frame.begin() + std::ptrdiff_t(body_at));
    std::size_t at = body_at;
    while (!knob.rest().empty()) {
        const std::size_t gap = std::min<std::size_t>(knob.byte(), frame.size() - at);
        append(expected, Bytes(frame).subspan(at, gap));
        at += gap;
        const std::size_t length = std::min<std::size_t>(knob.byte(), frame.size() - at);
        edits.push_back({at - body_at, length, fuzz::exact(knob.bytes(knob.byte()))});
        append(expected, edits.back().replacement);
        at += length;
    }
    append(expected, Bytes(frame).subspan(at));
    store_be(expected.data(), static_cast<std::int32_t>(expected.size() - 4));
    SLUICE_CHECK(kafka::apply_edits(frame, body_at, edits) == expected);
    return 0;
}
