// Input: version of the request; the frame of a response, without its size prefix.
#include "fuzz/walk.h"
#include "kafka/api.h"
#include "kafka/edit.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const kafka::ApiVersion version = input.byte();
    Buffer frame;
    append_be(frame, static_cast<std::int32_t>(input.rest().size()));
    append(frame, input.rest());
    const auto clamped = kafka::clamp_api_versions(fuzz::exact(frame), version);
    if (!clamped) return 0;
    SLUICE_CHECK(load_be<std::int32_t>(clamped->frame.data()) + 4 ==
                 std::int64_t(clamped->frame.size()));
    // What is within our ranges stays as it is.
    const auto again = kafka::clamp_api_versions(fuzz::exact(clamped->frame), version);
    SLUICE_CHECK(again && again->lowered == 0 && again->hidden == 0);
    SLUICE_CHECK(again->frame == clamped->frame);
    return 0;
}
