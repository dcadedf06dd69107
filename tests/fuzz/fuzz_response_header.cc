// Input: API key; version; what the size prefix says beyond the bytes that are there; the frame.
#include "fuzz/fuzz.h"
#include "kafka/frame.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const kafka::ApiKey key = input.byte();
    const kafka::ApiVersion version = input.byte();
    const std::size_t frame_bytes = input.byte() + input.rest().size();
    std::optional<std::size_t> before;
    for (std::size_t arrived = 0; arrived <= std::min<std::size_t>(input.rest().size(), 400);
         ++arrived) {
        const Buffer frame = fuzz::exact(input.rest().first(arrived));
        const auto bytes = kafka::response_header_bytes(key, version, frame, frame_bytes);
        SLUICE_CHECK(!before || bytes == before);
        SLUICE_CHECK(!bytes || *bytes <= arrived);
        before = bytes;
    }
    SLUICE_CHECK(before || frame_bytes > input.rest().size() || size > 400);
    return 0;
}
