// Input: API key; version; bit 0: response; chunk size; body.
#include "fuzz/walk.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const kafka::ApiKey key = input.byte();
    const kafka::ApiVersion version = input.byte();
    const bool response = (input.byte() & 1) != 0;
    const std::size_t chunk = 1 + input.byte();
    const kafka::Layout* layout =
        response ? kafka::response_layout(key, version) : kafka::request_layout(key, version);
    if (layout == nullptr) return -1;
    SLUICE_CHECK(fuzz::walk(*layout, input.rest(), 0) == fuzz::walk(*layout, input.rest(), chunk));
    return 0;
}
