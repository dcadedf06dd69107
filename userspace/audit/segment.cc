#include "audit/segment.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "base/crc32c.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

constexpr std::string_view kMagic = "SLUICEAL";
constexpr std::size_t kOriginAt = 56;
constexpr std::size_t kDigestBytes = sizeof Digest::bytes;
constexpr std::size_t kCrcAt = kSegmentHeaderBytes - 4;
constexpr std::uint32_t kAbandonedFlag = 1;
constexpr std::size_t kBlockCrcAt = 20;
// One for each bit of the first index.
constexpr std::size_t kSubtreesMax = 64;
static_assert(kOriginAt + limits::audit_origin_bytes_max + kSubtreesMax * kDigestBytes <= kCrcAt);

Error segment_error(Errc code, std::string_view why) {
    return Error{code, "segment header: " + std::string(why)};
}
Error block_error(Errc code, std::string_view why) {
    return Error{code, std::string(why)};
}

SegmentHeader read_fields(const Byte* at) {
    SegmentHeader header;
    header.mark = load_be<std::uint32_t>(at + 12);
    header.number = load_be<std::uint64_t>(at + 16);
    header.created_ns = load_be<std::int64_t>(at + 32);
    header.previous_bytes = load_be<std::uint64_t>(at + 40);
    header.previous_abandoned = load_be<std::uint32_t>(at + 48) == kAbandonedFlag;
    const std::size_t origin_bytes =
        std::min<std::size_t>(load_be<std::uint16_t>(at + 52), limits::audit_origin_bytes_max);
    header.origin = as_text({at + kOriginAt, origin_bytes});
    const auto first_index = load_be<std::uint64_t>(at + 24);
    std::vector<Digest> subtrees(static_cast<std::size_t>(std::popcount(first_index)));
    const Byte* digest = at + kOriginAt + origin_bytes;
    for (Digest& subtree : subtrees) {
        std::copy_n(digest, kDigestBytes, subtree.bytes.begin());
        digest += kDigestBytes;
    }
    header.tree = *Frontier::from(first_index, std::move(subtrees));
    return header;
}

}  // namespace

Buffer encode_segment_header(const SegmentHeader& header) {
    SLUICE_CHECK(header.mark != 0);
    SLUICE_CHECK(!header.origin.empty() && header.origin.size() <= limits::audit_origin_bytes_max);
    Buffer out(kSegmentHeaderBytes);
    Byte* at = out.data();
    std::copy(kMagic.begin(), kMagic.end(), at);
    store_be(at + 8, kSegmentVersion);
    store_be(at + 12, header.mark);
    store_be(at + 16, header.number);
    store_be(at + 24, header.first_index());
    store_be(at + 32, header.created_ns);
    store_be(at + 40, header.previous_bytes);
    store_be(at + 48, header.previous_abandoned ? kAbandonedFlag : 0u);
    store_be(at + 52, static_cast<std::uint16_t>(header.origin.size()));
    Byte* next = std::copy(header.origin.begin(), header.origin.end(), at + kOriginAt);
    for (const Digest& subtree : header.tree.subtrees())
        next = std::copy(subtree.bytes.begin(), subtree.bytes.end(), next);
    store_be(at + kCrcAt, crc32c(Bytes(out).first(kCrcAt)));
    return out;
}

Result<SegmentHeader> decode_segment_header(Bytes bytes) {
    if (bytes.size() < kSegmentHeaderBytes)
        return segment_error(Errc::truncated, "shorter than a header");
    bytes = bytes.first(kSegmentHeaderBytes);
    if (as_text(bytes.first(kMagic.size())) != kMagic)
        return segment_error(Errc::malformed, "not a segment of an audit log");
    if (load_be<std::uint32_t>(bytes.data() + kCrcAt) != crc32c(bytes.first(kCrcAt)))
        return segment_error(Errc::corrupt, "the checksum does not match");
    if (load_be<std::uint32_t>(bytes.data() + 8) != kSegmentVersion)
        return segment_error(Errc::unsupported, "written by a later version");
    SegmentHeader header = read_fields(bytes.data());
    // Whatever else stands in the header must be what this version writes: nothing hides in the
    // padding.
    const bool writable = header.mark != 0 && !header.origin.empty();
    if (!writable || !std::ranges::equal(encode_segment_header(header), bytes))
        return segment_error(Errc::malformed, "fields that cannot be");
    return header;
}

void encode_block_header(const BlockHeader& header,
                         std::span<Byte, kBlockHeaderBytes> out) noexcept {
    Byte* at = out.data();
    store_be(at, header.mark);
    store_be(at + 4, header.body_bytes);
    store_be(at + 8, header.first_index);
    store_be(at + 16, header.count);
    store_be(at + kBlockCrcAt, header.crc);
    std::copy(header.root.bytes.begin(), header.root.bytes.end(), at + 24);
}

BlockHeader decode_block_header(std::span<const Byte, kBlockHeaderBytes> bytes) noexcept {
    const Byte* at = bytes.data();
    BlockHeader header;
    header.mark = load_be<std::uint32_t>(at);
    header.body_bytes = load_be<std::uint32_t>(at + 4);
    header.first_index = load_be<std::uint64_t>(at + 8);
    header.count = load_be<std::uint32_t>(at + 16);
    header.crc = load_be<std::uint32_t>(at + kBlockCrcAt);
    std::copy_n(at + 24, kDigestBytes, header.root.bytes.begin());
    return header;
}

std::uint32_t block_header_crc(const BlockHeader& header) noexcept {
    Byte bytes[kBlockHeaderBytes];
    encode_block_header(header, bytes);
    const Bytes all(bytes);
    return crc32c(all.subspan(kBlockCrcAt + 4), crc32c(all.first(kBlockCrcAt)));
}

std::size_t claimed_block_bytes(Bytes bytes, std::uint32_t mark) noexcept {
    if (bytes.size() < kBlockHeaderBytes) return 0;
    const BlockHeader header = decode_block_header(bytes.first<kBlockHeaderBytes>());
    if (header.mark != mark || header.body_bytes == 0) return 0;
    if (header.body_bytes > limits::audit_commit_bytes_max) return 0;
    return kBlockHeaderBytes + header.body_bytes;
}

Result<Block> decode_block(Bytes bytes, std::uint32_t mark) {
    if (bytes.size() < kBlockHeaderBytes) return block_error(Errc::truncated, "a block cut short");
    const std::size_t claimed = claimed_block_bytes(bytes, mark);
    if (claimed == 0) return block_error(Errc::malformed, "no block begins here");
    if (claimed > bytes.size()) return block_error(Errc::truncated, "a block cut short");
    const BlockHeader header = decode_block_header(bytes.first<kBlockHeaderBytes>());
    const Bytes body = bytes.subspan(kBlockHeaderBytes, header.body_bytes);
    if (crc32c(body, block_header_crc(header)) != header.crc)
        return block_error(Errc::corrupt, "the checksum of a block does not match");
    std::uint64_t count = 0;
    const bool framed = for_each_entry(body, [&count](Bytes) { return ++count > 0; });
    if (!framed || count != header.count)
        return block_error(Errc::corrupt, "a block does not hold the entries it counts");
    return Block{header.first_index, header.count, header.root, body};
}

}  // namespace sluice::audit
