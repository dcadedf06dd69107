#include "audit/damage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/crc32c.h"
#include "unit/audit/trees.h"

namespace sluice::audit {
namespace {

constexpr std::uint32_t kMark = 0x51a1ce01;
constexpr std::uint64_t kIndex = 40;

Frontier tree_of(std::uint64_t size) {
    const testing::Tree tree(size);
    Frontier frontier;
    for (std::uint64_t n = 0; n < size; ++n) frontier.add(tree.leaf(n));
    return frontier;
}

Buffer block_at(std::uint64_t index, const std::vector<std::string>& entries) {
    Buffer body;
    for (const std::string& entry : entries) {
        append_be(body, static_cast<std::uint16_t>(entry.size()));
        append(body, as_bytes(entry));
    }
    Frontier tree = tree_of(index);
    add_block(tree, body);
    BlockHeader header{kMark, static_cast<std::uint32_t>(body.size()),
                       index, static_cast<std::uint32_t>(entries.size()),
                       0,     tree.root()};
    header.crc = crc32c(body, block_header_crc(header));
    Buffer block(kBlockHeaderBytes);
    encode_block_header(header, std::span(block).first<kBlockHeaderBytes>());
    append(block, body);
    return block;
}

std::optional<WrongByte> find(Bytes bytes) {
    static const Frontier before = tree_of(kIndex);
    return find_wrong_byte(bytes, kMark, before);
}

TEST(ExplainCrc, FindsTheByteWhateverItWas) {
    Buffer bytes(1000);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i * 7);
    const std::uint32_t crc = crc32c(bytes);
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{1}, std::size_t{500}, std::size_t{999}}) {
        for (int pattern = 1; pattern < 256; ++pattern) {
            Buffer flipped = bytes;
            flipped[at] ^= static_cast<Byte>(pattern);
            const auto found = explain_crc(flipped, crc);
            ASSERT_EQ(std::ranges::count(found, WrongByte{at, flipped[at], bytes[at]}), 1);
        }
    }
}

TEST(ExplainCrc, ARightChecksumNeedsNoExplanation) {
    const Buffer bytes(100, 3);
    EXPECT_TRUE(explain_crc(bytes, crc32c(bytes)).empty());
    EXPECT_TRUE(explain_crc({}, 77).empty());
}

TEST(FindWrongByte, NamesEveryByteOfABlockAndEveryChangeOfIt) {
    const Buffer block = block_at(kIndex, {"first", "second entry", "third"});
    for (std::size_t at = 0; at < block.size(); ++at) {
        for (int pattern = 1; pattern < 256; ++pattern) {
            Buffer damaged = block;
            damaged[at] ^= static_cast<Byte>(pattern);
            // Another block follows, or nothing does: neither may mislead.
            if (pattern % 2 == 0) append(damaged, block_at(kIndex + 3, {"next"}));
            ASSERT_EQ(find(damaged), (WrongByte{at, damaged[at], block[at]})) << pattern;
        }
    }
}

TEST(FindWrongByte, ClaimsNothingAboutTwoWrongBytes) {
    const Buffer block = block_at(kIndex, {"first", "second entry", "third"});
    for (std::size_t at = 0; at + 1 < block.size(); ++at) {
        Buffer damaged = block;
        damaged[at] ^= 0x21;
        damaged[at + 1] ^= 0x42;
        ASSERT_EQ(find(damaged), std::nullopt) << at;
    }
}

TEST(FindWrongByte, ClaimsNothingAboutTheBlockOfAnotherPlace) {
    const Buffer block = block_at(kIndex, {"first"});
    EXPECT_EQ(find_wrong_byte(block, kMark, *Frontier::from(kIndex, {Digest{{1}}, Digest{{2}}})),
              std::nullopt);
    EXPECT_EQ(find_wrong_byte(block, kMark, tree_of(kIndex + 0x0101)), std::nullopt);
    EXPECT_EQ(find(block), std::nullopt);
    EXPECT_EQ(find(Bytes(block).first(30)), std::nullopt);
}

TEST(FindWrongHeaderByte, NamesEveryByte) {
    SegmentHeader header;
    header.mark = kMark;
    header.origin = "gw1.example/main";
    const Buffer bytes = encode_segment_header(header);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Buffer damaged = bytes;
        damaged[at] ^= 0x5a;
        ASSERT_EQ(find_wrong_header_byte(damaged), (WrongByte{at, damaged[at], bytes[at]}));
    }
    EXPECT_EQ(find_wrong_header_byte(Bytes(bytes).first(100)), std::nullopt);
}

TEST(GoodBlockFollows, FindsABlockOfALaterEntryBehindWhatIsBroken) {
    Buffer bytes = block_at(kIndex, {"first"});
    bytes[60] ^= 1;
    EXPECT_FALSE(good_block_follows(bytes, kMark, kIndex));
    Buffer with_next = bytes;
    append(with_next, block_at(kIndex + 1, {"next"}));
    EXPECT_TRUE(good_block_follows(with_next, kMark, kIndex));
    Buffer with_old = bytes;  // what stood there before
    append(with_old, block_at(kIndex - 1, {"old"}));
    EXPECT_FALSE(good_block_follows(with_old, kMark, kIndex));
}

TEST(GoodBlockFollows, DoesNotLookIntoTheBrokenBlockItself) {
    const Buffer inner = block_at(kIndex + 1, {"inner"});
    Buffer bytes = block_at(kIndex, {std::string(as_text(inner))});
    bytes[20] ^= 1;
    EXPECT_FALSE(good_block_follows(bytes, kMark, kIndex));
}

TEST(InUnwrittenSector, ASectorOfZerosMayBeATear) {
    Buffer block(1000, 1);
    std::fill(block.begin() + 612, block.end(), Byte{0});  // sectors begin at 100 and 612
    EXPECT_TRUE(in_unwritten_sector(block, 412, {700, 0, 5}));
    EXPECT_FALSE(in_unwritten_sector(block, 412, {611, 0, 5}));
    block[999] = 1;
    EXPECT_FALSE(in_unwritten_sector(block, 412, {700, 0, 5}));
}

}  // namespace
}  // namespace sluice::audit
