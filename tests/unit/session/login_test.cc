#include "session/login.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "kafka/sasl.h"
#include "unit/session/script.h"

namespace sluice::session::test {
namespace {

using kafka::ErrorCode;

constexpr std::int64_t kLifetimeSeconds = 600;
constexpr std::string_view kAlice = "alice-token", kBob = "bob-token";
constexpr const char* kIdentities = R"(
identities:
  - {principal: "user:{claim.email}", human: "{claim.email}", from: {oidc: corp}}
grants:
  - {id: read, to: ["user:*"], allow: [topic.read, group.join], topics: ["orders"], groups: ["*"]}
)";

SessionOptions with_tokens() {
    SessionOptions options = Script::options_of();
    options.tokens = true;
    return options;
}

TokenVerdict accepted(const std::string& email, std::int64_t expires_at) {
    identity::Claims claims;
    claims.issuer = "https://issuer.test";
    claims.subject = email;
    claims.expires_at = expires_at;
    claims.list = {{"email", {email}}};
    return {"corp", claims};
}

Buffer client_first(std::string_view token) {
    std::string text =
        "n,,\x01"
        "auth=Bearer ";
    text += token;
    text += "\x01\x01";
    return {text.begin(), text.end()};
}

Buffer handshake(int version, std::string_view mechanism, int correlation = 1) {
    return request(17, version, correlation, Wire().text(mechanism));
}
Buffer authenticate(int version, Bytes token, int correlation = 2) {
    Wire body;
    if (version >= 2)
        body.varint(static_cast<std::uint32_t>(token.size() + 1)).raw(token).tags();
    else
        body.i32(static_cast<std::int64_t>(token.size())).raw(token);
    return request(36, version, correlation, body, version >= 2);
}

class LoginTest : public ::testing::Test {
  protected:
    LoginTest() {
        script.facts.policy(kIdentities);
        const std::int64_t expires = script.now.wall / 1'000'000'000 + kLifetimeSeconds;
        script.facts.tokens.emplace(kAlice, accepted("alice@example.org", expires));
        script.facts.tokens.emplace(kBob, accepted("bob@example.org", expires));
    }
    void log_in(std::string_view token) {
        script.client(handshake(1, "OAUTHBEARER")).client(authenticate(1, client_first(token)));
    }
    // What the client got since the last call.
    Buffer answer() {
        Buffer bytes = script.to_client.bytes;
        script.to_client = {};
        return bytes;
    }
    [[nodiscard]] std::string reason() const {
        const auto events = script.of(audit::EventType::authentication_failed);
        return events.empty() ? "" : events.back().reason;
    }
    Script script{with_tokens()};
};

TEST_F(LoginTest, TheTokenNamesTheCallerAndGoesNoFurther) {
    script.client(handshake(1, "OAUTHBEARER"));
    EXPECT_EQ(answer(), response(1, Wire().i16(0).i32(1).text("OAUTHBEARER")));
    script.client(authenticate(1, client_first(kAlice)), 3);
    EXPECT_EQ(answer(), response(2, Wire().i16(0).null_text().i32(0).i64(kLifetimeSeconds * 1000)));
    EXPECT_TRUE(script.to_broker.bytes.empty());
    const auto events = script.of(audit::EventType::authenticated);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(script.who(events.front()).principal, "user:alice@example.org");
    EXPECT_EQ(script.who(events.front()).human, "alice@example.org");
    EXPECT_EQ(script.who(events.front()).evidence, "oidc corp");
    EXPECT_EQ(script.session.counters().logins, 1u);
    script.client(heartbeat_v0(3));
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(3));
    for (const audit::Event& event : script.events)
        EXPECT_EQ(event.resource.find(kAlice), std::string::npos);
}

TEST_F(LoginTest, EveryVersionOfTheRequestsIsAnswered) {
    for (const int version : {0, 1, 2}) {
        Script fresh{with_tokens()};
        fresh.facts.tokens = script.facts.tokens;
        fresh.client(handshake(1, "OAUTHBEARER"));
        fresh.to_client = {};
        fresh.client(authenticate(version, client_first(kAlice)));
        Wire expected;
        expected.i16(0);
        if (version >= 2)
            expected.varint(0).varint(1).i64(kLifetimeSeconds * 1000).tags();
        else
            expected.null_text().i32(0);
        if (version == 1) expected.i64(kLifetimeSeconds * 1000);
        EXPECT_EQ(fresh.to_client.bytes, response(2, expected, version >= 2)) << version;
    }
}

TEST_F(LoginTest, TokensOfHandshakeVersionZeroComeWithoutAHeader) {
    script.client(handshake(0, "OAUTHBEARER"));
    answer();
    script.client(framed(client_first(kAlice)), 5);
    EXPECT_EQ(answer(), framed({}));
    script.client(heartbeat_v0(3));
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(3));
    EXPECT_FALSE(script.closed);
}

