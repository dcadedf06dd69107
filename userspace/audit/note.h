// note.h: texts signed with Ed25519, in the form of C2SP signed-note, and the keys for it.
//
// Knows nothing of what a text says (checkpoint.h does). Says nothing about whom to trust: a caller
// brings the keys. Other types of signatures are passed over.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::audit {

// The public half. As text ("vkey"): NAME+ID+KEY, the id in hex, the key in base64.
class NoteVerifier {
  public:
    // Errors: malformed, for all that is no such text of a key of this type.
    static Result<NoteVerifier> parse(std::string_view vkey);
    // Errors: malformed: no name that a note can carry.
    static Result<NoteVerifier> make(std::string_view name, std::span<const Byte, 32> key);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint32_t id() const { return id_; }
    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] bool verify(std::string_view text, Bytes signature) const;
    bool operator==(const NoteVerifier&) const = default;

  private:
    std::string name_;
    std::uint32_t id_ = 0;
    std::array<Byte, 32> key_{};
};

// The private half. As text: PRIVATE+KEY+NAME+ID+KEY. It is a secret: the text is for a file of
// mode 0600, and for nothing else.
class NoteSigner {
  public:
    static Result<NoteSigner> parse(std::string_view skey);
    // From 32 random bytes. Errors: malformed: no name that a note can carry.
    static Result<NoteSigner> make(std::string_view name, std::span<const Byte, 32> seed);

    [[nodiscard]] const NoteVerifier& verifier() const { return verifier_; }
    [[nodiscard]] std::string to_secret_text() const;
    // A whole line: "— NAME SIGNATURE\n".
    [[nodiscard]] std::string sign(std::string_view text) const;

  private:
    struct FreeKey {
        void operator()(EVP_PKEY* key) const;
    };
    NoteSigner() = default;
    NoteVerifier verifier_;
    std::shared_ptr<EVP_PKEY> key_;
};

// A note with this text, which ends in a newline, signed by each of them.
std::string sign_note(std::string_view text, std::span<const NoteSigner> signers);

// What stands before the last empty line, whoever signed it: of a note that cannot be one, nothing.
std::string_view text_of(std::string_view note);

struct OpenedNote {
    std::string text;                            // with its newline at the end
    std::vector<const NoteVerifier*> signed_by;  // of those that were given; at least one
};
// Errors: malformed (no note, or more than limits::audit_note_signatures_max signatures),
// corrupt (a signature of one of the keys is wrong), denied (none of the keys signed it).
Result<OpenedNote> open_note(std::string_view note, std::span<const NoteVerifier> verifiers);

}  // namespace sluice::audit
