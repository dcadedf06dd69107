// subject.h: who an event is about, apart from the event: the names of people, and what leads to
// them, which can be erased while every proof stays valid.
//
// An entry of the log holds a SubjectId and no name. The id is a commitment: a hash of the names
// with a random salt. Whoever has the Subject can show that it is the one the log means; without
// it the id says nothing, and nobody can try names against it. What is kept of Subjects, and
// erased, is store's (subjects_store.h). No randomness here: the caller brings the salt.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/types.h"

namespace sluice::audit {

inline constexpr std::size_t kSubjectSaltBytes = 16;

// The first 16 bytes of SHA-256(0x02 || encoded Subject). Zero: nobody.
struct SubjectId {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const SubjectId&) const = default;
    [[nodiscard]] bool is_zero() const { return *this == SubjectId{}; }
};

struct Subject {
    std::string principal;      // Principal::name
    std::string human;          // Principal::human: who answers for the principal
    std::string groups;         // Principal::groups, joined by ','
    std::string evidence;       // Principal::evidence
    std::uint32_t address = 0;  // IPv4 of the client, host byte order
    std::string client_id;      // as claimed; never a basis for a decision
    std::string comment;        // in their words: such a Subject is of one event
    bool operator==(const Subject&) const = default;
};

using SubjectSalt = std::array<std::uint8_t, kSubjectSaltBytes>;

// The wire form (message Subject of audit/event.proto), canonical as an entry is. Strings are cut
// and mended as encode() does it.
Buffer encode_subject(const Subject& subject, const SubjectSalt& salt);
// Errors: malformed (not such a message, or not the canonical one).
Result<Subject> decode_subject(Bytes encoded);
SubjectId subject_id(Bytes encoded);
// 32 hexadecimal digits.
std::string to_text(const SubjectId& id);

}  // namespace sluice::audit

template <>
struct std::hash<sluice::audit::SubjectId> {
    std::size_t operator()(const sluice::audit::SubjectId& id) const noexcept {
        // A hash already: eight of its bytes are hash enough.
        std::size_t value = 0;
        for (std::size_t i = 0; i < 8; ++i) value = value << 8 | id.bytes[i];
        return value;
    }
};
