#include <gtest/gtest.h>

#include "auditlog/reader.h"
#include "base/crc32c.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using Damage = VerifyReport::Damage;

class Verify : public ::testing::Test {
  protected:
    // Three segments: entries 0-4, 5-6 and 7-9.
    void SetUp() override {
        LogBuilder builder(directory_.path());
        builder.block_of(2).block_of(2).block_of(1).roll().block_of(2).roll().block_of(1).block_of(
            2);
        builder.close();
        segments_ = segments_in(directory_.path());
        ASSERT_EQ(segments_.size(), 3u);
    }
    [[nodiscard]] VerifyReport report() const {
        const auto report = verify(directory_.path());
        EXPECT_TRUE(report) << (report ? "" : report.error().context);
        return report ? *report : VerifyReport{};
    }
    [[nodiscard]] Damage damage() const { return report().damage.value_or(Damage{}); }

    static Bytes body_at(const Buffer& segment, std::size_t start) {
        const auto header = audit::decode_block_header(
            Bytes(segment).subspan(start).first<audit::kBlockHeaderBytes>());
        return Bytes(segment).subspan(start + audit::kBlockHeaderBytes, header.body_bytes);
    }
    // Gives a block the checksum of what it holds now, as somebody with an editor and our sources
    // would.
    static void fix_checksum(Buffer& segment, std::size_t start) {
        auto header = audit::decode_block_header(
            Bytes(segment).subspan(start).first<audit::kBlockHeaderBytes>());
        header.crc = crc32c(body_at(segment, start), audit::block_header_crc(header));
        audit::encode_block_header(
            header, std::span(segment).subspan(start).first<audit::kBlockHeaderBytes>());
    }

    TempDirectory directory_;
    std::vector<std::filesystem::path> segments_;
};

TEST_F(Verify, PassesASoundLogAndCountsIt) {
    VerifyReport expected;
    expected.segments = 3;
    expected.entries = 10;
    for (const auto& path : segments_) expected.bytes += std::filesystem::file_size(path);
    EXPECT_EQ(report(), expected);
}

TEST_F(Verify, FlippedByteIsNamed) {
    for (const auto& path : segments_) {
        const Buffer bytes = contents(path);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            flip(path, at);
            const Damage found = damage();
            char what[64];
            std::snprintf(what, sizeof what, "this byte is 0x%02x and was 0x%02x", bytes[at] ^ 0x5a,
                          bytes[at]);
            ASSERT_EQ(found.file, path) << at;
            ASSERT_EQ(found.byte, at) << path;
            ASSERT_EQ(found.what, what);
            flip(path, at);
        }
    }
}

TEST_F(Verify, FlippedByteIsNamedWithItsEntry) {
    const auto starts = block_starts(contents(segments_[0]));
    flip(segments_[0], starts[2] - 1);  // the last byte of entry 3
    EXPECT_EQ(damage().index, 3u);
    flip(segments_[0], starts[2] - 1);
    flip(segments_[0], starts[1] + audit::kBlockHeaderBytes);  // the length of entry 2
    EXPECT_EQ(damage().index, 2u);
}

TEST_F(Verify, TwoFlippedBytesAreFoundInTheirBlock) {
    const auto starts = block_starts(contents(segments_[0]));
    flip(segments_[0], starts[1] + 70);
    flip(segments_[0], starts[1] + 90);
    EXPECT_EQ(damage(), (Damage{segments_[0], starts[1], 2,
                                "the checksum of a block does not match", false}));
}

TEST_F(Verify, DroppedBlockLeavesAHoleThatIsNamed) {
    Buffer bytes = contents(segments_[0]);
    const auto starts = block_starts(bytes);
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(starts[1]),
                bytes.begin() + static_cast<std::ptrdiff_t>(starts[2]));
    replace_contents(segments_[0], bytes);
    EXPECT_EQ(damage(), (Damage{segments_[0], starts[1], 2,
                                "entries 2 to 3 are missing before this block", false}));
}

