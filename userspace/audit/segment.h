// segment.h: the bytes of a segment file of the audit log: its header, and the commit blocks after
// it. No file, no thread.
//
// All numbers big-endian. Grammar and an example: FORMAT.md. Checksums find accidents; only the
// tree (merkle.h), which grows through all blocks of all segments, shows that nobody edited.
#pragma once

#include <cstdint>
#include <string>

#include "audit/merkle.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"

namespace sluice::audit {

inline constexpr std::size_t kSegmentHeaderBytes = 4096;
inline constexpr std::size_t kBlockHeaderBytes = 56;
inline constexpr std::uint32_t kSegmentVersion = 3;

struct SegmentHeader {
    std::uint64_t number = 0;          // 0, 1, 2, ... without a gap
    std::int64_t created_ns = 0;       // Unix epoch, UTC
    std::uint64_t previous_bytes = 0;  // how much of the segment before is log; 0 in the first
    // A commit to the segment before failed: what it holds after previous_bytes was never part of
    // the log.
    bool previous_abandoned = false;
    // Random, not 0, opens each block of this segment, so that no text a client sends can pass for
    // a block.
    std::uint32_t mark = 0;
    Frontier tree;       // of all entries before the first one in it
    std::string origin;  // 1 to limits::audit_origin_bytes_max bytes
    // Of the first entry in it.
    [[nodiscard]] std::uint64_t first_index() const { return tree.size(); }
    bool operator==(const SegmentHeader&) const = default;
};
// Exactly kSegmentHeaderBytes.
Buffer encode_segment_header(const SegmentHeader& header);
// Errors: truncated, malformed (no such header), unsupported (of a later version), corrupt
// (checksum).
Result<SegmentHeader> decode_segment_header(Bytes bytes);

struct BlockHeader {
    std::uint32_t mark = 0;
    std::uint32_t body_bytes = 0;
    std::uint64_t first_index = 0;
    std::uint32_t count = 0;  // of entries
    std::uint32_t crc = 0;    // of the header without this field, then the body
    Digest root;              // of the tree of all entries up to the last one of the block
    bool operator==(const BlockHeader&) const = default;
};
void encode_block_header(const BlockHeader& header,
                         std::span<Byte, kBlockHeaderBytes> out) noexcept;
BlockHeader decode_block_header(std::span<const Byte, kBlockHeaderBytes> bytes) noexcept;
// The checksum over the header alone; go on over the body with crc32c(body, ...).
std::uint32_t block_header_crc(const BlockHeader& header) noexcept;

// A whole block that was found good.
struct Block {
    std::uint64_t first_index = 0;
    std::uint32_t count = 0;
    Digest root;
    Bytes body;  // borrowed
};
// `bytes` begins with a block of a segment with this mark; more may follow. Checks everything but
// the root. Errors: truncated (the block is longer than `bytes`), malformed (no block begins
// here), corrupt (checksum, count).
Result<Block> decode_block(Bytes bytes, std::uint32_t mark);
// How many bytes the block at the start of `bytes` claims to have; 0 where no block of this mark
// begins.
std::size_t claimed_block_bytes(Bytes bytes, std::uint32_t mark) noexcept;

// Calls visit(Bytes entry) for each entry of `body` until it returns false. False where the body is
// no sequence of entries.
template <class Visit>
bool for_each_entry(Bytes body, Visit&& visit) {
    while (!body.empty()) {
        if (body.size() < 2) return false;
        const std::size_t bytes = load_be<std::uint16_t>(body.data());
        if (bytes == 0 || bytes > body.size() - 2) return false;
        if (!visit(body.subspan(2, bytes))) return true;
        body = body.subspan(2 + bytes);
    }
    return true;
}

// Adds all entries of a body that decode_block() found good. `visit` as in Frontier::add().
template <class Visit>
void add_block(Frontier& tree, Bytes body, Visit&& visit) {
    for_each_entry(body, [&](Bytes entry) {
        tree.add(leaf_hash(entry), visit);
        return true;
    });
}
inline void add_block(Frontier& tree, Bytes body) {
    add_block(tree, body, [](const Node&, const Digest&) {});
}

}  // namespace sluice::audit
