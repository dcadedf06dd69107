// Input: chunk size; records blob.
#include "fuzz/fuzz.h"
#include "kafka/batch.h"

using namespace sluice;

static kafka::BatchSummary scan(Bytes blob, std::size_t chunk) {
    kafka::BatchScanner scanner;
    for (std::size_t at = 0; at < blob.size(); at += chunk)
        scanner.feed(fuzz::exact(blob.subspan(at, std::min(chunk, blob.size() - at))));
    scanner.finish();
    return scanner.summary();
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t chunk = 1 + input.byte();
    const kafka::BatchSummary whole = scan(input.rest(), size);
    SLUICE_CHECK(whole == scan(input.rest(), chunk));
    SLUICE_CHECK(!(whole.malformed && whole.truncated_tail));
    SLUICE_CHECK((whole.batches == 0) == (whole.first_offset < 0));
    SLUICE_CHECK(whole.magic < 2 || whole.first_offset <= whole.last_offset);
    // What is counted was there: no smaller thing than an old message of 26 bytes counts.
    SLUICE_CHECK(whole.batches * std::size_t{26} <= size);
    return 0;
}