TEST_F(LoginTest, ARefusedTokenIsChallengedAndThenFails) {
    log_in("forged");
    const std::string_view challenge = "{\"status\":\"invalid_token\"}";
    answer();
    EXPECT_EQ(reason(), "token_bad_signature");
    EXPECT_FALSE(script.closed);
    script.client(authenticate(1, Buffer{1}, 3));
    const Buffer last = answer();
    EXPECT_EQ(load_be<std::int16_t>(last.data() + 8),
              static_cast<std::int16_t>(ErrorCode::sasl_authentication_failed));
    EXPECT_EQ(script.closed, CloseReason::login_failed);
    EXPECT_EQ(script.of(audit::EventType::authentication_failed).size(), 1u);
    EXPECT_TRUE(script.to_broker.bytes.empty());
    const auto why = static_cast<std::size_t>(identity::Refusal::token_bad_signature);
    EXPECT_EQ(script.session.counters().logins_refused[why], 1u);

    Script raw{with_tokens()};
    raw.client(handshake(0, "OAUTHBEARER"));
    raw.to_client = {};
    raw.client(framed(client_first("forged")));
    EXPECT_EQ(raw.to_client.bytes, framed(as_bytes(challenge)));
    raw.client(framed(Buffer{1}));
    EXPECT_EQ(raw.to_client.bytes, framed(as_bytes(challenge)));
    EXPECT_EQ(raw.closed, CloseReason::login_failed);
}

TEST_F(LoginTest, AnotherMechanismIsToldOurs) {
    script.client(handshake(1, "PLAIN"));
    EXPECT_EQ(answer(), response(1, Wire().i16(33).i32(1).text("OAUTHBEARER")));
    EXPECT_EQ(reason(), "sasl_mechanism_unsupported");
    Script without;
    without.client(handshake(1, "OAUTHBEARER"));
    EXPECT_EQ(without.to_client.bytes, response(1, Wire().i16(33).i32(0)));
    EXPECT_TRUE(without.to_broker.bytes.empty());
}

TEST_F(LoginTest, WhoSpokeAsANetworkIdentityStaysThat) {
    script.client(heartbeat_v0(1));
    EXPECT_EQ(answer(), heartbeat_answer_v0(1, 30));
    script.client(handshake(1, "OAUTHBEARER"));
    EXPECT_EQ(answer(), response(1, Wire().i16(34).i32(1).text("OAUTHBEARER")));
    EXPECT_EQ(reason(), "sasl_out_of_turn");
}

TEST_F(LoginTest, ATokenWithoutAHandshakeEndsTheConnection) {
    script.client(authenticate(1, client_first(kAlice)));
    EXPECT_EQ(load_be<std::int16_t>(answer().data() + 8), 34);
    EXPECT_EQ(script.closed, CloseReason::login_failed);
}

TEST_F(LoginTest, NothingElseMayComeBetweenHandshakeAndToken) {
    script.client(handshake(1, "OAUTHBEARER")).client(heartbeat_v0(2));
    EXPECT_EQ(script.closed, CloseReason::sasl_unexpected);
    EXPECT_TRUE(script.to_broker.bytes.empty());
}

TEST_F(LoginTest, WaitsWhileKeysAreFetched) {
    log_in("later");
    answer();
    EXPECT_TRUE(script.paused);
    script.tick(1);
    EXPECT_TRUE(script.paused);
    EXPECT_TRUE(script.to_client.bytes.empty());
    script.facts.tokens.emplace("later", script.facts.tokens.at(std::string(kAlice)));
    script.tick(1);
    EXPECT_FALSE(script.paused);
    EXPECT_EQ(script.session.counters().logins, 1u);
}

