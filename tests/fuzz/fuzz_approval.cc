// Input: a stored request without its checksum.
#include "approval/encode.h"
#include "base/crc32c.h"
#include "fuzz/fuzz.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    (void)approval::decode(fuzz::exact({data, size}));
    Buffer form(data, data + size);
    append_be<std::uint32_t>(form, crc32c(form));
    const auto request = approval::decode(fuzz::exact(form));
    if (!request) return 0;
    // Canonical: one request has one form.
    Buffer again;
    approval::encode(*request, again);
    SLUICE_CHECK(again == form);
    const auto request_again = approval::decode(again);
    SLUICE_CHECK(request_again && *request_again == *request);
    return 0;
}
