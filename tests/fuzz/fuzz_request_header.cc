// Input: what the size prefix says beyond the bytes that are there; the frame.
#include "fuzz/fuzz.h"
#include "kafka/frame.h"

using namespace sluice;
using kafka::HeaderStatus;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t frame_bytes = input.byte() + input.rest().size();
    kafka::RequestHeader last;
    HeaderStatus before = HeaderStatus::need_more;
    // Once a header is judged, more bytes do not change the judgement.
    for (std::size_t arrived = 0; arrived <= std::min<std::size_t>(input.rest().size(), 400);
         ++arrived) {
        const Buffer frame = fuzz::exact(input.rest().first(arrived));
        kafka::RequestHeader header;
        const HeaderStatus status = kafka::read_request_header(frame, frame_bytes, header);
        SLUICE_CHECK(before == HeaderStatus::need_more || status == before);
        if (status == HeaderStatus::ok) {
            SLUICE_CHECK(header.bytes <= arrived && header.client_id.size() <= header.bytes);
            SLUICE_CHECK(before != HeaderStatus::ok || header.bytes == last.bytes);
        }
        last = header;
        last.client_id = {};
        before = status;
    }
    SLUICE_CHECK(before != HeaderStatus::need_more || frame_bytes > input.rest().size() ||
                 size > 400);
    return 0;
}
