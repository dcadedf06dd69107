#include "audit/note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "audit/base64.h"
#include "audit/utf8.h"
#include "base/check.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

// C2SP signed-note: the type of an Ed25519 signature.
constexpr Byte kEd25519 = 0x01;
constexpr std::size_t kKeyBytes = 32, kSignatureBytes = 64, kIdBytes = 4;
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014, a space
constexpr std::string_view kPrivate = "PRIVATE+KEY+";

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Stricter than C2SP, which forbids only blanks and `+`: of Unicode's blanks nobody keeps a list.
bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= limits::audit_origin_bytes_max &&
           std::all_of(name.begin(), name.end(),
                       [](char byte) { return byte > ' ' && byte < 0x7f && byte != '+'; });
}

std::uint32_t id_of(std::string_view name, std::span<const Byte, kKeyBytes> key) {
    std::string hashed(name);
    hashed += '\n';
    hashed += static_cast<char>(kEd25519);
    hashed.append(key.begin(), key.end());
    std::array<Byte, EVP_MAX_MD_SIZE> digest{};
    SLUICE_CHECK(EVP_Digest(hashed.data(), hashed.size(), digest.data(), nullptr, EVP_sha256(),
                            nullptr) == 1);
    return load_be<std::uint32_t>(digest.data());
}

std::string hex_of(std::uint32_t id) {
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", id);
    return text.data();
}

Error malformed(const char* what) {
    return {Errc::malformed, what};
}

// NAME+ID+KEY
struct KeyText {
    std::string name;
    std::uint32_t id = 0;
    std::array<Byte, kKeyBytes> key{};
};
std::optional<KeyText> read_key(std::string_view text) {
    const std::size_t first = text.find('+');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find('+', first + 1);
    if (second != first + 9) return std::nullopt;
    KeyText read;
    read.name = text.substr(0, first);
    const std::string_view hex = text.substr(first + 1, 8);
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), read.id, 16);
    if (error != std::errc() || end != hex.data() + hex.size()) return std::nullopt;
    auto bytes = decode_base64(text.substr(second + 1));
    if (!bytes || bytes->size() != 1 + kKeyBytes || bytes->front() != kEd25519) return std::nullopt;
    std::copy(bytes->begin() + 1, bytes->end(), read.key.begin());
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return read;
}

std::string key_text(std::string_view name, std::uint32_t id,
                     std::span<const Byte, kKeyBytes> key) {
    Buffer typed{kEd25519};
    append(typed, key);
    std::string text = std::string(name) + "+" + hex_of(id) + "+" + encode_base64(typed);
    OPENSSL_cleanse(typed.data(), typed.size());
    return text;
}

struct SignatureLine {
    std::string_view name;
    std::uint32_t id = 0;
    Buffer signature;
};
std::optional<SignatureLine> read_signature(std::string_view line) {
    if (!line.starts_with(kDash)) return std::nullopt;
    line.remove_prefix(kDash.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0) return std::nullopt;
    const auto bytes = decode_base64(line.substr(space + 1));
    if (!bytes || bytes->size() <= kIdBytes) return std::nullopt;
    return SignatureLine{line.substr(0, space),
                         load_be<std::uint32_t>(bytes->data()),
                         {bytes->begin() + kIdBytes, bytes->end()}};
}

bool is_note_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char byte) { return byte >= 0 && byte < ' ' && byte != '\n'; }) &&
           utf8::valid(as_bytes(text));
}

}  // namespace

Result<NoteVerifier> NoteVerifier::make(std::string_view name, std::span<const Byte, 32> key) {
    if (!is_name(name)) return malformed("a key's name is plain text without blanks or `+`");
    NoteVerifier verifier;
    verifier.name_ = name;
    verifier.id_ = id_of(name, key);
    std::copy(key.begin(), key.end(), verifier.key_.begin());
    return verifier;
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view vkey) {
    const auto read = read_key(vkey);
    if (!read) return malformed("no public key of a note: NAME+ID+KEY, of an Ed25519 key");
    auto verifier = make(read->name, read->key);
    if (!verifier) return verifier;
    if (verifier->id() != read->id) return malformed("a public key whose id is that of another");
    return verifier;
}

std::string NoteVerifier::to_text() const {
    return key_text(name_, id_, key_);
}