TEST_F(LoginTest, WaitsForKeysNoLongerThanTheDeadline) {
    log_in("later");
    script.tick(1);
    EXPECT_FALSE(script.closed);
    script.tick(nanoseconds(limits::authentication_deadline) / 1'000'000'000 + 1);
    EXPECT_EQ(script.closed, CloseReason::login_deadline);
}

TEST_F(LoginTest, ReauthenticationKeepsThePrincipal) {
    log_in(kAlice);
    answer();
    script.client(heartbeat_v0(3));
    script.client(handshake(1, "OAUTHBEARER", 4));
    EXPECT_TRUE(answer().empty());  // in its turn
    script.broker(heartbeat_answer_v0(3));
    answer();
    script.client(authenticate(1, client_first(kAlice), 5));
    EXPECT_FALSE(script.closed);
    EXPECT_EQ(script.of(audit::EventType::authenticated).size(), 2u);
    answer();
    script.client(handshake(1, "OAUTHBEARER", 6)).client(authenticate(1, client_first(kBob), 7));
    EXPECT_EQ(reason(), "sasl_principal_changed");
    script.client(authenticate(1, Buffer{1}, 8));
    EXPECT_EQ(script.closed, CloseReason::login_failed);
    EXPECT_EQ(script.who(script.events.back()).principal, "user:alice@example.org");
}

TEST_F(LoginTest, TheSessionEndsWithTheToken) {
    log_in(kAlice);
    script.tick(kLifetimeSeconds - 1);
    EXPECT_FALSE(script.closed);
    script.tick(1);
    EXPECT_EQ(script.closed, CloseReason::token_expired);
}

TEST_F(LoginTest, NoRequestIsTakenAfterTheTokenExpired) {
    log_in(kAlice);
    script.now.wall += kLifetimeSeconds * 1'000'000'000;
    script.client(heartbeat_v0(3));
    EXPECT_EQ(script.closed, CloseReason::token_expired);
    EXPECT_TRUE(script.to_broker.bytes.empty());
}

TEST_F(LoginTest, AFrameTooLargeForATokenEndsTheConnection) {
    script.client(handshake(1, "OAUTHBEARER"));
    const Buffer large(static_cast<std::size_t>(limits::pre_auth_frame_bytes_max) + 1, 'x');
    script.client(authenticate(1, large));
    EXPECT_EQ(script.closed, CloseReason::frame_too_large);
}

// -- Towards the broker.

SessionOptions with_credential() {
    SessionOptions options = Script::options_of();
    options.upstream =
        std::make_shared<const UpstreamCredential>(UpstreamCredential{"gateway", "hush"});
    return options;
}
constexpr std::int32_t kOurs = 0x5a000000;

class UpstreamLoginTest : public ::testing::Test {
  protected:
    void allow(bool credential) {
        script.facts.policy(std::string("grants:\n  - {id: g, to: [\"*\"], allow: [group.join], "
                                        "groups: [\"*\"]") +
                            (credential ? ", upstream: gateway}\n" : "}\n"));
    }
    void accept(std::int64_t lifetime_ms = 0) {
        script.broker(response(kOurs, Wire().i16(0).i32(1).text("PLAIN")))
            .broker(response(kOurs, Wire().i16(0).null_text().i32(0).i64(lifetime_ms)));
    }
    Script script{with_credential()};
};

TEST_F(UpstreamLoginTest, TheGatewayLogsInBeforeTheFirstRequestGoes) {
    allow(true);
    script.client(heartbeat_v0(3));
    EXPECT_EQ(script.to_broker.bytes, kafka::sasl_handshake_request(kOurs, "PLAIN"));
    script.to_broker = {};
    script.broker(response(kOurs, Wire().i16(0).i32(1).text("PLAIN")));
    const std::string_view token("\0gateway\0hush", 13);
    EXPECT_EQ(script.to_broker.bytes, kafka::sasl_authenticate_request(kOurs, as_bytes(token)));
    script.to_broker = {};
    script.broker(response(kOurs, Wire().i16(0).null_text().i32(0).i64(0)));
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(3));
    script.broker(heartbeat_answer_v0(3));
    EXPECT_EQ(script.to_client.bytes, heartbeat_answer_v0(3));
    for (const audit::Event& event : script.events)
        EXPECT_EQ(event.resource.find("hush"), std::string::npos);
}

TEST_F(UpstreamLoginTest, LogsInAgainBeforeTheBrokersLifetimeEnds) {
    allow(true);
    script.client(heartbeat_v0(3));
    accept(100'000);
    script.broker(heartbeat_answer_v0(3));
    script.to_broker = {};
    script.tick(79).client(heartbeat_v0(4));
    EXPECT_EQ(script.to_broker.bytes, heartbeat_v0(4));
    script.broker(heartbeat_answer_v0(4));
    script.to_broker = {};
    script.tick(2).client(heartbeat_v0(5));
    EXPECT_EQ(script.to_broker.bytes, kafka::sasl_handshake_request(kOurs, "PLAIN"));
    accept(100'000);
    script.broker(heartbeat_answer_v0(5));
    EXPECT_FALSE(script.closed);
}

TEST_F(UpstreamLoginTest, WithoutAGrantThatSaysSoTheCredentialIsNotUsed) {
    allow(false);
    script.client(heartbeat_v0(3));
    EXPECT_EQ(script.closed, CloseReason::credential_not_granted);
    EXPECT_TRUE(script.to_broker.bytes.empty());
}

TEST_F(UpstreamLoginTest, AGrantWithoutTheCredentialDoesNotBorrowThatOfAnother) {
    script.facts.policy(R"(
grants:
  - {id: g, to: ["*"], allow: [group.join], groups: ["other"], upstream: gateway}
  - {id: h, to: ["*"], allow: [group.join], groups: ["g"]}
)");
    script.client(heartbeat_v0(3));
    accept();
    EXPECT_EQ(script.to_client.bytes, heartbeat_answer_v0(3, 30));
}

TEST_F(UpstreamLoginTest, ARefusedCredentialEndsTheConnection) {
    allow(true);
    script.client(heartbeat_v0(3));
    script.broker(response(kOurs, Wire().i16(33).i32(0)));
    EXPECT_EQ(script.closed, CloseReason::upstream_login_failed);
}

}  // namespace
}  // namespace sluice::session::test
