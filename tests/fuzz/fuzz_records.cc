// Input: bit 0: set the checksums right; what to do with values: bits 1-2 the first, 3-4 the
// second, 5-6 the others (0 keep, 1 replace, 2 unmaskable); length of replacements; records blob.
#include <string>

#include "base/crc32c.h"
#include "fuzz/fuzz.h"
#include "kafka/records.h"

using namespace sluice;

static void set_checksums(Buffer& blob) {
    for (std::size_t at = 0; blob.size() - at >= kafka::kBatchHeaderBytes;) {
        const auto length = load_be<std::int32_t>(blob.data() + at + 8);
        if (length < 49 || static_cast<std::size_t>(length) + 12 > blob.size() - at) return;
        const Bytes batch = Bytes(blob).subspan(at, static_cast<std::size_t>(length) + 12);
        store_be(blob.data() + at + 17, crc32c(batch.subspan(21)));
        at += batch.size();
    }
}

// All that stays the same in every batch.
static std::vector<kafka::BatchHeader> headers(Bytes blob) {
    std::vector<kafka::BatchHeader> all;
    while (!blob.empty()) {
        auto header = kafka::read_batch_header(blob);
        if (!header) break;
        blob = blob.subspan(header->bytes);
        header->bytes = 0;
        header->crc = 0;
        all.push_back(*header);
    }
    return all;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const kafka::OpeningLimits limits{256 * 1024, 1024 * 1024};
    fuzz::Input input(data, size);
    const unsigned knobs = input.byte();
    const std::size_t bytes = input.byte();
    Buffer blob = fuzz::exact(input.rest());
    if ((knobs & 1) != 0) set_checksums(blob);
    unsigned number = 0;
    const kafka::ValueEdit edit = [&](const kafka::Record& record, Buffer& out) {
        SLUICE_CHECK(record.value && out.empty());
        kafka::read_headers(record);
        const unsigned action = knobs >> (1 + 2 * std::min(number++, 2u)) & 3;
        if (action == 0) return kafka::ValueAction::keep;
        if (action == 2) return kafka::ValueAction::unmaskable;
        out.assign(bytes, Byte{'*'});
        return kafka::ValueAction::replace;
    };
    const std::string marker = "<marker>";
    kafka::RecordsRewriter rewriter;
    const auto result = rewriter.rewrite(blob, edit, as_bytes(marker), limits);
    if (!result) return 0;
    const Buffer after = result->joined(blob);
    SLUICE_CHECK(after.size() == result->bytes);
    SLUICE_CHECK(headers(after) == headers(blob));
    SLUICE_CHECK(headers(after).size() == result->batches);
    // What we wrote can be read again, and then nothing is left to do.
    std::uint64_t markers = 0;
    const auto again = rewriter.rewrite(after,
                                        [&](const kafka::Record& record, Buffer&) {
                                            markers += as_text(*record.value) == marker;
                                            return kafka::ValueAction::keep;
                                        },
                                        {});
    SLUICE_CHECK(again && again->records == result->records && !again->dropped_tail);
    SLUICE_CHECK(again->batches_rewritten == 0 && again->joined(after) == after);
    SLUICE_CHECK(markers >= result->unmaskable);
    return 0;
}
