#include "audit/subject.h"

#include <openssl/evp.h>

#include <algorithm>

#include "audit/take.h"
#include "audit/wire.h"
#include "base/check.h"

namespace sluice::audit {
namespace {

// Tags, lengths, the salt and the address, at their longest.
constexpr std::size_t kOverheadBytesMax = 64;
// Tells the hash from those of leaves (0x00) and nodes (0x01).
constexpr Byte kSubjectPrefix = 0x02;

bool is_salt(const wire::Field& field) {
    return field.type == wire::length && field.bytes.size() == kSubjectSaltBytes &&
           std::any_of(field.bytes.begin(), field.bytes.end(), [](Byte byte) { return byte != 0; });
}

bool take_field(const wire::Field& field, Subject& subject, bool& salted) {
    switch (field.number) {
        case 1:
            return salted = is_salt(field);
        case 2:
            return wire::take(field, subject.principal);
        case 3:
            return wire::take(field, subject.human);
        case 4:
            return wire::take(field, subject.groups);
        case 5:
            return wire::take(field, subject.evidence);
        case 6:
            return wire::take_fixed32(field, subject.address);
        case 7:
            return wire::take(field, subject.client_id);
        case 8:
            return wire::take(field, subject.comment);
    }
    return true;  // of a later version
}

}  // namespace

Buffer encode_subject(const Subject& subject, const SubjectSalt& salt) {
    Buffer out(kOverheadBytesMax + salt.size() + subject.principal.size() + subject.human.size() +
               subject.groups.size() + subject.evidence.size() + subject.client_id.size() +
               subject.comment.size());
    wire::Writer to(out.data());
    to.put_bytes<1>(as_text(salt));
    wire::put_text<2>(to, subject.principal);
    wire::put_text<3>(to, subject.human);
    wire::put_text<4>(to, subject.groups);
    wire::put_text<5>(to, subject.evidence);
    to.put_fixed32<6>(subject.address);
    wire::put_text<7>(to, subject.client_id);
    wire::put_text<8>(to, subject.comment);
    out.resize(static_cast<std::size_t>(to.at() - out.data()));
    return out;
}

Result<Subject> decode_subject(Bytes encoded) {
    wire::Reader reader(encoded);
    wire::Field field;
    Subject subject;
    bool salted = false;
    while (reader.next(field))
        if (!take_field(field, subject, salted))
            return Error{Errc::malformed, "audit subject: field " + std::to_string(field.number) +
                                              " cannot be that"};
    if (reader.failure() != nullptr)
        return Error{Errc::malformed, std::string("audit subject: ") + reader.failure()};
    if (!salted) return Error{Errc::malformed, "audit subject: no salt"};
    return subject;
}

SubjectId subject_id(Bytes encoded) {
    Buffer prefixed;
    prefixed.reserve(1 + encoded.size());
    prefixed.push_back(kSubjectPrefix);
    append(prefixed, encoded);
    std::array<Byte, 32> digest{};
    unsigned bytes = 0;
    SLUICE_CHECK(EVP_Digest(prefixed.data(), prefixed.size(), digest.data(), &bytes, EVP_sha256(),
                            nullptr) == 1 &&
                 bytes == digest.size());
    SubjectId id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

std::string to_text(const SubjectId& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : id.bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}  // namespace sluice::audit