TEST_F(Verify, DroppedBlockBreaksTheTree) {
    Buffer bytes = contents(segments_[0]);
    const auto starts = block_starts(bytes);
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(starts[1]),
                bytes.begin() + static_cast<std::ptrdiff_t>(starts[2]));
    store_be<std::uint64_t>(bytes.data() + starts[1] + 8, 2);  // the next one takes its place
    fix_checksum(bytes, starts[1]);
    replace_contents(segments_[0], bytes);
    EXPECT_EQ(damage(),
              (Damage{segments_[0], starts[1], 2,
                      "the hash tree breaks in this block of 1 entries: somebody changed, swapped "
                      "or took out an entry",
                      false}));
}

TEST_F(Verify, RepeatedBlockIsNamed) {
    Buffer bytes = contents(segments_[0]);
    const auto starts = block_starts(bytes);
    const Buffer block(bytes.begin() + static_cast<std::ptrdiff_t>(starts[0]),
                       bytes.begin() + static_cast<std::ptrdiff_t>(starts[1]));
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(starts[1]), block.begin(),
                 block.end());
    replace_contents(segments_[0], bytes);
    EXPECT_EQ(damage(), (Damage{segments_[0], starts[1], 2,
                                "the block of entry 0 stands here again", false}));
}

TEST_F(Verify, SwappedEntriesBreakTheTree) {
    Buffer bytes = contents(segments_[0]);
    const auto starts = block_starts(bytes);
    Buffer body;
    append_entry(body, numbered(1));
    append_entry(body, numbered(0));
    std::copy(body.begin(), body.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(starts[0] + audit::kBlockHeaderBytes));
    fix_checksum(bytes, starts[0]);
    replace_contents(segments_[0], bytes);
    EXPECT_EQ(damage().byte, starts[0]);
    EXPECT_EQ(damage().what,
              "the hash tree breaks in this block of 2 entries: somebody changed, swapped or took "
              "out an entry");
}

TEST_F(Verify, ChangedEntryOfASealedSegmentBreaksTheTreeEvenWithItsRootMended) {
    Buffer bytes = contents(segments_[0]);
    const auto starts = block_starts(bytes);
    const std::size_t last = starts[2];
    bytes[starts[3] - 1] ^= 1;
    audit::Frontier tree;
    for (const std::size_t start : {starts[0], starts[1], last})
        audit::add_block(tree, body_at(bytes, start));
    const Digest root = tree.root();
    std::copy(root.bytes.begin(), root.bytes.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(last + 24));
    fix_checksum(bytes, last);
    replace_contents(segments_[0], bytes);
    EXPECT_EQ(damage(),
              (Damage{segments_[1], 0, 5,
                      "the hash tree of the segments before does not lead to this one", false}));
}

TEST_F(Verify, TornTailOfASealedSegmentIsDamage) {
    const Buffer bytes = contents(segments_[1]);
    std::filesystem::resize_file(segments_[1], bytes.size() - 10);
    EXPECT_EQ(damage(),
              (Damage{segments_[1], audit::kSegmentHeaderBytes, 5, "a block cut short", false}));
}

TEST_F(Verify, SealedSegmentCutBetweenBlocksIsDamage) {
    const Buffer bytes = contents(segments_[0]);
    const auto starts = block_starts(bytes);
    std::filesystem::resize_file(segments_[0], starts[2]);
    EXPECT_EQ(damage(),
              (Damage{segments_[0], starts[2], 4,
                      "the segment is cut short: it had " + std::to_string(bytes.size()) + " bytes",
                      false}));
}

TEST_F(Verify, BytesAfterASealedSegmentAreDamage) {
    const std::size_t bytes = contents(segments_[1]).size();
    append_contents(segments_[1], "more");
    EXPECT_EQ(damage(),
              (Damage{segments_[1], bytes, 7, "4 bytes follow the end of the segment", false}));
}

TEST_F(Verify, TornTailOfTheNewestSegmentIsUnfinishedAndNoDamage) {
    const Buffer bytes = contents(segments_[2]);
    const auto starts = block_starts(bytes);
    std::filesystem::resize_file(segments_[2], bytes.size() - 10);
    const VerifyReport found = report();
    EXPECT_EQ(found.damage, std::nullopt);
    EXPECT_EQ(found.entries, 8u);
    // The entry may end in zeros, which look like space taken ahead.
    EXPECT_LE(found.unfinished_bytes, bytes.size() - 10 - starts[1]);
    EXPECT_GT(found.unfinished_bytes, audit::kBlockHeaderBytes);
}

