// Input: one byte that says which file of an audit directory this is, then the file: the frame
// table of a compressed segment, `pruned`, or `holds`. Checksums are set right first.
#include "auditlog/frame_table.h"
#include "auditlog/holds.h"
#include "auditlog/pruned.h"
#include "base/crc32c.h"
#include "fuzz/fuzz.h"

using namespace sluice;
using namespace sluice::auditlog;

static void try_frames(Buffer& bytes) {
    constexpr std::size_t kHeadBytes = 8, kCrcAt = 12;  // from the end
    if (bytes.size() >= kHeadBytes + FrameTable::kEndBytes) {
        const Bytes covered = Bytes(bytes).subspan(kHeadBytes, bytes.size() - kHeadBytes - kCrcAt);
        store_be(bytes.data() + bytes.size() - kCrcAt, crc32c(covered));
    }
    const std::uint64_t before = bytes.empty() ? 0 : bytes[0];
    const auto table = FrameTable::decode(bytes, before + bytes.size());
    if (table) SLUICE_CHECK(table->encode() == bytes);
}

static void try_pruned(Buffer& bytes) {
    if (bytes.size() < 4) return;
    const std::size_t crc_at = bytes.size() - 4;
    store_be(bytes.data() + crc_at, crc32c(Bytes(bytes).first(crc_at)));
    const auto pruned = decode_pruned(bytes);
    if (pruned) SLUICE_CHECK(encode_pruned(*pruned) == bytes);
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return -1;
    Buffer bytes = fuzz::exact({data + 1, size - 1});
    switch (data[0]) {
        case 'f':
            try_frames(bytes);
            return 0;
        case 'p':
            try_pruned(bytes);
            return 0;
        case 'h':
            if (const auto holds = decode_holds(as_text(bytes)))
                SLUICE_CHECK(*decode_holds(encode_holds(*holds)) == *holds);
            return 0;
    }
    return -1;
}
