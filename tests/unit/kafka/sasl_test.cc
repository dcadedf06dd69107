#include "kafka/sasl.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "kafka/api.h"
#include "kafka/frame.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

using tests::hex;
using tests::walk;
using tests::Wire;

constexpr std::string_view kMechanisms[] = {"OAUTHBEARER", "PLAIN"};

std::string framed(Wire& wire) {
    return hex(wire.frame());
}

// The walk of an answer's body, as a client's own decoder would take it apart.
std::string items(ApiKey key, ApiVersion version, const Buffer& frame) {
    EXPECT_EQ(load_be<std::int32_t>(frame.data()),
              static_cast<std::int32_t>(frame.size() - kSizePrefix));
    const Bytes after = Bytes(frame).subspan(kSizePrefix);
    const auto header = response_header_bytes(key, version, after, after.size());
    return walk(*response_layout(key, version), after.subspan(header.value()));
}

TEST(Sasl, AHandshakeIsAnsweredWithEveryMechanism) {
    const Buffer frame =
        sasl_handshake_answer(7, ErrorCode::unsupported_sasl_mechanism, kMechanisms);
    EXPECT_EQ(hex(frame), framed(Wire{}.i32(7).i16(33).i32(2).str("OAUTHBEARER").str("PLAIN")));
    for (ApiVersion version = 0; version <= 1; ++version)
        EXPECT_EQ(items(api::sasl_handshake, version, frame),
                  "number top_error_code 33 0 2\n"
                  "array_begin mechanisms 2 2 4\n"
                  "element mechanisms 0 6 0\n"
                  "text sasl_mechanism " +
                      hex(as_bytes(kMechanisms[0])) +
                      " 6 13\n"
                      "element mechanisms 1 19 0\n"
                      "text sasl_mechanism " +
                      hex(as_bytes(kMechanisms[1])) +
                      " 19 7\n"
                      "array_end mechanisms 0 26 0\n"
                      "done none 0 26 0\n");
    EXPECT_EQ(hex(sasl_handshake_answer(7, ErrorCode::none, {})),
              framed(Wire{}.i32(7).i16(0).i32(0)));
}

TEST(Sasl, AnAuthenticationIsAnsweredInEveryVersion) {
    const auto answer = [](ApiVersion version) {
        return sasl_authenticate_answer(7, version, ErrorCode::sasl_authentication_failed, "no",
                                        "why", 5);
    };
    EXPECT_EQ(hex(answer(0)), framed(Wire{}.i32(7).i16(58).str("no").i32(3).raw("why")));
    EXPECT_EQ(hex(answer(1)), framed(Wire{}.i32(7).i16(58).str("no").i32(3).raw("why").i64(5)));
    EXPECT_EQ(hex(answer(2)),
              framed(Wire{}.i32(7).v(0).i16(58).cstr("no").v(4).raw("why").i64(5).v(0)));
    for (ApiVersion version = 0; version <= 2; ++version) {
        const std::string read = items(api::sasl_authenticate, version, answer(version));
        EXPECT_NE(read.find("top_error_code 58"), std::string::npos) << read;
        EXPECT_NE(read.find("done"), std::string::npos) << read;
        EXPECT_EQ(read.find("session_lifetime_ms 5") != std::string::npos, version > 0) << read;
    }
}

TEST(Sasl, AnAnswerWithoutAMessageHasNullInItsPlace) {
    const auto answer = [](ApiVersion version) {
        return hex(sasl_authenticate_answer(7, version, ErrorCode::none, {}, {}, 0));
    };
    EXPECT_EQ(answer(0), framed(Wire{}.i32(7).i16(0).i16(-1).i32(0)));
    EXPECT_EQ(answer(1), framed(Wire{}.i32(7).i16(0).i16(-1).i32(0).i64(0)));
    EXPECT_EQ(answer(2), framed(Wire{}.i32(7).v(0).i16(0).v(0).v(1).i64(0).v(0)));
}

// A body that the walker took whole, and the token in it.
std::string token_of(Wire body, ApiVersion version) {
    const Buffer bytes = body.take();
    const std::string read = walk(*request_layout(api::sasl_authenticate, version), bytes);
    EXPECT_EQ(read.rfind("done", 0), 0u) << read;
    const auto token = sasl_token(bytes, version);
    return token ? std::string(as_text(*token)) : token.error().context;
}

TEST(Sasl, TheTokenIsTakenOutOfEveryVersion) {
    const std::string large(300, 'x');  // its compact length takes two bytes
    for (const std::string& token : {std::string("secret"), std::string(), large}) {
        const auto size = static_cast<std::uint32_t>(token.size());
        EXPECT_EQ(token_of(Wire{}.i32(size).raw(token), 0), token);
        EXPECT_EQ(token_of(Wire{}.i32(size).raw(token), 1), token);
        EXPECT_EQ(token_of(Wire{}.v(size + 1).raw(token).v(0), 2), token);
        // A tag nobody knows, behind it.
        EXPECT_EQ(token_of(Wire{}.v(size + 1).raw(token).v(1).v(9).v(2).raw("ab"), 2), token);
    }
}

TEST(Sasl, ABodyThatIsNoneIsRefusedWithoutAWordOfIt) {
    const Error none{Errc::malformed, "sasl authenticate request: no token"};
    const auto refused = [](Wire body, ApiVersion version) {
        const Buffer bytes = body.take();
        const auto token = sasl_token(bytes, version);
        return token ? Error{Errc::io, "taken"} : token.error();
    };
    EXPECT_EQ(refused(Wire{}, 0), none);
    EXPECT_EQ(refused(Wire{}.i16(0), 1), none);
    EXPECT_EQ(refused(Wire{}.i32(-1), 1), none);
    EXPECT_EQ(refused(Wire{}.i32(5).raw("abcd"), 1), none);
    EXPECT_EQ(refused(Wire{}, 2), none);
    EXPECT_EQ(refused(Wire{}.v(0), 2), none);
    EXPECT_EQ(refused(Wire{}.v(6).raw("abcd"), 2), none);
    EXPECT_EQ(refused(Wire{}.raw("\xff\xff\xff\xff\xff\xff"), 2), none);
}

TEST(Sasl, TheGatewaysOwnRequestsAreReadAsSuch) {
    const Buffer handshake = sasl_handshake_request(0x5a000000, "PLAIN");
    EXPECT_EQ(hex(handshake),
              framed(Wire{}.i16(17).i16(1).i32(0x5a000000).str("sluice").str("PLAIN")));
    const std::string_view token("\0gateway\0hush", 13);
    const Buffer authenticate = sasl_authenticate_request(0x5a000000, as_bytes(token));
    EXPECT_EQ(hex(authenticate),
              framed(Wire{}.i16(36).i16(1).i32(0x5a000000).str("sluice").i32(13).raw(token)));
    for (const Buffer& frame : {handshake, authenticate}) {
        RequestHeader header;
        const Bytes after = Bytes(frame).subspan(kSizePrefix);
        ASSERT_EQ(read_request_header(after, after.size(), header), HeaderStatus::ok);
        EXPECT_EQ(header.version, kSaslRequestVersion);
        EXPECT_EQ(header.client_id, "sluice");
        const std::string read =
            walk(*request_layout(header.key, header.version), after.subspan(header.bytes));
        EXPECT_NE(read.find("done"), std::string::npos) << read;
    }
}

}  // namespace
}  // namespace sluice::kafka
