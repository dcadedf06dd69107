#include "identity/jwt.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "unit/identity/fake_issuer.h"

namespace sluice::identity {
namespace {

using fake::ec_key;
using fake::encode_base64url;
using fake::key_set;
using fake::rsa_key;
using fake::SigningKey;

constexpr std::int64_t kNow = 1'800'000'000;
const std::string kPayload =
    R"({"iss":"https://issuer.test","sub":"alice","aud":"sluice","exp":1800000600,"groups":["a"]})";

Expectations expected() {
    return {"https://issuer.test",
            {"sluice"},
            std::chrono::seconds(30),
            std::chrono::seconds(0),
            TokenType::any_jwt};
}

const Keys& both_keys() {
    static const Keys keys = *Keys::parse(key_set(rsa_key().jwk(), ec_key().jwk()));
    return keys;
}

// The refusal's name, or "accepted".
std::string verdict(const std::string& token, const Keys& keys = both_keys(),
                    const Expectations& wanted = expected()) {
    const Verdict result = verify(token, keys, wanted, kNow);
    const auto* refused = std::get_if<Refusal>(&result);
    return refused != nullptr ? name(*refused) : "accepted";
}

std::string unsigned_token(const std::string& header, const std::string& signature = "") {
    return encode_base64url(header) + "." + encode_base64url(kPayload) + "." + signature;
}

std::string hmac_token(const std::string& header, const std::string& secret) {
    const std::string text = encode_base64url(header) + "." + encode_base64url(kPayload);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), as_bytes(text).data(),
         text.size(), digest, &size);
    return text + "." + encode_base64url(as_text({digest, size}));
}

std::string public_pem(EVP_PKEY* key) {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(memory, key);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(memory);
    return pem;
}

TEST(Jwt, AcceptsWhatTheIssuerSigned) {
    for (const auto* key : {&rsa_key(), &ec_key()}) {
        const Verdict result = verify(key->token(kPayload), both_keys(), expected(), kNow);
        const auto* claims = std::get_if<Claims>(&result);
        ASSERT_NE(claims, nullptr);
        EXPECT_EQ(claims->subject, "alice");
        EXPECT_EQ(claims->issuer, "https://issuer.test");
        EXPECT_EQ(claims->expires_at, 1'800'000'600);
        EXPECT_EQ(*claims->find("groups"), (Claim{"groups", {"a"}}));
    }
}

TEST(Jwt, RefusesAnExpiredTokenAndOneForSomebodyElse) {
    const auto token = rsa_key().token(kPayload);
    EXPECT_EQ(std::get<Refusal>(verify(token, both_keys(), expected(), kNow + 600)),
              Refusal::token_expired);
    Expectations wanted = expected();
    wanted.audiences = {"other"};
    EXPECT_EQ(verdict(token, both_keys(), wanted), "token_wrong_audience");
    wanted = expected();
    wanted.issuer = "https://other.test";
    EXPECT_EQ(verdict(token, both_keys(), wanted), "token_wrong_issuer");
}

TEST(Jwt, RefusesATokenNobodySigned) {
    for (const char* alg : {"none", "None", "NONE", "nOnE", ""})
        for (const char* signature : {"", "AAAA"})
            EXPECT_EQ(verdict(unsigned_token(R"({"kid":"rsa-1","alg":")" + std::string(alg) + "\"}",
                                             signature)),
                      "token_unsupported_algorithm")
                << alg;
    EXPECT_EQ(verdict(unsigned_token(rsa_key().header())), "token_bad_signature");
    EXPECT_EQ(verdict(unsigned_token(ec_key().header())), "token_bad_signature");
}

TEST(Jwt, RefusesEveryOtherAlgorithm) {
    for (const char* alg : {"HS256", "RS384", "RS512", "PS256", "ES384", "ES256K", "EdDSA", "rs256",
                            "RS256 ", "RSA-OAEP", "dir"})
        EXPECT_EQ(verdict(rsa_key().token(R"({"kid":"rsa-1","alg":")" + std::string(alg) + "\"}",
                                          kPayload)),
                  "token_unsupported_algorithm")
            << alg;
    for (const char* alg : {"7", "null", "[\"RS256\"]", "{}"})
        EXPECT_EQ(
            verdict(rsa_key().token(R"({"kid":"rsa-1","alg":)" + std::string(alg) + "}", kPayload)),
            "token_malformed")
            << alg;
    EXPECT_EQ(verdict(rsa_key().token(R"({"kid":"rsa-1"})", kPayload)), "token_malformed");
}

