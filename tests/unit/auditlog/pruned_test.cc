#include "auditlog/pruned.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

Digest digest(Byte fill) {
    Digest made;
    made.bytes.fill(fill);
    return made;
}

audit::Frontier tree_of(std::uint64_t size) {
    audit::Frontier tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.add(digest(static_cast<Byte>(i)));
    return tree;
}

const Pruned kExample{7, 515, {digest(0), digest(1), digest(2)}};

TEST(PrunedFile, ComesBackFromItsEncoding) {
    const auto decoded = decode_pruned(encode_pruned(kExample));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, kExample);
}

TEST(PrunedFile, AnyChangedByteAndAnyOtherLengthIsFound) {
    const Buffer good = encode_pruned(kExample);
    for (std::size_t at = 0; at < good.size(); ++at) {
        Buffer changed = good;
        changed[at] ^= 1;
        EXPECT_FALSE(decode_pruned(changed)) << at;
        EXPECT_FALSE(decode_pruned(Bytes(good).first(at))) << at;
    }
}

TEST(PrunedFile, NumbersThatDoNotFitAreRefused) {
    EXPECT_FALSE(decode_pruned(encode_pruned({7, 516, kExample.leaves})));
    EXPECT_FALSE(decode_pruned(encode_pruned({0, 515, kExample.leaves})));
    EXPECT_FALSE(decode_pruned(encode_pruned({7, 0, {}})));
}

TEST(PrunedFile, OfALogThatDroppedNothingIsNotThere) {
    const TempDirectory directory;
    EXPECT_EQ(*read_pruned(directory.path()), Pruned());
    const auto files = real_file_system();
    ASSERT_TRUE(write_pruned(*files, directory.path(), kExample));
    EXPECT_EQ(*read_pruned(directory.path()), kExample);
}

TEST(PrunedFile, IsHeldAgainstTheTreeOfWhatWasDropped) {
    const Pruned pruned{7, 515, {digest(0), digest(1), digest(2)}};
    EXPECT_TRUE(leads_to(pruned, tree_of(515)));
    EXPECT_FALSE(leads_to(pruned, tree_of(514)));
    EXPECT_FALSE(leads_to({7, 515, {digest(0), digest(1), digest(9)}}, tree_of(515)));
    EXPECT_TRUE(leads_to({7, 512, {}}, tree_of(512)));
}

}  // namespace
}  // namespace sluice::auditlog
