#include "identity/oauthbearer.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace sluice::identity {
namespace {

using Next = OauthBearer::Next;
using namespace std::string_literals;

Claims claims_of(const std::string& subject) {
    return {"https://issuer.test", subject, 2'000'000'000, {}};
}

// What the first message leads to.
Next next_of(std::string_view message) {
    OauthBearer exchange;
    return exchange.on_message(message).next;
}

TEST(OauthBearer, AGoodTokenEndsInSuccessWithoutAWord) {
    OauthBearer exchange;
    EXPECT_EQ(exchange.on_message("n,,\1auth=Bearer aaa.bbb.ccc\1\1").next, Next::check_token);
    EXPECT_EQ(exchange.token(), "aaa.bbb.ccc");
    const auto turn = exchange.on_verdict(claims_of("alice"));
    EXPECT_EQ(turn.next, Next::succeed);
    EXPECT_EQ(turn.send, "");
    EXPECT_EQ(exchange.claims(), claims_of("alice"));
    EXPECT_EQ(exchange.refusal(), std::nullopt);
}

TEST(OauthBearer, ABadTokenIsChallengedAndFailsAfterTheClientsAnswer) {
    OauthBearer exchange;
    exchange.on_message("n,,\1auth=Bearer aaa.bbb.ccc\1\1");
    const auto turn = exchange.on_verdict(Refusal::token_expired);
    EXPECT_EQ(turn.next, Next::challenge);
    EXPECT_EQ(turn.send, R"({"status":"invalid_token"})");
    EXPECT_EQ(exchange.refusal(), Refusal::token_expired);
    EXPECT_EQ(exchange.on_message("\1").next, Next::fail);
    EXPECT_EQ(exchange.refusal(), Refusal::token_expired);
}

TEST(OauthBearer, WhateverFollowsAChallengeFails) {
    for (const auto& message : {""s, "\1\1"s, "n,,\1auth=Bearer aaa.bbb.ccc\1\1"s}) {
        OauthBearer exchange;
        exchange.on_message("n,,\1auth=Bearer aaa.bbb.ccc\1\1");
        exchange.on_verdict(Refusal::token_wrong_audience);
        EXPECT_EQ(exchange.on_message(message).next, Next::fail);
        EXPECT_EQ(exchange.token(), "");
        EXPECT_EQ(exchange.refusal(), Refusal::token_wrong_audience);
        EXPECT_EQ(exchange.on_verdict(claims_of("alice")).next, Next::fail);
    }
}

TEST(OauthBearer, TheTokenIsGoneAfterTheVerdict) {
    for (const Verdict& verdict : {Verdict(claims_of("alice")), Verdict(Refusal::token_expired)}) {
        OauthBearer exchange;
        exchange.on_message("n,,\1auth=Bearer aaa.bbb.ccc\1\1");
        const char* at = exchange.token().data();
        exchange.on_verdict(verdict);
        EXPECT_EQ(exchange.token(), "");
        EXPECT_EQ(std::string_view(at, 11), std::string_view("\0\0\0\0\0\0\0\0\0\0\0", 11));
    }
}

TEST(OauthBearer, TheIdentityThatIsAskedForMustBeTheSubject) {
    OauthBearer same;
    same.on_message("n,a=alice,\1auth=Bearer aaa.bbb.ccc\1\1");
    EXPECT_EQ(same.on_verdict(claims_of("alice")).next, Next::succeed);

    OauthBearer other;
    other.on_message("n,a=bob,\1auth=Bearer aaa.bbb.ccc\1\1");
    EXPECT_EQ(other.on_verdict(claims_of("alice")).next, Next::fail);
    EXPECT_EQ(other.refusal(), Refusal::sasl_authzid_mismatch);
    EXPECT_EQ(other.token(), "");

    OauthBearer escaped;
    escaped.on_message("n,a=cn=3Dalice=2Co=3Dx,\1auth=Bearer aaa.bbb.ccc\1\1");
    EXPECT_EQ(escaped.on_verdict(claims_of("cn=alice,o=x")).next, Next::succeed);
}

TEST(OauthBearer, ExtensionsMayStandAroundTheToken) {
    OauthBearer exchange;
    EXPECT_EQ(exchange
                  .on_message("n,,\1host=example.org\1auth=bearer   a-_.b~+/.c==\1port=9092\1"
                              "logicalCluster=lkc 1\t\r\n\1empty=\1\1")
                  .next,
              Next::check_token);
    EXPECT_EQ(exchange.token(), "a-_.b~+/.c==");
}

TEST(OauthBearer, RefusesWhatIsNotTheFormOfTheRfc) {
    const std::string good = "n,,\1auth=Bearer a.b.c\1\1";
    ASSERT_EQ(next_of(good), Next::check_token);
    for (const auto& message : {""s,
                                "\1"s,
                                "n"s,
                                "n,"s,
                                "n,,"s,
                                "n,,\1"s,
                                "n,,\1\1"s,
                                "y,,\1auth=Bearer a.b.c\1\1"s,
                                "p=tls-unique,,\1auth=Bearer a.b.c\1\1"s,
                                "N,,\1auth=Bearer a.b.c\1\1"s,
                                "n,b=x,\1auth=Bearer a.b.c\1\1"s,
                                "n,a=,\1auth=Bearer a.b.c\1\1"s,
                                "n,a=x=,\1auth=Bearer a.b.c\1\1"s,
                                "n,a=x=2c,\1auth=Bearer a.b.c\1\1"s,
                                "n,a=x\1,\1auth=Bearer a.b.c\1\1"s,
                                "n,a=x\n,\1auth=Bearer a.b.c\1\1"s,
                                "n,a=alice\1auth=Bearer a.b.c\1\1"s,
                                "n,,auth=Bearer a.b.c\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1"s,
                                "n,,\1auth=Bearer a.b.c"s,
                                "n,,\1auth=Bearer a.b.c\1\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1\1x"s,
                                "n,,\1\1auth=Bearer a.b.c\1\1"s,
                                "n,,\1auth=Bearer\1\1"s,
                                "n,,\1auth=Bearer \1\1"s,
                                "n,,\1auth=a.b.c\1\1"s,
                                "n,,\1auth=Basic a.b.c\1\1"s,
                                "n,,\1auth=Bearera.b.c\1\1"s,
                                "n,,\1auth=Bearer\ta.b.c\1\1"s,
                                "n,,\1auth= Bearer a.b.c\1\1"s,
                                "n,,\1auth=Bearer a.b.c \1\1"s,
                                "n,,\1auth=Bearer a.b c\1\1"s,
                                "n,,\1auth=Bearer a.b.\xc3\xa9\1\1"s,
                                "n,,\1Auth=Bearer a.b.c\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1auth=Bearer a.b.c\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1k=1\1k=2\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1=v\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1key\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1k1=v\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1k=\x02\1\1"s,
                                "n,,\1auth=Bearer a.b.c\1k=\0\1\1"s,
                                "n,,\1k=v\1\1"s}) {
        OauthBearer exchange;
        EXPECT_EQ(exchange.on_message(message).next, Next::fail) << testing::PrintToString(message);
        EXPECT_EQ(exchange.refusal(), Refusal::sasl_malformed);
        EXPECT_EQ(exchange.token(), "");
    }
}

TEST(OauthBearer, RefusesEveryMessageThatIsCutShort) {
    const std::string good = "n,a=alice,\1auth=Bearer aaa.bbb.ccc\1k=v\1\1";
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_EQ(next_of(std::string_view(good).substr(0, size)), Next::fail) << size;
}

TEST(OauthBearer, TakesMessagesUpToTheirLimit) {
    const std::string around = "n,,\1auth=Bearer \1\1";
    const std::size_t token = limits::sasl_message_bytes_max - around.size();
    const auto message = [](std::size_t size) {
        return "n,,\1auth=Bearer " + std::string(size, 'a') + "\1\1";
    };
    EXPECT_EQ(next_of(message(token)), Next::check_token);
    OauthBearer exchange;
    EXPECT_EQ(exchange.on_message(message(token + 1)).next, Next::fail);
    EXPECT_EQ(exchange.refusal(), Refusal::token_too_large);
}

TEST(OauthBearer, TakesExtensionsUpToTheirLimit) {
    const auto message = [](std::size_t extensions) {
        std::string text = "n,,\1auth=Bearer a.b.c\1";
        for (std::size_t i = 0; i < extensions; ++i) text += std::string(i + 1, 'k') + "=v\1";
        return text + "\1";
    };
    EXPECT_EQ(next_of(message(limits::sasl_extensions_max)), Next::check_token);
    EXPECT_EQ(next_of(message(limits::sasl_extensions_max + 1)), Next::fail);
}

TEST(OauthBearer, AMessageOutOfTurnEndsTheExchange) {
    OauthBearer exchange;
    exchange.on_message("n,,\1auth=Bearer aaa.bbb.ccc\1\1");
    EXPECT_EQ(exchange.on_message("\1").next, Next::fail);
    EXPECT_EQ(exchange.token(), "");
    EXPECT_EQ(exchange.on_verdict(claims_of("alice")).next, Next::fail);
    EXPECT_EQ(exchange.refusal(), Refusal::sasl_malformed);
}

TEST(OauthBearer, AVerdictNobodyAskedForLetsNobodyIn) {
    OauthBearer exchange;
    EXPECT_EQ(exchange.on_verdict(claims_of("alice")).next, Next::fail);
    EXPECT_EQ(next_of("n,,\1auth=Bearer aaa.bbb.ccc\1\1"), Next::check_token);
}

}  // namespace
}  // namespace sluice::identity
