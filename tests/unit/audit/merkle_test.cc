#include "audit/merkle.h"

#include <gtest/gtest.h>

#include "unit/audit/trees.h"

namespace sluice::audit {
namespace {

using testing::hex;

TEST(Merkle, TheEmptyTreeIsTheHashOfNothing) {
    EXPECT_EQ(hex(Frontier().root()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(leaf_hash({})),
              "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

// The trees that implementations of Certificate Transparency are tried with.
TEST(Merkle, GrowsThroughTheRootsThatEverybodyKnows) {
    const std::vector<Buffer> entries{{},
                                      {0x00},
                                      {0x10},
                                      {0x20, 0x21},
                                      {0x30, 0x31},
                                      {0x40, 0x41, 0x42, 0x43},
                                      {0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57},
                                      {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
                                       0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f}};
    const std::vector<std::string> roots{
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    Frontier frontier;
    for (std::size_t n = 0; n < entries.size(); ++n) {
        frontier.add(leaf_hash(entries[n]));
        EXPECT_EQ(hex(frontier.root()), roots[n]) << n;
    }
}

TEST(Merkle, AFrontierHasTheRootOfTheDefinitionAtEverySize) {
    const testing::Tree tree(300);
    Frontier frontier;
    for (std::uint64_t size = 1; size <= 300; ++size) {
        frontier.add(tree.leaf(size - 1));
        EXPECT_EQ(frontier.size(), size);
        EXPECT_EQ(frontier.root(), tree.root(0, size)) << size;
    }
}

TEST(Merkle, EveryNodeIsToldOnceWhenItIsComplete) {
    const testing::Tree tree(70);
    Frontier frontier;
    std::size_t told = 0;
    for (std::uint64_t n = 0; n < 70; ++n)
        frontier.add(tree.leaf(n), [&](const Node& node, const Digest& digest) {
            ++told;
            EXPECT_EQ((node.index + 1) << node.level, n + 1);
            EXPECT_EQ(digest, tree.at(node));
        });
    EXPECT_EQ(told, 35u + 17 + 8 + 4 + 2 + 1);
}

TEST(Merkle, GoesOnFromItsSubtrees) {
    const testing::Tree tree(50);
    Frontier frontier;
    for (std::uint64_t n = 0; n < 37; ++n) frontier.add(tree.leaf(n));
    const auto subtrees = frontier.subtrees();
    auto other = Frontier::from(37, {subtrees.begin(), subtrees.end()});
    ASSERT_TRUE(other);
    EXPECT_EQ(*other, frontier);
    for (std::uint64_t n = 37; n < 50; ++n) other->add(tree.leaf(n));
    EXPECT_EQ(other->root(), tree.root(0, 50));
}

TEST(Merkle, IsNotMadeOfTooFewOrTooManySubtrees) {
    EXPECT_FALSE(Frontier::from(3, {Digest{}}));
    EXPECT_FALSE(Frontier::from(4, {Digest{}, Digest{}}));
    EXPECT_FALSE(Frontier::from(0, {Digest{}}));
    EXPECT_TRUE(Frontier::from(0, {}));
}

}  // namespace
}  // namespace sluice::audit
