// Input: API key; version; error code; body of a request.
#include "fuzz/walk.h"
#include "kafka/answer.h"
#include "kafka/frame.h"

using namespace sluice;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const kafka::ApiKey key = input.byte();
    const kafka::ApiVersion version = input.byte();
    const auto code = static_cast<kafka::ErrorCode>(input.byte());
    const kafka::Layout* layout = kafka::request_layout(key, version);
    if (layout == nullptr) return -1;
    kafka::AnswerBuilder builder(key, version);
    const auto walked =
        fuzz::walk(*layout, input.rest(), 0, [&](const kafka::Item& item) { builder.on(item); });
    const auto answer = builder.finish(77, code, "refused");
    if (!answer || !walked.done()) return 0;
    // Whatever was asked, what we answer is a response of that version, and no more of it.
    SLUICE_CHECK(load_be<std::int32_t>(answer->data()) + 4 == std::int64_t(answer->size()));
    const Bytes frame = Bytes(*answer).subspan(4);
    SLUICE_CHECK(load_be<std::int32_t>(frame.data()) == 77);
    const auto header = kafka::response_header_bytes(key, version, frame, frame.size());
    SLUICE_CHECK(header && *header > 0);
    SLUICE_CHECK(
        fuzz::walk(*kafka::response_layout(key, version), frame.subspan(*header), 0).done());
    return 0;
}
