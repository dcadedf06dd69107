// Input: a block of a segment; its first bytes are tried as a segment header too. Checksums are set
// right first: a fuzzer would not find them, an accident would not be found by what is tested here.
#include "audit/segment.h"
#include "base/crc32c.h"
#include "fuzz/fuzz.h"

using namespace sluice;

static void try_header(Bytes start) {
    Buffer bytes(start.begin(),
                 start.begin() + std::ptrdiff_t(std::min<std::size_t>(start.size(), 200)));
    bytes.resize(audit::kSegmentHeaderBytes);
    const std::size_t crc_at = bytes.size() - 4;
    store_be(bytes.data() + crc_at, crc32c(Bytes(bytes).first(crc_at)));
    const auto header = audit::decode_segment_header(bytes);
    SLUICE_CHECK(!header || audit::encode_segment_header(*header) == bytes);
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < audit::kBlockHeaderBytes) return -1;
    Buffer bytes = fuzz::exact({data, size});
    try_header(bytes);
    const auto head = std::span(bytes).first<audit::kBlockHeaderBytes>();
    audit::BlockHeader fields = audit::decode_block_header(head);
    const std::size_t left = size - audit::kBlockHeaderBytes;
    const Bytes body =
        Bytes(bytes).subspan(head.size(), std::min<std::size_t>(fields.body_bytes, left));
    fields.crc = crc32c(body, audit::block_header_crc(fields));
    audit::encode_block_header(fields, head);
    const auto block = audit::decode_block(bytes, fields.mark);
    if (!block) return 0;
    SLUICE_CHECK(audit::claimed_block_bytes(bytes, fields.mark) ==
                 head.size() + block->body.size());
    std::uint32_t entries = 0;
    SLUICE_CHECK(audit::for_each_entry(block->body, [&](Bytes) { return ++entries != 0; }));
    SLUICE_CHECK(entries == block->count && entries == fields.count);
    audit::Frontier tree;
    audit::add_block(tree, block->body);
    SLUICE_CHECK(tree.size() == entries);
    return 0;
}
