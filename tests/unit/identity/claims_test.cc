#include "identity/claims.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/limits.h"

namespace sluice::identity {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNow = 1'800'000'000;

Expectations expected() {
    return {"https://issuer.test", {"sluice", "kafka"}, 30s, 0s, {}};
}

// A payload that is accepted, with `more` members ("\"nbf\":1").
std::string payload(const std::string& more = "") {
    return R"({"iss":"https://issuer.test","sub":"alice","aud":"sluice","exp":1800000600)" +
           (more.empty() ? "" : "," + more) + "}";
}

// The refusal's name, or "accepted".
std::string verdict(const std::string& text, const Expectations& wanted = expected(),
                    std::int64_t now = kNow) {
    const Verdict result = read_claims(text, wanted, now);
    const auto* refused = std::get_if<Refusal>(&result);
    return refused != nullptr ? name(*refused) : "accepted";
}

Claims accepted(const std::string& text) {
    const Verdict result = read_claims(text, expected(), kNow);
    const auto* claims = std::get_if<Claims>(&result);
    EXPECT_NE(claims, nullptr) << verdict(text);
    return claims != nullptr ? *claims : Claims{};
}

std::string times(const std::string& members) {
    return R"({"iss":"https://issuer.test","sub":"a","aud":"sluice",)" + members + "}";
}

TEST(Claims, SayWhoTheBearerIsAndForHowLong) {
    const Claims claims = accepted(payload(R"("email":"alice@example.org","groups":["b","a"])"));
    EXPECT_EQ(claims, (Claims{"https://issuer.test",
                              "alice",
                              1'800'000'600,
                              {{"aud", {"sluice"}},
                               {"email", {"alice@example.org"}},
                               {"exp", {"1800000600"}},
                               {"groups", {"b", "a"}},
                               {"iss", {"https://issuer.test"}},
                               {"sub", {"alice"}}}}));
}

TEST(Claims, AreFoundByNameOnly) {
    const Claims claims = accepted(payload(R"("groups":[],"gone":null)"));
    ASSERT_NE(claims.find("groups"), nullptr);
    EXPECT_TRUE(claims.find("groups")->values.empty());
    EXPECT_EQ(claims.find("gone"), nullptr);
    EXPECT_EQ(claims.find("group"), nullptr);
    EXPECT_EQ(claims.find("zzz"), nullptr);
    EXPECT_EQ(claims.find(""), nullptr);
}

TEST(Claims, OfObjectsAreNamedByTheirPath) {
    const Claims claims = accepted(
        payload(R"("realm_access":{"roles":["r1","r2"]},"r":{"c":{"roles":["x"]}},"e":{})"));
    EXPECT_EQ(*claims.find("realm_access.roles"), (Claim{"realm_access.roles", {"r1", "r2"}}));
    EXPECT_EQ(*claims.find("r.c.roles"), (Claim{"r.c.roles", {"x"}}));
    EXPECT_EQ(claims.find("realm_access"), nullptr);
    EXPECT_EQ(claims.find("e"), nullptr);
}

TEST(Claims, ThatAreNumbersOrBooleansAreText) {
    const Claims claims = accepted(
        payload(R"("i":-7,"u":18446744073709551615,"d":0.5,"yes":true,"mix":[1,false,"x",1.25])"));
    EXPECT_EQ(*claims.find("i"), (Claim{"i", {"-7"}}));
    EXPECT_EQ(*claims.find("u"), (Claim{"u", {"18446744073709551615"}}));
    EXPECT_EQ(*claims.find("d"), (Claim{"d", {"0.5"}}));
    EXPECT_EQ(*claims.find("yes"), (Claim{"yes", {"true"}}));
    EXPECT_EQ(*claims.find("mix"), (Claim{"mix", {"1", "false", "x", "1.25"}}));
}

TEST(Claims, WithControlCharactersAreLeftOut) {
    const Claims claims = accepted(payload(
        R"("address":"a\nb","list":["ok","\u001b[2J","\u009b"],"na\nme":"x","ok":"\u00e9")"));
    EXPECT_EQ(claims.find("address"), nullptr);
    EXPECT_EQ(claims.find("na\nme"), nullptr);
    EXPECT_EQ(*claims.find("list"), (Claim{"list", {"ok"}}));
    EXPECT_EQ(*claims.find("ok"), (Claim{"ok", {"\xc3\xa9"}}));
}

TEST(Claims, ElementsThatAreNoTextAreLeftOut) {
    const Claims claims = accepted(payload(R"("list":["a",null,{"b":1},["c"],"d"])"));
    EXPECT_EQ(*claims.find("list"), (Claim{"list", {"a", "d"}}));
}

TEST(Claims, OfOneNameInTwoWaysAreRefused) {
    EXPECT_EQ(verdict(payload(R"("a.b":"x","a":{"b":"y"})")), "token_malformed");
    EXPECT_EQ(verdict(payload(R"("a":{"b.c":1,"b":{"c":1}})")), "token_malformed");
    EXPECT_EQ(verdict(payload(R"("a":1,"a":1)")), "token_malformed");
}

TEST(Claims, MustBeAnObject) {
    for (const char* text : {"", "[]", "7", "null", "\"x\"", "{", "{}x"})
        EXPECT_EQ(verdict(text), "token_malformed") << text;
    EXPECT_EQ(verdict("{}"), "token_claims_missing");
}

TEST(Claims, IssuerIsEqualByteByByte) {
    const auto with = [](const std::string& iss) {
        return R"({"iss":)" + iss + R"(,"sub":"a","aud":"sluice","exp":1800000600})";
    };
    EXPECT_EQ(verdict(with(R"("https://issuer.test")")), "accepted");
    for (const char* iss : {R"("https://issuer.test/")", R"("HTTPS://issuer.test")",
                            R"("https://issuer.tes")", R"("https://issuer.test ")"})
        EXPECT_EQ(verdict(with(iss)), "token_wrong_issuer") << iss;
    EXPECT_EQ(verdict(with("[\"https://issuer.test\"]")), "token_malformed");
    EXPECT_EQ(verdict(with("\"\"")), "token_claims_missing");
    EXPECT_EQ(verdict(R"({"sub":"a","aud":"sluice","exp":1800000600})"), "token_claims_missing");
}

TEST(Claims, AudienceIsOneOfOurs) {
    const auto with = [](const std::string& aud) {
        return R"({"iss":"https://issuer.test","sub":"a","aud":)" + aud + R"(,"exp":1800000600})";
    };
    for (const char* aud : {R"("sluice")", R"("kafka")", R"(["x","sluice"])", R"(["kafka"])"})
        EXPECT_EQ(verdict(with(aud)), "accepted") << aud;
    for (const char* aud : {R"("Sluice")", R"("sluice kafka")", R"(["x"])", "[]", R"("")"})
        EXPECT_EQ(verdict(with(aud)), "token_wrong_audience") << aud;
    for (const char* aud : {"7", "null", "{}", R"(["sluice",7])"})
        EXPECT_EQ(verdict(with(aud)), "token_malformed") << aud;
    EXPECT_EQ(verdict(R"({"iss":"https://issuer.test","sub":"a","exp":1800000600})"),
              "token_claims_missing");
}

TEST(Claims, WithNothingExpectedNothingIsAccepted) {
    Expectations wanted = expected();
    wanted.audiences.clear();
    EXPECT_EQ(verdict(payload(), wanted), "token_wrong_audience");
    wanted = expected();
    wanted.issuer.clear();
    EXPECT_EQ(verdict(payload(), wanted), "token_wrong_issuer");
}

TEST(Claims, ExpiryIsRequiredAndKnowsNoSkew) {
    EXPECT_EQ(verdict(payload(), expected(), 1'800'000'599), "accepted");
    EXPECT_EQ(verdict(payload(), expected(), 1'800'000'600), "token_expired");
    EXPECT_EQ(verdict(payload(), expected(), 1'800'000'601), "token_expired");
    EXPECT_EQ(verdict(times(R"("iat":1)")), "token_claims_missing");
    EXPECT_EQ(verdict(times(R"("exp":1800000000.9)")), "token_expired");
    EXPECT_EQ(accepted(times(R"("exp":1800000001.9)")).expires_at, 1'800'000'001);
    EXPECT_EQ(accepted(times(R"("exp":253402300799)")).expires_at, 253'402'300'799);
    for (const char* exp : {"\"1800000600\"", "null", "true", "-1", "1e300", "253402300800",
                            "18446744073709551615", "[1800000600]"})
        EXPECT_EQ(verdict(times(std::string("\"exp\":") + exp)), "token_malformed") << exp;
}

TEST(Claims, TimesToComeAreRefusedBeyondTheSkew) {
    for (const std::string claim : {"nbf", "iat"}) {
        const auto with = [&](const std::string& value) {
            return payload("\"" + claim + "\":" + value);
        };
        EXPECT_EQ(verdict(with("1799999999")), "accepted");
        EXPECT_EQ(verdict(with("1800000030")), "accepted");
        EXPECT_EQ(verdict(with("1800000030.1")), "token_not_yet_valid");
        EXPECT_EQ(verdict(with("1800000031")), "token_not_yet_valid");
        EXPECT_EQ(verdict(with("\"1799999999\"")), "token_malformed");
        EXPECT_EQ(verdict(with("-1")), "token_malformed");
    }
}

TEST(Claims, AnAgeLimitNeedsATimeOfIssue) {
    Expectations wanted = expected();
    wanted.age_max = 60s;
    EXPECT_EQ(verdict(payload(R"("iat":1799999940)"), wanted), "accepted");
    EXPECT_EQ(verdict(payload(R"("iat":1799999939)"), wanted), "token_too_old");
    EXPECT_EQ(verdict(payload(), wanted), "token_claims_missing");
    EXPECT_EQ(verdict(payload(R"("iat":1799999939)")), "accepted");
}

TEST(Claims, ASubjectIsRequiredAndFitToBeShown) {
    const auto with = [](const std::string& sub) {
        return R"({"iss":"https://issuer.test","aud":"sluice","exp":1800000600,"sub":)" + sub + "}";
    };
    EXPECT_EQ(verdict(with('"' + std::string(limits::subject_bytes_max, 'x') + '"')), "accepted");
    EXPECT_EQ(verdict(with('"' + std::string(limits::subject_bytes_max + 1, 'x') + '"')),
              "token_too_large");
    EXPECT_EQ(verdict(with("\"\"")), "token_claims_missing");
    EXPECT_EQ(verdict(R"({"iss":"https://issuer.test","aud":"sluice","exp":1800000600})"),
              "token_claims_missing");
    for (const char* sub : {"7", "null", "[\"a\"]", R"("a\nb")", R"("a\u0000")", R"("\u009b")"})
        EXPECT_EQ(verdict(with(sub)), "token_malformed") << sub;
}

TEST(Claims, AreNeverCutToALimit) {
    const auto list = [](std::size_t values) {
        std::string text = "\"g\":[";
        for (std::size_t i = 0; i < values; ++i) text += i == 0 ? "1" : ",1";
        return text + "]";
    };
    const std::size_t others = 4;  // iss, sub, aud, exp
    EXPECT_EQ(verdict(payload(list(limits::claim_values_max - others))), "accepted");
    EXPECT_EQ(verdict(payload(list(limits::claim_values_max - others + 1))), "token_too_large");

    const auto members = [](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += (i == 0 ? "\"c" : ",\"c") + std::to_string(i) + "\":[]";
        return text;
    };
    EXPECT_EQ(verdict(payload(members(limits::claims_max - others))), "accepted");
    EXPECT_EQ(verdict(payload(members(limits::claims_max - others + 1))), "token_too_large");

    const auto named = [](std::size_t size) { return "\"" + std::string(size, 'n') + "\":1"; };
    EXPECT_EQ(verdict(payload(named(limits::claim_name_bytes_max))), "accepted");
    EXPECT_EQ(verdict(payload(named(limits::claim_name_bytes_max + 1))), "token_too_large");
}

TEST(Claims, NestToTheLimitOfJson) {
    const auto nested = [](std::size_t depth) {  // the payload is one itself
        std::string text = "\"d\":";
        for (std::size_t i = 1; i < depth; ++i) text += "{\"d\":";
        return text + "1" + std::string(depth - 1, '}');
    };
    EXPECT_EQ(verdict(payload(nested(limits::json_depth_max))), "accepted");
    EXPECT_EQ(verdict(payload(nested(limits::json_depth_max + 1))), "token_malformed");
}

}  // namespace
}  // namespace sluice::identity
