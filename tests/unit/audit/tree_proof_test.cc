#include "audit/tree_proof.h"

#include <gtest/gtest.h>

#include "unit/audit/trees.h"

namespace sluice::audit {
namespace {

constexpr std::uint64_t kSize = 40;

class TreeProofs : public ::testing::Test {
  protected:
    [[nodiscard]] NodeReader reader(std::uint64_t size) const {
        return [this, size](const Node& node) -> Result<Digest> {
            EXPECT_LE((node.index + 1) << node.level, size) << "a node that is not complete";
            return tree_.at(node);
        };
    }
    [[nodiscard]] TreeHead head(std::uint64_t size) const { return {size, tree_.root(0, size)}; }
    const testing::Tree tree_{kSize};
};

TEST_F(TreeProofs, EveryEntryOfEveryTreeIsProved) {
    for (std::uint64_t size = 1; size <= kSize; ++size) {
        EXPECT_EQ(*read_root(size, reader(size)), head(size).root);
        for (std::uint64_t index = 0; index < size; ++index) {
            const auto proof = prove_inclusion(index, size, reader(size));
            ASSERT_TRUE(proof);
            EXPECT_TRUE(is_included(tree_.leaf(index), index, size, *proof, head(size).root));
        }
    }
}

TEST_F(TreeProofs, AnEntryIsProvedAtNoOtherPlaceAndInNoOtherTree) {
    for (std::uint64_t size = 1; size <= kSize; ++size)
        for (std::uint64_t index = 0; index < size; ++index) {
            const auto proof = *prove_inclusion(index, size, reader(size));
            const Digest root = head(size).root;
            for (std::uint64_t other = 0; other < size + 3; ++other) {
                EXPECT_EQ(is_included(tree_.leaf(index), other, size, proof, root), other == index);
            }
            EXPECT_FALSE(is_included(tree_.leaf((index + 1) % kSize), index, size, proof, root));
            EXPECT_FALSE(is_included(tree_.leaf(index), index, size, proof, tree_.leaf(0)) &&
                         size > 1);
            auto longer = proof;
            longer.push_back(root);
            EXPECT_FALSE(is_included(tree_.leaf(index), index, size, longer, root));
            for (std::size_t n = 0; n < proof.size(); ++n) {
                auto changed = proof;
                changed[n].bytes[n % 32] ^= 1;
                EXPECT_FALSE(is_included(tree_.leaf(index), index, size, changed, root));
                changed = proof;
                changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(n));
                EXPECT_FALSE(is_included(tree_.leaf(index), index, size, changed, root));
            }
        }
}

TEST_F(TreeProofs, EveryTreeIsTheBeginningOfEveryLargerOne) {
    for (std::uint64_t size = 1; size <= kSize; ++size)
        for (std::uint64_t before = 1; before <= size; ++before) {
            const auto proof = prove_consistency(before, size, reader(size));
            ASSERT_TRUE(proof);
            EXPECT_TRUE(is_consistent(head(before), head(size), *proof)) << before << " " << size;
            EXPECT_EQ(is_consistent(head(size), head(before), *proof), size == before);
        }
    EXPECT_TRUE(is_consistent({0, Frontier().root()}, head(5), {}));
}

TEST_F(TreeProofs, ATreeThatWasChangedIsNotTheBeginning) {
    for (std::uint64_t size = 2; size <= kSize; ++size)
        for (std::uint64_t before = 1; before < size; ++before) {
            const auto proof = *prove_consistency(before, size, reader(size));
            TreeHead forged = head(before);
            forged.root.bytes[31] ^= 1;
            EXPECT_FALSE(is_consistent(forged, head(size), proof));
            TreeHead grown = head(size);
            grown.root.bytes[0] ^= 1;
            EXPECT_FALSE(is_consistent(head(before), grown, proof));
            for (std::size_t n = 0; n < proof.size(); ++n) {
                auto changed = proof;
                changed[n].bytes[5] ^= 0x80;
                EXPECT_FALSE(is_consistent(head(before), head(size), changed));
                changed = proof;
                changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(n));
                EXPECT_FALSE(is_consistent(head(before), head(size), changed));
            }
            auto longer = proof;
            longer.push_back(head(size).root);
            EXPECT_FALSE(is_consistent(head(before), head(size), longer));
        }
    EXPECT_FALSE(is_consistent({0, Digest{}}, head(5), {}));
    EXPECT_FALSE(is_consistent({5, Digest{}}, head(5), {}));
}

TEST_F(TreeProofs, WhatTheReaderCannotReadIsSaid) {
    const NodeReader failing = [](const Node&) -> Result<Digest> {
        return Error{Errc::io, "read a tile: no such file"};
    };
    EXPECT_EQ(prove_inclusion(3, 9, failing).error().code, Errc::io);
    EXPECT_EQ(prove_consistency(3, 9, failing).error().code, Errc::io);
    EXPECT_EQ(read_root(9, failing).error().code, Errc::io);
}

TEST(Tiles, StandWhereC2spPutsThem) {
    EXPECT_EQ(path_of({0, 1'234'067}), "tile/0/x001/x234/067");
    EXPECT_EQ(path_of({0, 0}), "tile/0/000");
    EXPECT_EQ(path_of({1, 1, 17}), "tile/1/001.p/17");
    EXPECT_EQ(path_of({Tile::kEntries, 273, 112}), "tile/entries/273.p/112");
    for (const Tile tile : {Tile{0, 1'234'067}, Tile{63, 999}, Tile{2, 1000, 1},
                            Tile{Tile::kEntries, 12, 255}, Tile{0, UINT64_MAX / 2000}})
        EXPECT_EQ(*tile_of(path_of(tile)), tile) << path_of(tile);
}

TEST(Tiles, OtherPathsAreNone) {
    for (const char* path : {"",
                             "tile",
                             "tile/",
                             "tile/0",
                             "tile/0/",
                             "tile/64/000",
                             "tile/00/000",
                             "tile/0/0",
                             "tile/0/1234",
                             "tile/0/x001",
                             "tile/0/001/234",
                             "tile/0/x000/001",
                             "tile/0/000.p/0",
                             "tile/0/000.p/256",
                             "tile/0/000.p/01",
                             "tile/0/000.p/",
                             "tile/-1/000",
                             "tile/0/-01",
                             "tile/entries",
                             "tile/entry/000",
                             "/tile/0/000",
                             "tile/0/000/",
                             "tile/0/../000",
                             "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                             "tile/0/ 00",
                             "tile/0/+00"})
        EXPECT_FALSE(tile_of(path)) << path;
}

}  // namespace
}  // namespace sluice::audit
