#include "audit/checkpoint.h"

#include <gtest/gtest.h>

#include <array>

#include "base/limits.h"
#include "unit/audit/trees.h"

namespace sluice::audit {
namespace {

const std::string kOrigin = "gw1.example/main";

NoteSigner signer(std::string_view name = kOrigin, Byte seed = 1) {
    std::array<Byte, 32> bytes{};
    bytes.fill(seed);
    return *NoteSigner::make(name, bytes);
}

std::string signed_head(const TreeHead& head, const NoteSigner& by = signer()) {
    return sign_note(to_text(Checkpoint{kOrigin, head}), {&by, 1});
}

// Entry 5 of 11.
EntryProof example() {
    const testing::Tree tree(11);
    const auto path =
        prove_inclusion(5, 11, [&](const Node& node) -> Result<Digest> { return tree.at(node); });
    return {5, {'5'}, *path, signed_head({11, tree.root(0, 11)})};
}

TEST(Checkpoint, IsThreeLines) {
    const Checkpoint checkpoint{kOrigin, {0, Frontier().root()}};
    EXPECT_EQ(to_text(checkpoint),
              "gw1.example/main\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    EXPECT_EQ(*parse_checkpoint(to_text(checkpoint)), checkpoint);
    EXPECT_EQ(*parse_checkpoint(to_text(checkpoint) + "an extension\n"), checkpoint);
}

TEST(Checkpoint, OtherTextIsNone) {
    const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    const std::vector<std::string> texts{"",
                                         "a\n0\n",
                                         "a\n0\n" + root.substr(0, root.size() - 1),
                                         "\n0\n" + root,
                                         "a\n00\n" + root,
                                         "a\n-1\n" + root,
                                         "a\n+1\n" + root,
                                         "a\n1 \n" + root,
                                         "a\n18446744073709551616\n" + root,
                                         "a\n0\nAAAA\n",
                                         "a\n0\n" + root + "\n",
                                         "a\n0\n" + root + "unfinished"};
    for (const std::string& text : texts) EXPECT_FALSE(parse_checkpoint(text)) << text;
}

TEST(Checkpoint, CountsOnlyOfItsLogAndSignedByAKeyOfIt) {
    const TreeHead head{3, Digest{}};
    const std::array keys{signer().verifier()};
    EXPECT_EQ(open_checkpoint(signed_head(head), kOrigin, keys)->head, head);
    EXPECT_EQ(open_checkpoint(signed_head(head), "gw2.example/main", keys).error().code,
              Errc::denied);
    EXPECT_EQ(open_checkpoint(signed_head(head, signer("x", 9)), kOrigin, keys).error().code,
              Errc::denied);
}

TEST(EntryProof, IsCheckedWithNothingButAKey) {
    const EntryProof proof = example();
    const auto read = parse_proof(to_text(proof));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, proof);
    const auto checked = check_proof(*read, kOrigin, std::array{signer().verifier()});
    ASSERT_TRUE(checked) << checked.error().context;
    EXPECT_EQ(checked->head.size, 11u);
}

TEST(EntryProof, OfAnotherEntryOrPlaceIsWrong) {
    const std::array keys{signer().verifier()};
    EntryProof proof = example();
    proof.entry = {'6'};
    EXPECT_EQ(check_proof(proof, kOrigin, keys).error().code, Errc::corrupt);
    proof = example();
    proof.index = 6;
    EXPECT_EQ(check_proof(proof, kOrigin, keys).error().code, Errc::corrupt);
    proof = example();
    proof.path.pop_back();
    EXPECT_EQ(check_proof(proof, kOrigin, keys).error().code, Errc::corrupt);
}

TEST(EntryProof, NoBitOfItsTextCanBeChanged) {
    const std::array keys{signer().verifier()};
    const std::string text = to_text(example());
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto read = parse_proof(changed);
        EXPECT_FALSE(read && check_proof(*read, kOrigin, keys)) << at;
        const auto shorter = parse_proof(text.substr(0, at));
        EXPECT_FALSE(shorter && check_proof(*shorter, kOrigin, keys)) << at;
    }
}

TEST(EntryProof, TooLongATextIsNotRead) {
    EXPECT_EQ(parse_proof(std::string(limits::audit_proof_bytes_max + 1, 'x')).error().code,
              Errc::too_large);
    // The longest there can be fits.
    EntryProof proof;
    proof.entry = Buffer(limits::audit_entry_bytes_max, 'e');
    proof.path.resize(64);
    proof.index = UINT64_MAX;
    proof.checkpoint = signed_head({UINT64_MAX, Digest{}});
    EXPECT_EQ(*parse_proof(to_text(proof)), proof);
}

}  // namespace
}  // namespace sluice::audit
