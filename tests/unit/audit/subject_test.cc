#include "audit/subject.h"

#include <gtest/gtest.h>

#include "audit/event.pb.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

Subject everything() {
    return {"user:alice", "alice@example.org", "team,owners", "oidc corp",
            0x0a5b0102,   "console",           "as agreed"};
}
SubjectSalt salt() {
    SubjectSalt salt{};
    salt[15] = 7;
    return salt;
}

TEST(Subject, HasTheBytesThatProtobufGives) {
    v1::Subject message;
    message.set_salt(salt().data(), salt().size());
    message.set_principal("user:alice");
    message.set_human("alice@example.org");
    message.set_groups("team,owners");
    message.set_evidence("oidc corp");
    message.set_address(0x0a5b0102);
    message.set_client_id("console");
    message.set_comment("as agreed");
    EXPECT_EQ(as_text(encode_subject(everything(), salt())), message.SerializeAsString());
}

TEST(Subject, ComesBackAsItWas) {
    for (const Subject& subject : {Subject{}, everything()}) {
        const auto decoded = decode_subject(encode_subject(subject, salt()));
        ASSERT_TRUE(decoded) << decoded.error().context;
        EXPECT_EQ(*decoded, subject);
    }
}

// The salt and every field are in it.
TEST(Subject, EveryByteOfItChangesTheId) {
    const Buffer encoded = encode_subject(everything(), salt());
    const SubjectId id = subject_id(encoded);
    EXPECT_EQ(to_text(id).size(), 32U);
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        Buffer changed = encoded;
        changed[at] ^= 1;
        EXPECT_NE(subject_id(changed), id) << at;
    }
}

TEST(Subject, WithoutASaltIsNone) {
    const Buffer encoded = encode_subject(everything(), salt());
    constexpr std::size_t salt_field = 2 + kSubjectSaltBytes;
    const auto without = decode_subject(Bytes(encoded).subspan(salt_field));
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().context, "audit subject: no salt");
    EXPECT_FALSE(decode_subject(encode_subject(everything(), {})));
    EXPECT_FALSE(decode_subject({}));
}

TEST(Subject, EveryTruncationIsRefusedOrIsAnotherWholeOne) {
    const Buffer encoded = encode_subject(everything(), salt());
    for (std::size_t size = 0; size < encoded.size(); ++size) {
        const auto decoded = decode_subject(Bytes(encoded).first(size));
        EXPECT_FALSE(decoded && *decoded == everything()) << size;
    }
}

TEST(Subject, TextOfAClientIsCutAndMended) {
    Subject subject;
    subject.client_id = "a\xff" + std::string(limits::audit_string_bytes_max, 'b');
    const auto decoded = decode_subject(encode_subject(subject, salt()));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->client_id, "a?" + std::string(limits::audit_string_bytes_max - 2, 'b'));
}

}  // namespace
}  // namespace sluice::audit
