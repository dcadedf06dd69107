#include "identity/jwks.h"

#include <gtest/gtest.h>

#include <set>

#include "base/limits.h"
#include "unit/identity/fake_issuer.h"

namespace sluice::identity {
namespace {

using fake::ec_key;
using fake::key_set;
using fake::rsa_key;
using fake::SigningKey;

Keys parsed(const std::string& document) {
    auto keys = Keys::parse(document);
    EXPECT_TRUE(keys) << keys.error().context;
    return keys ? *std::move(keys) : Keys();
}
Errc error_of(const std::string& document) {
    const auto keys = Keys::parse(document);
    EXPECT_FALSE(keys);
    return keys ? Errc::io : keys.error().code;
}

// Why the only key of a set is not used; "used" where it is.
std::string fate(const std::string& jwk) {
    const Keys keys = parsed(key_set(jwk));
    if (keys.all().size() == 1) return "used";
    for (int i = 0; i < static_cast<int>(KeySkip::count_); ++i)
        if (keys.skipped(static_cast<KeySkip>(i)) == 1) return name(static_cast<KeySkip>(i));
    return "lost";
}

std::string with_n(std::string_view bytes, std::string_view exponent = {"\1\0\1", 3}) {
    return R"({"kid":"k","kty":"RSA","n":")" + fake::encode_base64url(bytes) + R"(","e":")" +
           fake::encode_base64url(exponent) + "\"}";
}
// An odd number of so many bits.
std::string modulus(std::size_t bits) {
    std::string bytes((bits + 7) / 8, '\xff');
    bytes[0] = static_cast<char>(0xff >> (bytes.size() * 8 - bits));
    return bytes;
}

TEST(Jwks, FindsKeysByTheirKid) {
    const Keys keys = parsed(key_set(rsa_key().jwk(), ec_key().jwk()));
    ASSERT_NE(keys.find("rsa-1"), nullptr);
    ASSERT_NE(keys.find("ec-1"), nullptr);
    EXPECT_EQ(keys.find("rsa-1")->algorithm, Algorithm::rs256);
    EXPECT_EQ(keys.find("ec-1")->algorithm, Algorithm::es256);
    EXPECT_EQ(EVP_PKEY_eq(keys.find("rsa-1")->material.get(), rsa_key().key.get()), 1);
    EXPECT_EQ(EVP_PKEY_eq(keys.find("ec-1")->material.get(), ec_key().key.get()), 1);
    EXPECT_EQ(keys.find("rsa-2"), nullptr);
    EXPECT_EQ(keys.find("RSA-1"), nullptr);
}

TEST(Jwks, AKeyWithoutAKidIsNotFoundByTheEmptyOne) {
    const Keys keys = parsed(key_set(SigningKey::ec("").jwk()));
    EXPECT_EQ(keys.all().size(), 1u);
    EXPECT_EQ(keys.find(""), nullptr);
}

TEST(Jwks, TheOnlyKeyOfAnAlgorithmIsTheOnlyOne) {
    const SigningKey other = SigningKey::ec("ec-2");
    const Keys one = parsed(key_set(rsa_key().jwk(), ec_key().jwk()));
    ASSERT_NE(one.only(Algorithm::es256), nullptr);
    EXPECT_EQ(one.only(Algorithm::es256)->kid, "ec-1");
    const Keys two = parsed(key_set(rsa_key().jwk(), ec_key().jwk(), other.jwk()));
    EXPECT_EQ(two.only(Algorithm::es256), nullptr);
    EXPECT_EQ(two.only(Algorithm::rs256)->kid, "rsa-1");
    EXPECT_EQ(parsed(key_set()).only(Algorithm::rs256), nullptr);
}

TEST(Jwks, UseOperationsAndAlgorithmOfAKeyAreRespected) {
    for (const char* extra :
         {R"("use":"sig")", R"("alg":"RS256")", R"("key_ops":["verify"])",
          R"("use":"sig","alg":"RS256","key_ops":["sign","verify"],"x5c":["AA"],"x5t":"b")"})
        EXPECT_EQ(fate(rsa_key().jwk(extra)), "used") << extra;
    for (const char* extra : {R"("use":"enc")", R"("use":"")", R"("use":"SIG")", R"("key_ops":[])",
                              R"("key_ops":["encrypt",7])", R"("use":"sig","key_ops":["sign"])"})
        EXPECT_EQ(fate(rsa_key().jwk(extra)), "other_use") << extra;
    for (const char* extra : {R"("alg":"PS256")", R"("alg":"RS512")", R"("alg":"RSA-OAEP")"})
        EXPECT_EQ(fate(rsa_key().jwk(extra)), "other_type") << extra;
    for (const char* extra : {R"("use":1)", R"("alg":null)", R"("key_ops":"verify")"})
        EXPECT_EQ(fate(rsa_key().jwk(extra)), "malformed") << extra;
}

TEST(Jwks, AKeyWhoseAlgorithmBelongsToAnotherTypeIsNotUsed) {
    for (const char* alg : {"ES256", "HS256", "none", "EdDSA", ""})
        EXPECT_EQ(fate(rsa_key().jwk(R"("alg":")" + std::string(alg) + "\"")), "contradiction")
            << alg;
    for (const char* alg : {"RS256", "PS256", "HS256", "none"})
        EXPECT_EQ(fate(ec_key().jwk(R"("alg":")" + std::string(alg) + "\"")), "contradiction")
            << alg;
    EXPECT_EQ(fate(ec_key().jwk(R"("alg":"ES384")")), "other_type");
}

