#include "audit/segment.h"

#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

SegmentHeader sample_header() {
    SegmentHeader header;
    header.number = 7;
    for (int n = 0; n < 12345; ++n) header.tree.add(leaf_hash(as_bytes(std::to_string(n))));
    header.created_ns = 1'700'000'000'000'000'000;
    header.previous_bytes = 268'435'000;
    header.previous_abandoned = true;
    header.mark = 0x8badf00d;
    header.origin = "gw1.example/main";
    return header;
}

Buffer body_of(std::initializer_list<std::string_view> entries) {
    Buffer body;
    for (const std::string_view entry : entries) {
        append_be(body, static_cast<std::uint16_t>(entry.size()));
        append(body, as_bytes(entry));
    }
    return body;
}

Buffer block_of(const Buffer& body, std::uint32_t count, std::uint32_t mark = 5) {
    BlockHeader header{mark, static_cast<std::uint32_t>(body.size()), 40, count, 0, {}};
    Frontier tree;
    add_block(tree, body);
    header.root = tree.root();
    header.crc = crc32c(body, block_header_crc(header));
    Buffer block(kBlockHeaderBytes);
    encode_block_header(header, std::span(block).first<kBlockHeaderBytes>());
    append(block, body);
    return block;
}

Error refusal(Bytes bytes, std::uint32_t mark = 5) {
    const auto block = decode_block(bytes, mark);
    return block ? Error{Errc::io, "decoded"} : block.error();
}

TEST(SegmentHeader, RoundTrips) {
    const Buffer bytes = encode_segment_header(sample_header());
    EXPECT_EQ(bytes.size(), kSegmentHeaderBytes);
    const auto header = decode_segment_header(bytes);
    ASSERT_TRUE(header) << header.error().context;
    EXPECT_EQ(*header, sample_header());
}

TEST(SegmentHeader, EveryFlippedByteIsFound) {
    const Buffer bytes = encode_segment_header(sample_header());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Buffer flipped = bytes;
        flipped[at] ^= 0x10;
        ASSERT_FALSE(decode_segment_header(flipped)) << at;
    }
}

TEST(SegmentHeader, NothingHidesInItEvenWithARightChecksum) {
    for (const std::size_t at : {8u, 50u, 54u, 700u, 4090u}) {
        Buffer bytes = encode_segment_header(sample_header());
        bytes[at] ^= 0x40;
        store_be(bytes.data() + kSegmentHeaderBytes - 4,
                 crc32c(Bytes(bytes).first(kSegmentHeaderBytes - 4)));
        ASSERT_FALSE(decode_segment_header(bytes)) << at;
    }
}

TEST(SegmentHeader, ALaterVersionIsUnsupported) {
    Buffer bytes = encode_segment_header(sample_header());
    store_be<std::uint32_t>(bytes.data() + 8, kSegmentVersion + 1);
    store_be(bytes.data() + kSegmentHeaderBytes - 4,
             crc32c(Bytes(bytes).first(kSegmentHeaderBytes - 4)));
    EXPECT_EQ(decode_segment_header(bytes).error(),
              (Error{Errc::unsupported, "segment header: written by a later version"}));
}

TEST(SegmentHeader, ShorterThanAHeaderIsTruncated) {
    const Buffer bytes(kSegmentHeaderBytes - 1);
    EXPECT_EQ(decode_segment_header(bytes).error().code, Errc::truncated);
}

// The longest origin there may be, in a log of as many entries as can be counted.
TEST(SegmentHeader, HasRoomForTheLargestTree) {
    SegmentHeader header = sample_header();
    header.origin = std::string(limits::audit_origin_bytes_max, 'o');
    std::vector<Digest> subtrees(64);
    for (std::size_t n = 0; n < subtrees.size(); ++n) subtrees[n].bytes[n % 32] = 1;
    header.tree = *Frontier::from(UINT64_MAX, subtrees);
    EXPECT_EQ(*decode_segment_header(encode_segment_header(header)), header);
}

TEST(Block, RoundTrips) {
    const Buffer body = body_of({"first", "second"});
    Buffer bytes = block_of(body, 2);
    append(bytes, as_bytes("and more"));
    const auto block = decode_block(bytes, 5);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->first_index, 40u);
    EXPECT_EQ(block->count, 2u);
    EXPECT_EQ(block->root, node_hash(leaf_hash(as_bytes("first")), leaf_hash(as_bytes("second"))));
    EXPECT_EQ(as_text(block->body), as_text(body));
}

TEST(Block, EveryFlippedByteIsFound) {
    const Buffer bytes = block_of(body_of({"first", "second"}), 2);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Buffer flipped = bytes;
        flipped[at] ^= 0x10;
        ASSERT_FALSE(decode_block(flipped, 5)) << at;
    }
}

TEST(Block, EveryTruncationIsFound) {
    const Buffer bytes = block_of(body_of({"first", "second"}), 2);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        ASSERT_EQ(refusal(Bytes(bytes).first(size)), (Error{Errc::truncated, "a block cut short"}));
}

TEST(Block, OfAnotherSegmentIsNone) {
    const Buffer bytes = block_of(body_of({"first"}), 1, 6);
    EXPECT_EQ(refusal(bytes), (Error{Errc::malformed, "no block begins here"}));
    EXPECT_EQ(claimed_block_bytes(bytes, 5), 0u);
    EXPECT_EQ(claimed_block_bytes(bytes, 6), bytes.size());
}

TEST(Block, MustHoldTheEntriesItCounts) {
    const Error wrong{Errc::corrupt, "a block does not hold the entries it counts"};
    EXPECT_EQ(refusal(block_of(body_of({"first", "second"}), 1)), wrong);
    EXPECT_EQ(refusal(block_of(body_of({"first"}), 2)), wrong);
    EXPECT_EQ(refusal(block_of({0, 0}, 1)), wrong);       // an empty entry
    EXPECT_EQ(refusal(block_of({0, 5, 'x'}, 1)), wrong);  // an entry past the end
    EXPECT_EQ(refusal(block_of({0}, 1)), wrong);
}

TEST(Block, ABodyOverTheLimitIsNone) {
    const Buffer bytes = block_of(Buffer(limits::audit_commit_bytes_max + 1, 1), 1);
    EXPECT_EQ(refusal(bytes), (Error{Errc::malformed, "no block begins here"}));
}

TEST(ForEachEntry, StopsWhenToldTo) {
    std::vector<std::string> seen;
    EXPECT_TRUE(for_each_entry(body_of({"a", "b", "c"}), [&seen](Bytes entry) {
        seen.emplace_back(as_text(entry));
        return seen.size() < 2;
    }));
    EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace sluice::audit