TEST(Jwt, RefusesAnHmacUnderThePublicKey) {
    const std::string pem = public_pem(rsa_key().key.get());
    const std::string header = R"({"typ":"JWT","alg":"HS256","kid":"rsa-1"})";
    EXPECT_EQ(verdict(hmac_token(header, pem)), "token_unsupported_algorithm");
    EXPECT_EQ(verdict(hmac_token(header, "")), "token_unsupported_algorithm");
    EXPECT_EQ(verdict(hmac_token(rsa_key().header(), pem)), "token_bad_signature");
    // Nor under a secret that stands in the key set.
    const Keys keys = *Keys::parse(key_set(R"({"kty":"oct","kid":"s","k":"c2VjcmV0"})"));
    EXPECT_EQ(verdict(hmac_token(R"({"alg":"HS256","kid":"s"})", "secret"), keys),
              "token_unsupported_algorithm");
    EXPECT_EQ(verdict(hmac_token(R"({"alg":"RS256","kid":"s"})", "secret"), keys),
              "token_unknown_key");
}

TEST(Jwt, TheAlgorithmIsTheKeysOwn) {
    const std::string as_ec = R"({"alg":"ES256","kid":"rsa-1"})";
    const std::string as_rsa = R"({"alg":"RS256","kid":"ec-1"})";
    EXPECT_EQ(verdict(rsa_key().token(as_ec, kPayload)), "token_key_mismatch");
    EXPECT_EQ(verdict(ec_key().token(as_ec, kPayload)), "token_key_mismatch");
    EXPECT_EQ(verdict(rsa_key().token(as_rsa, kPayload)), "token_key_mismatch");
}

TEST(Jwt, AKidIsKnownOrTheTokenIsRefused) {
    const SigningKey stranger = SigningKey::ec("ec-2");
    EXPECT_EQ(verdict(stranger.token(kPayload)), "token_unknown_key");
    const SigningKey impostor = SigningKey::ec("ec-1");
    EXPECT_EQ(verdict(impostor.token(kPayload)), "token_bad_signature");
    EXPECT_EQ(verdict(ec_key().token(kPayload), Keys()), "token_unknown_key");
    for (const char* kid : {"7", "null", "\"\"", "[\"ec-1\"]"})
        EXPECT_EQ(
            verdict(ec_key().token(R"({"alg":"ES256","kid":)" + std::string(kid) + "}", kPayload)),
            "token_malformed")
            << kid;
}

TEST(Jwt, WithoutAKidExactlyOneKeyFits) {
    const SigningKey second = SigningKey::ec("ec-2");
    const std::string header = R"({"alg":"ES256"})";
    EXPECT_EQ(verdict(ec_key().token(header, kPayload)), "accepted");
    EXPECT_EQ(verdict(second.token(header, kPayload)), "token_bad_signature");
    const Keys two = *Keys::parse(key_set(ec_key().jwk(), second.jwk()));
    EXPECT_EQ(verdict(ec_key().token(header, kPayload), two), "token_without_kid");
    const Keys none = *Keys::parse(key_set(rsa_key().jwk()));
    EXPECT_EQ(verdict(ec_key().token(header, kPayload), none), "token_without_kid");
    const SigningKey unnamed = SigningKey::ec("");
    const Keys nameless = *Keys::parse(key_set(unnamed.jwk()));
    EXPECT_EQ(verdict(unnamed.token(header, kPayload), nameless), "accepted");
}

TEST(Jwt, AKeyThatTheTokenBringsAlongIsNotLookedAt) {
    const SigningKey attacker = SigningKey::ec("evil");
    const std::string offers = R"("jwk":)" + attacker.jwk() +
                               R"(,"jku":"https://evil.test/k","x5u":"https://evil.test/c")";
    EXPECT_EQ(verdict(attacker.token(R"({"alg":"ES256","kid":"ec-1",)" + offers + "}", kPayload)),
              "token_bad_signature");
    EXPECT_EQ(verdict(attacker.token(R"({"alg":"ES256","kid":"evil",)" + offers + "}", kPayload)),
              "token_unknown_key");
    EXPECT_EQ(verdict(ec_key().token(R"({"alg":"ES256","kid":"ec-1",)" + offers + "}", kPayload)),
              "accepted");
}

TEST(Jwt, RefusesHeadersThatChangeHowItIsRead) {
    const auto with = [](const std::string& member) {
        return ec_key().token(R"({"alg":"ES256","kid":"ec-1",)" + member + "}", kPayload);
    };
    for (const char* header :
         {R"("crit":["exp"])", R"("crit":[])", R"("b64":false)", R"("b64":true)"})
        EXPECT_EQ(verdict(with(header)), "token_critical_header") << header;
    for (const char* header : {R"("cty":"JWT")", R"("enc":"A128GCM")", R"("zip":"DEF")"})
        EXPECT_EQ(verdict(with(header)), "token_nested") << header;
}

TEST(Jwt, RefusesNestedTokens) {
    const std::string inner = ec_key().token(kPayload);
    EXPECT_EQ(verdict(ec_key().token(inner)), "token_malformed");
    EXPECT_EQ(verdict(ec_key().token(R"({"alg":"ES256","kid":"ec-1","cty":"JWT"})", inner)),
              "token_nested");
    EXPECT_EQ(verdict("aaaa.bbbb.cccc.dddd.eeee"), "token_nested");
}

