// Input: codec; compressed payload.
#include "fuzz/fuzz.h"
#include "kafka/compression.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kBytesMax = 256 * 1024;
    fuzz::Input input(data, size);
    const auto codec = static_cast<kafka::Codec>(input.byte() % 8);
    const Buffer compressed = fuzz::exact(input.rest());
    kafka::Compression compression;
    Buffer scratch;
    const auto opened = compression.decompress(codec, compressed, kBytesMax, scratch);
    SLUICE_CHECK(scratch.size() <= kBytesMax + 1);
    if (!opened) return 0;
    SLUICE_CHECK(opened->size() <= kBytesMax);
    Buffer again;
    Buffer other;
    const auto framing = kafka::snappy_framing(compressed);
    SLUICE_CHECK(compression.compress(codec, framing, *opened, again).has_value());
    const auto reopened = compression.decompress(codec, again, kBytesMax, other);
    SLUICE_CHECK(reopened &&
                 std::equal(reopened->begin(), reopened->end(), opened->begin(), opened->end()));
    return 0;
}
