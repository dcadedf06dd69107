#include "auditlog/tiles.h"

#include <gtest/gtest.h>

#include <bit>

#include "auditlog/recover.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using audit::Node;

// The size that C2SP tlog-tiles explains its tiles with.
TEST(Tiles, ATreeOf70000HasTheTilesOfTheSpecification) {
    const TempDirectory directory;
    FaultPlan plan;
    FaultyFileSystem files(plan);
    TileWriter tiles(files, directory.path());
    ASSERT_TRUE(tiles.open(0));
    audit::Frontier tree;
    for (std::uint64_t n = 0; n < 70'000; ++n)
        tree.add(Digest{},
                 [&](const Node& node, const Digest& digest) { tiles.add(node, digest); });
    ASSERT_TRUE(tiles.sync());
    EXPECT_EQ(std::filesystem::file_size(directory.path() / "tiles.1"), 273u * 32);
    EXPECT_EQ(std::filesystem::file_size(directory.path() / "tiles.2"), 32u);
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "tiles.3"));
}

class LogTree : public ::testing::Test {
  protected:
    static constexpr std::uint64_t kEntries = 1400;

    void SetUp() override {
        LogBuilder builder(directory_.path());
        for (std::uint64_t n = 0; n < kEntries; n += 70) {
            if (n % 350 == 0 && n > 0) builder.roll();
            builder.block_of(70);
        }
        builder.close();
        for (std::uint64_t n = 0; n < kEntries; ++n) {
            Buffer entry;
            audit::encode(numbered(n), entry);
            leaves_.push_back(audit::leaf_hash(entry));
        }
    }
    [[nodiscard]] Digest root(std::uint64_t from, std::uint64_t to) const {
        audit::Frontier tree;
        for (std::uint64_t n = from; n < to; ++n) tree.add(leaves_[n]);
        return tree.root();
    }
    void expect_all_nodes() const {
        TreeReader reader(directory_.path());
        for (unsigned level = 0; level <= 10; ++level)
            for (std::uint64_t index = 0; (index + 1) << level <= kEntries;
                 index += level < 3 ? 7 : 1) {
                const auto digest = reader.read({level, index});
                ASSERT_TRUE(digest) << digest.error().context;
                ASSERT_EQ(*digest, root(index << level, (index + 1) << level))
                    << level << " " << index;
            }
    }
    Result<std::unique_ptr<SegmentWriter>> recovered() {
        return recover(files_, {directory_.path(), kOrigin, 1u << 20});
    }
    [[nodiscard]] std::filesystem::path tile_file() const {
        return directory_.path() / tile_file_name(1);
    }

    const TempDirectory directory_;
    FaultPlan plan_;
    FaultyFileSystem files_{plan_};
    std::vector<Digest> leaves_;
};

TEST_F(LogTree, EveryNodeIsReadWithTilesAndWithout) {
    EXPECT_EQ(contents(tile_file()).size(), 5u * 32);
    expect_all_nodes();
    std::filesystem::resize_file(tile_file(), 2 * 32 + 7);
    expect_all_nodes();
    std::filesystem::remove(tile_file());
    expect_all_nodes();
}

TEST_F(LogTree, WhatIsNotThereIsSaid) {
    TreeReader reader(directory_.path());
    EXPECT_EQ(reader.read({0, kEntries}).error().code, Errc::truncated);
    EXPECT_EQ(reader.read({8, kEntries / 256}).error().code, Errc::truncated);
    EXPECT_EQ(TreeReader(directory_.path() / "none").read({0, 0}).error().code, Errc::unavailable);
    EXPECT_EQ(read_entry(directory_.path(), kEntries).error().code, Errc::truncated);
}

TEST_F(LogTree, ProofsMadeOfItHold) {
    TreeReader reader(directory_.path());
    const Digest whole = root(0, kEntries);
    for (const std::uint64_t index : {0u, 255u, 256u, 700u, 1023u, 1024u, 1399u}) {
        const auto proof = audit::prove_inclusion(index, kEntries, reader.reader());
        ASSERT_TRUE(proof) << proof.error().context;
        EXPECT_TRUE(audit::is_included(leaves_[index], index, kEntries, *proof, whole));
        const auto entry = read_entry(directory_.path(), index);
        ASSERT_TRUE(entry);
        EXPECT_EQ(audit::leaf_hash(*entry), leaves_[index]);
    }
    for (const std::uint64_t before : {1u, 256u, 513u, 1399u}) {
        const auto proof = audit::prove_consistency(before, kEntries, reader.reader());
        ASSERT_TRUE(proof);
        EXPECT_TRUE(audit::is_consistent({before, root(0, before)}, {kEntries, whole}, *proof));
    }
}

// What a crash may leave: nothing of what the newest segment completed, or something else there.
TEST_F(LogTree, TilesOfTheNewestSegmentAreWrittenAgainWhenItIsOpened) {
    const Buffer sound = contents(tile_file());
    for (const std::size_t size : {std::size_t{4 * 32}, std::size_t{4 * 32 + 5}, sound.size()}) {
        Buffer left(sound.begin(), sound.begin() + 4 * 32);
        left.resize(size, 0x77);
        replace_contents(tile_file(), left);
        {
            auto writer = recovered();
            ASSERT_TRUE(writer) << writer.error().context;
            ASSERT_TRUE((*writer)->close());
        }
        EXPECT_EQ(contents(tile_file()), sound) << size;
    }
}

TEST_F(LogTree, TilesThatAreGoneAreMadeAgain) {
    const Buffer sound = contents(tile_file());
    std::filesystem::remove(tile_file());
    ASSERT_TRUE(recovered());
    EXPECT_EQ(contents(tile_file()), sound);
    std::filesystem::resize_file(tile_file(), 32);
    ASSERT_TRUE(recovered());
    EXPECT_EQ(contents(tile_file()), sound);
}

TEST_F(LogTree, TilesOfALogThatIsGoneAreCut) {
    for (const auto& path : segments_in(directory_.path())) std::filesystem::remove(path);
    ASSERT_TRUE(recovered());
    EXPECT_EQ(contents(tile_file()).size(), 0u);
}

TEST_F(LogTree, ATileThatCouldNotBeWrittenIsTriedAgain) {
    for (std::uint64_t step = 0; step < 2; ++step) {
        const TempDirectory directory;
        SegmentWriter writer(files_, {directory.path(), kOrigin, 1u << 20});
        ASSERT_TRUE(writer.start({}));
        Buffer body;
        for (std::uint64_t n = 0; n < 256; ++n) append_entry(body, numbered(n));
        plan_.fail_once(3 + step, Fault::eio);  // behind the block: its space, write and sync
        ASSERT_TRUE(writer.append({body}, 256, {}));
        plan_.fail_nothing();
        Buffer next;
        append_entry(next, numbered(256));
        ASSERT_TRUE(writer.append({next}, 1, {}));
        const Buffer tile = contents(directory.path() / tile_file_name(1));
        ASSERT_EQ(tile.size(), 32u) << step;
        const Digest expected = root(0, 256);
        EXPECT_EQ(Buffer(expected.bytes.begin(), expected.bytes.end()), tile);
    }
}

}  // namespace
}  // namespace sluice::auditlog