TEST(Jwt, TypeIsATokenOrNothing) {
    const auto with = [](const std::string& typ) {
        return ec_key().token(R"({"alg":"ES256","kid":"ec-1","typ":)" + typ + "}", kPayload);
    };
    const std::string without = ec_key().token(R"({"alg":"ES256","kid":"ec-1"})", kPayload);
    for (const char* typ : {R"("JWT")", R"("jwt")", R"("at+jwt")", R"("AT+JWT")",
                            R"("application/at+jwt")", R"("application/JWT")"})
        EXPECT_EQ(verdict(with(typ)), "accepted") << typ;
    EXPECT_EQ(verdict(without), "accepted");
    for (const char* typ : {R"("logout+jwt")", R"("dpop+jwt")", R"("JWS")", R"("")", R"("JOSE")"})
        EXPECT_EQ(verdict(with(typ)), "token_wrong_type") << typ;
    EXPECT_EQ(verdict(with("7")), "token_malformed");

    Expectations strict = expected();
    strict.type = TokenType::access_token;
    EXPECT_EQ(verdict(with(R"("at+jwt")"), both_keys(), strict), "accepted");
    EXPECT_EQ(verdict(with(R"("JWT")"), both_keys(), strict), "token_wrong_type");
    EXPECT_EQ(verdict(without, both_keys(), strict), "token_wrong_type");
}

TEST(Jwt, HasExactlyThreePartsAndNothingAround) {
    const std::string good = ec_key().token(kPayload);
    ASSERT_EQ(verdict(good), "accepted");
    const std::size_t first = good.find('.'), second = good.rfind('.');
    for (const std::string& bad :
         {std::string(), std::string("."), std::string(".."), std::string("..."), good + ".",
          "." + good, good + " ", " " + good, good + "\n", good + "=", good + '\0',
          good.substr(0, second), good.substr(0, second) + "=" + good.substr(second),
          good.substr(0, first) + " " + good.substr(first),
          good.substr(0, first) + "." + good.substr(first), good.substr(first),
          "{}" + good.substr(first)})
        EXPECT_EQ(verdict(bad), "token_malformed") << bad;
}

TEST(Jwt, RefusesMembersThatStandTwice) {
    EXPECT_EQ(verdict(ec_key().token(R"({"alg":"none","alg":"ES256","kid":"ec-1"})", kPayload)),
              "token_malformed");
    EXPECT_EQ(verdict(ec_key().token(kPayload.substr(0, kPayload.size() - 1) + R"(,"sub":"bob"})")),
              "token_malformed");
}

TEST(Jwt, RefusesHeadersThatAreNoObject) {
    for (const char* header : {"", "[]", "7", "null", "\"ES256\"", "{", "{\"alg\":\"ES256\"}x"})
        EXPECT_EQ(verdict(ec_key().token(header, kPayload)), "token_malformed") << header;
}

TEST(Jwt, TakesTokensUpToTheirLimit) {
    const auto padded = [](std::size_t blanks) {
        return ec_key().token(kPayload + std::string(blanks, ' '));
    };
    std::size_t blanks = limits::token_bytes_max * 3 / 4 - kPayload.size() - 128;
    while (padded(blanks + 1).size() <= limits::token_bytes_max) ++blanks;
    EXPECT_EQ(verdict(padded(blanks)), "accepted");
    EXPECT_EQ(verdict(padded(blanks + 1)), "token_too_large");
    EXPECT_EQ(verdict(std::string(limits::token_bytes_max + 1, '.')), "token_too_large");
}

TEST(Jwt, RefusesEveryTokenWithAByteChanged) {
    for (const auto* key : {&rsa_key(), &ec_key()}) {
        const std::string good = key->token(kPayload);
        ASSERT_EQ(verdict(good), "accepted");
        for (std::size_t at = 0; at < good.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                std::string bad = good;
                bad[at] = static_cast<char>(bad[at] ^ 1 << bit);
                EXPECT_NE(verdict(bad), "accepted") << at << ":" << bit;
            }
        }
    }
}

TEST(Jwt, RefusesEveryTokenThatIsCutShort) {
    const std::string good = ec_key().token(kPayload);
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(verdict(good.substr(0, size)), "accepted") << size;
}

TEST(Jwt, ClaimsOfATokenWithABadSignatureAreNotReadAtAll) {
    const SigningKey impostor = SigningKey::ec("ec-1");
    EXPECT_EQ(verdict(impostor.token("{}")), "token_bad_signature");
    EXPECT_EQ(verdict(impostor.token(R"({"exp":1})")), "token_bad_signature");
    EXPECT_EQ(verdict(ec_key().token("{}")), "token_claims_missing");
}

}  // namespace
}  // namespace sluice::identity