TEST_F(Verify, SpaceTakenAheadIsNoDamage) {
    const Buffer bytes = contents(segments_[2]);
    std::filesystem::resize_file(segments_[2], bytes.size() + 100'000);
    EXPECT_EQ(report().damage, std::nullopt);
    EXPECT_EQ(report().unfinished_bytes, 0u);
}

TEST_F(Verify, BrokenBlockOfTheNewestSegmentWithAGoodOneAfterItIsDamage) {
    const auto starts = block_starts(contents(segments_[2]));
    for (std::size_t at = starts[0]; at < starts[0] + 40; ++at) flip(segments_[2], at);
    EXPECT_EQ(damage(), (Damage{segments_[2], starts[0], 7,
                                "no block begins here, and good blocks follow", false}));
}

TEST_F(Verify, MissingSegmentIsMissingData) {
    std::filesystem::remove(segments_[1]);
    EXPECT_EQ(damage(), (Damage{segments_[2], 0, 7, "segment 1 before it is missing", true}));
}

TEST_F(Verify, MissingFirstSegmentsAreMissingData) {
    std::filesystem::remove(segments_[0]);
    std::filesystem::remove(segments_[1]);
    EXPECT_EQ(damage(),
              (Damage{segments_[2], 0, 7, "segments 0 to 1 before it are missing", true}));
}

TEST_F(Verify, SwappedFilesAreNamed) {
    const Buffer first = contents(segments_[0]);
    replace_contents(segments_[0], contents(segments_[1]));
    replace_contents(segments_[1], first);
    EXPECT_EQ(damage(), (Damage{segments_[0], 0, 0,
                                "the file is named as segment 0 and holds segment 1", false}));
}

TEST_F(Verify, SegmentOfAnotherLogIsNamed) {
    const TempDirectory other;
    auto files = real_file_system();
    SegmentWriter writer(*files, {other.path(), "another", 1u << 20});
    ASSERT_TRUE(writer.start({}));
    Buffer header = contents(segments_in(other.path())[0]);
    auto changed = audit::decode_segment_header(header);
    ASSERT_TRUE(changed);
    changed->number = 1;
    changed->tree = *audit::Frontier::from(5, {Digest(), Digest()});
    replace_contents(segments_[1], audit::encode_segment_header(*changed));
    EXPECT_EQ(damage(), (Damage{segments_[1], 0, 5, "a segment of another log, `another`", false}));
}

TEST_F(Verify, HeaderCutShortIsDamage) {
    std::filesystem::resize_file(segments_[1], 100);
    EXPECT_EQ(damage(),
              (Damage{segments_[1], 0, 5, "segment header: shorter than a header", false}));
}

TEST_F(Verify, EntryThatIsNoEventIsNamed) {
    const TempDirectory directory;
    auto files = real_file_system();
    SegmentWriter writer(*files, {directory.path(), kOrigin, 1u << 20});
    const Buffer body = {0, 2, 0x08, 0x08, 0, 3, 'b', 'a', 'd'};
    ASSERT_TRUE(writer.append({body}, 2, {}));
    ASSERT_TRUE(writer.close());
    const auto found = verify(directory.path());
    ASSERT_TRUE(found);
    const auto path = segments_in(directory.path())[0];
    EXPECT_EQ(found->damage,
              (Damage{path, audit::kSegmentHeaderBytes + audit::kBlockHeaderBytes + 4, 1,
                      "audit entry: a length past the end", false}));
}

TEST_F(Verify, TellsItsProgressUpToTheEnd) {
    std::uint64_t done = 0, all = 0;
    ASSERT_TRUE(verify(directory_.path(), {}, [&](std::uint64_t now, std::uint64_t of) {
        done = now;
        all = of;
    }));
    EXPECT_EQ(done, report().bytes);
    EXPECT_EQ(all, done);
}

TEST(VerifyDirectory, WithoutALogIsUnavailable) {
    const TempDirectory directory;
    const auto report = verify(directory.path());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error(),
              (Error{Errc::unavailable,
                     "no audit log in " + directory.path().string() + ": no segment in it"}));
    EXPECT_EQ(verify(directory.path() / "gone").error().code, Errc::unavailable);
}

}  // namespace
}  // namespace sluice::auditlog