bool NoteVerifier::verify(std::string_view text, Bytes signature) const {
    if (signature.size() != kSignatureBytes) return false;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key_.data(), key_.size()),
        EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new());
    SLUICE_CHECK(context != nullptr);
    return key != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                            reinterpret_cast<const Byte*>(text.data()), text.size()) == 1;
}

Result<NoteSigner> NoteSigner::make(std::string_view name, std::span<const Byte, 32> seed) {
    NoteSigner signer;
    signer.key_ = {
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
        EVP_PKEY_free};
    SLUICE_CHECK(signer.key_ != nullptr);
    std::array<Byte, kKeyBytes> key{};
    std::size_t bytes = key.size();
    SLUICE_CHECK(EVP_PKEY_get_raw_public_key(signer.key_.get(), key.data(), &bytes) == 1);
    auto verifier = NoteVerifier::make(name, key);
    if (!verifier) return std::move(verifier).error();
    signer.verifier_ = *std::move(verifier);
    return signer;
}

Result<NoteSigner> NoteSigner::parse(std::string_view skey) {
    const Error error = malformed("no private key of a note: PRIVATE+KEY+NAME+ID+KEY");
    if (!skey.starts_with(kPrivate)) return error;
    auto read = read_key(skey.substr(kPrivate.size()));
    if (!read) return error;
    auto signer = make(read->name, read->key);
    OPENSSL_cleanse(read->key.data(), read->key.size());
    if (signer && signer->verifier().id() != read->id)
        return malformed("a private key whose id is that of another");
    return signer;
}

std::string NoteSigner::to_secret_text() const {
    std::array<Byte, kKeyBytes> seed{};
    std::size_t bytes = seed.size();
    SLUICE_CHECK(EVP_PKEY_get_raw_private_key(key_.get(), seed.data(), &bytes) == 1);
    std::string text = std::string(kPrivate) + key_text(verifier_.name(), verifier_.id(), seed);
    OPENSSL_cleanse(seed.data(), seed.size());
    return text;
}

std::string NoteSigner::sign(std::string_view text) const {
    Buffer signature(kIdBytes + kSignatureBytes);
    store_be(signature.data(), verifier_.id());
    std::size_t bytes = kSignatureBytes;
    const Context context(EVP_MD_CTX_new());
    SLUICE_CHECK(context != nullptr);
    SLUICE_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
    SLUICE_CHECK(EVP_DigestSign(context.get(), signature.data() + kIdBytes, &bytes,
                                reinterpret_cast<const Byte*>(text.data()), text.size()) == 1);
    return std::string(kDash) + verifier_.name() + " " + encode_base64(signature) + "\n";
}

std::string sign_note(std::string_view text, std::span<const NoteSigner> signers) {
    SLUICE_CHECK(text.ends_with('\n'));
    std::string note = std::string(text) + "\n";
    for (const NoteSigner& signer : signers) note += signer.sign(text);
    return note;
}

std::string_view text_of(std::string_view note) {
    const std::size_t blank = note.rfind("\n\n");
    return blank == std::string_view::npos ? std::string_view() : note.substr(0, blank + 1);
}

Result<OpenedNote> open_note(std::string_view note, std::span<const NoteVerifier> verifiers) {
    const std::string_view text = text_of(note);
    if (text.empty() || !note.ends_with('\n') || !is_note_text(note))
        return malformed("no signed note");
    OpenedNote opened{std::string(text), {}};
    std::string_view lines = note.substr(text.size() + 1);
    std::size_t count = 0;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        const auto line = read_signature(lines.substr(0, end));
        if (!line || ++count > limits::audit_note_signatures_max)
            return malformed("a signed note with a line that is no signature, or too many");
        lines.remove_prefix(end + 1);
        const auto key = std::find_if(verifiers.begin(), verifiers.end(), [&](const auto& one) {
            return one.name() == line->name && one.id() == line->id;
        });
        if (key == verifiers.end()) continue;
        if (!key->verify(opened.text, line->signature))
            return Error{Errc::corrupt, "the signature of " + key->name() + " is wrong"};
        if (std::find(opened.signed_by.begin(), opened.signed_by.end(), &*key) ==
            opened.signed_by.end())
            opened.signed_by.push_back(&*key);
    }
    if (count == 0) return malformed("no signed note");
    if (opened.signed_by.empty())
        return Error{Errc::denied, "no key that is trusted has signed it"};
    return opened;
}

}  // namespace sluice::audit
