#include "audit/note.h"

#include <gtest/gtest.h>

#include "audit/base64.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

const std::string kText = "one line\nand another\n";

NoteSigner signer(std::string_view name, Byte seed = 1) {
    std::array<Byte, 32> bytes{};
    bytes.fill(seed);
    return *NoteSigner::make(name, bytes);
}

Errc refusal(std::string_view note, const std::vector<NoteVerifier>& keys) {
    const auto opened = open_note(note, keys);
    EXPECT_FALSE(opened);
    return opened ? Errc::io : opened.error().code;
}

// From the documentation of Go's golang.org/x/mod/sumdb/note.
TEST(Note, OpensTheOneOfTheGoLibrary) {
    const auto key =
        NoteVerifier::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    ASSERT_TRUE(key);
    const std::string text =
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n";
    const std::string note = text +
                             "\n\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAc"
                             "ElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const auto opened = open_note(note, {&*key, 1});
    ASSERT_TRUE(opened) << opened.error().context;
    EXPECT_EQ(opened->text, text);
    const auto secret = NoteSigner::parse(
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->verifier(), *key);
    EXPECT_EQ(sign_note(text, {&*secret, 1}), note);
}

TEST(Note, KeysAreTheSameAfterTheyWereText) {
    const NoteSigner made = signer("gw1.example/main");
    EXPECT_EQ(*NoteVerifier::parse(made.verifier().to_text()), made.verifier());
    const auto again = NoteSigner::parse(made.to_secret_text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->sign(kText), made.sign(kText));
}

TEST(Note, TextThatIsNoKeyIsNone) {
    const std::string good = signer("a").verifier().to_text();
    EXPECT_TRUE(NoteVerifier::parse(good));
    std::string other_id = good;
    other_id[2] = other_id[2] == '0' ? '1' : '0';
    std::string other_type = "a+00000000+" + encode_base64(Buffer(33, 2));
    for (const std::string& text :
         {std::string(), std::string("a"), std::string("a+b+c"), good.substr(0, good.size() - 4),
          good + "AAAA", "+" + good, " " + good, other_id, other_type, "a b" + good.substr(1)})
        EXPECT_FALSE(NoteVerifier::parse(text)) << text;
    EXPECT_FALSE(NoteSigner::parse(good));
    EXPECT_FALSE(NoteSigner::parse("PRIVATE+KEY+" + other_id));
}

TEST(Note, NamesAreWithoutBlanksAndPlus) {
    const std::array<Byte, 32> seed{};
    for (const char* name : {"", "a b", "a+b", "a\nb", "\xc2\xa0", "a\x7f"})
        EXPECT_FALSE(NoteSigner::make(name, seed)) << name;
}

TEST(Note, OneKeyThatIsTrustedIsEnough) {
    const std::vector<NoteSigner> both{signer("a", 1), signer("b", 2)};
    const std::string note = sign_note(kText, both);
    const std::vector<NoteVerifier> second{both[1].verifier()};
    const auto opened = open_note(note, second);
    ASSERT_TRUE(opened);
    ASSERT_EQ(opened->signed_by.size(), 1u);
    EXPECT_EQ(opened->signed_by[0]->name(), "b");
    EXPECT_EQ(refusal(note, {signer("c", 3).verifier()}), Errc::denied);
    EXPECT_EQ(refusal(note, {}), Errc::denied);
    // The same name or the same key alone is another one.
    EXPECT_EQ(refusal(note, {signer("a", 2).verifier(), signer("b", 1).verifier()}), Errc::denied);
}

TEST(Note, EveryBitOfTextAndSignatureCounts) {
    const NoteSigner made = signer("a");
    const std::string note = sign_note(kText, {&made, 1});
    ASSERT_TRUE(open_note(note, std::array{made.verifier()}));
    for (std::size_t at = 0; at < note.size(); ++at)
        for (const int bit : {1, 2, 4, 8, 16, 32, 64, 128}) {
            std::string changed = note;
            changed[at] = static_cast<char>(changed[at] ^ bit);
            EXPECT_FALSE(open_note(changed, std::array{made.verifier()})) << at << " " << bit;
        }
    for (std::size_t length = 0; length < note.size(); ++length)
        EXPECT_FALSE(open_note(note.substr(0, length), std::array{made.verifier()})) << length;
}

TEST(Note, AWrongSignatureOfATrustedKeyRefusesAll) {
    const std::vector<NoteSigner> both{signer("a", 1), signer("b", 2)};
    const std::string note = kText + "\n" + both[0].sign(kText) + both[1].sign("another text\n");
    EXPECT_EQ(refusal(note, {both[0].verifier(), both[1].verifier()}), Errc::corrupt);
    EXPECT_TRUE(open_note(note, std::array{both[0].verifier()}));
}

TEST(Note, TheTextMayHaveEmptyLines) {
    const NoteSigner made = signer("a");
    const std::string text = "a\n\n\xe2\x80\x94 not a signature\n\nb\n";
    const auto opened = open_note(sign_note(text, {&made, 1}), std::array{made.verifier()});
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->text, text);
}

TEST(Note, MoreSignaturesThanTheLimitAreRefused) {
    const NoteSigner made = signer("a");
    std::string note = kText + "\n";
    for (std::size_t n = 0; n < limits::audit_note_signatures_max; ++n) note += made.sign(kText);
    EXPECT_TRUE(open_note(note, std::array{made.verifier()}));
    EXPECT_EQ(refusal(note + made.sign(kText), {made.verifier()}), Errc::malformed);
}

TEST(Note, ControlBytesAndBrokenTextAreNoNote) {
    const NoteSigner made = signer("a");
    for (const char* text : {"a\tb\n", "a\rb\n", "\xff\n", "a\x01\n"})
        EXPECT_EQ(refusal(sign_note(text, {&made, 1}), {made.verifier()}), Errc::malformed);
}

}  // namespace
}  // namespace sluice::audit