TEST(Jwks, ASharedSecretIsNeverAKey) {
    EXPECT_EQ(fate(R"({"kty":"oct","kid":"k","alg":"HS256","k":"c2VjcmV0"})"), "symmetric");
    EXPECT_EQ(fate(R"({"kty":"oct","kid":"k","alg":"RS256","k":"c2VjcmV0"})"), "symmetric");
}

TEST(Jwks, AKeyThatEveryReaderCouldSignWithIsNotUsed) {
    EXPECT_EQ(fate(rsa_key().jwk(R"("d":"AQAB")")), "private_part");
    EXPECT_EQ(fate(ec_key().jwk(R"("d":"AQAB")")), "private_part");
}

TEST(Jwks, OtherTypesAndCurvesAreNotUsed) {
    EXPECT_EQ(fate(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"), "other_type");
    EXPECT_EQ(fate(R"({"kty":"rsa"})"), "other_type");
    EXPECT_EQ(fate(R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})"), "other_type");
    EXPECT_EQ(fate(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})"), "other_type");
}

TEST(Jwks, RsaKeysMustBeOfABearableSize) {
    EXPECT_EQ(fate(with_n(modulus(2048))), "used");
    EXPECT_EQ(fate(with_n(modulus(8192))), "used");
    EXPECT_EQ(fate(with_n(std::string(1, '\0') + modulus(2048))), "used");
    EXPECT_EQ(fate(with_n(modulus(2047))), "weak");
    EXPECT_EQ(fate(with_n(std::string(128, '\0') + modulus(1024))), "weak");
    EXPECT_EQ(fate(with_n("")), "weak");
    EXPECT_EQ(fate(with_n(modulus(8193))), "too_large");
    EXPECT_EQ(fate(with_n(modulus(100'000))), "too_large");
}

TEST(Jwks, RsaKeysWithAUselessNumberAreNotUsed) {
    using namespace std::string_view_literals;
    EXPECT_EQ(fate(with_n(modulus(2048), "\3"sv)), "used");
    EXPECT_EQ(fate(with_n(modulus(2048), "\xff\xff\xff\xff"sv)), "used");
    for (const std::string_view e : {""sv, "\0"sv, "\1"sv, "\2"sv, "\1\0\0"sv, "\1\0\0\0\1"sv})
        EXPECT_EQ(fate(with_n(modulus(2048), e)), "weak");
    std::string even = modulus(2048);
    even.back() = '\xfe';
    EXPECT_EQ(fate(with_n(even)), "weak");
}

TEST(Jwks, APointThatIsNotOfTheCurveIsNotUsed) {
    const auto point = [](const std::string& x, const std::string& y) {
        return R"({"kty":"EC","crv":"P-256","x":")" + fake::encode_base64url(x) + R"(","y":")" +
               fake::encode_base64url(y) + "\"}";
    };
    EXPECT_EQ(fate(point(std::string(32, '\1'), std::string(32, '\1'))), "malformed");
    EXPECT_EQ(fate(point(std::string(32, '\0'), std::string(32, '\0'))), "malformed");
    EXPECT_EQ(fate(point(std::string(32, '\xff'), std::string(32, '\xff'))), "malformed");
    EXPECT_EQ(fate(point(std::string(31, '\1'), std::string(32, '\1'))), "malformed");
    EXPECT_EQ(fate(point(std::string(33, '\1'), std::string(32, '\1'))), "malformed");
}

TEST(Jwks, AMalformedKeyIsPassedOverAndTheOthersAreUsed) {
    const std::string long_kid(limits::kid_bytes_max + 1, 'k');
    for (const std::string& jwk :
         {std::string("{}"), std::string("7"), std::string("null"), std::string("[]"),
          std::string(R"({"kty":7})"), std::string(R"({"kty":"RSA"})"),
          std::string(R"({"kty":"RSA","n":"AA==","e":"AQAB"})"),
          std::string(R"({"kty":"RSA","n":7,"e":"AQAB"})"), std::string(R"({"kty":"EC"})"),
          std::string(R"({"kty":"EC","crv":"P-256","x":"AA"})"), SigningKey::ec(long_kid).jwk(),
          ec_key().jwk(R"("key_ops":{})"), "{\"kid\":7," + ec_key().material() + "}",
          "{\"kid\":\"\"," + ec_key().material() + "}"}) {
        const Keys keys = parsed(key_set(jwk, rsa_key().jwk()));
        EXPECT_EQ(keys.skipped(KeySkip::malformed), 1u) << jwk;
        EXPECT_NE(keys.find("rsa-1"), nullptr) << jwk;
    }
    EXPECT_EQ(fate(SigningKey::ec(std::string(limits::kid_bytes_max, 'k')).jwk()), "used");
}

TEST(Jwks, TwoKeysWithOneKidAreRefused) {
    const SigningKey twin = SigningKey::ec("rsa-1");
    EXPECT_EQ(error_of(key_set(rsa_key().jwk(), twin.jwk())), Errc::malformed);
    EXPECT_EQ(error_of(key_set(rsa_key().jwk(), rsa_key().jwk())), Errc::malformed);
    // One that is not used cannot be meant.
    const Keys keys = parsed(key_set(rsa_key().jwk(), twin.jwk(R"("use":"enc")")));
    EXPECT_EQ(keys.find("rsa-1")->algorithm, Algorithm::rs256);
    const Keys unnamed = parsed(key_set(SigningKey::ec("").jwk(), SigningKey::ec("").jwk()));
    EXPECT_EQ(unnamed.all().size(), 2u);
}

TEST(Jwks, ADocumentOfNoUsableKeyIsASetOfNone) {
    EXPECT_TRUE(parsed(key_set()).all().empty());
    const Keys keys = parsed(key_set(R"({"kty":"oct"})", R"({"kty":"oct"})", R"({"kty":"OKP"})"));
    EXPECT_TRUE(keys.all().empty());
    EXPECT_EQ(keys.skipped(KeySkip::symmetric), 2u);
    EXPECT_EQ(keys.skipped(KeySkip::other_type), 1u);
}

TEST(Jwks, WhatIsNoKeySetIsRefused) {
    for (const char* document : {"", "{}", "[]", "7", "<html>", R"({"keys":{}})",
                                 R"({"keys":null})", R"({"keys":[],"keys":[]})",
                                 R"({"keys":[{"kty":"oct","kty":"oct"}]})", R"({"keys":[]} x)"})
        EXPECT_EQ(error_of(document), Errc::malformed) << document;
    EXPECT_EQ(error_of(rsa_key().jwk()), Errc::malformed);
}

TEST(Jwks, ADocumentOverItsLimitsIsRefused) {
    std::string document = key_set(rsa_key().jwk());
    document.resize(limits::jwks_bytes_max, ' ');
    EXPECT_EQ(parsed(document).all().size(), 1u);
    EXPECT_EQ(error_of(document + ' '), Errc::too_large);

    const auto many = [](std::size_t count) {
        std::string keys = "{}";
        for (std::size_t i = 1; i < count; ++i) keys += ",{}";
        return key_set(keys);
    };
    EXPECT_EQ(parsed(many(limits::jwks_keys_max)).skipped(KeySkip::malformed),
              limits::jwks_keys_max);
    EXPECT_EQ(error_of(many(limits::jwks_keys_max + 1)), Errc::too_large);
}

TEST(Jwks, EveryReasonHasANameOfItsOwn) {
    std::set<std::string> names;
    for (int i = 0; i < static_cast<int>(KeySkip::count_); ++i)
        names.insert(name(static_cast<KeySkip>(i)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(KeySkip::count_));
    EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace sluice::identity
