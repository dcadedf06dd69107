#include "identity/signature.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "identity/base64url.h"
#include "unit/identity/fake_issuer.h"

namespace sluice::identity {
namespace {

using fake::ec_key;
using fake::key_set;
using fake::rsa_key;

// The examples of RFC 7515 A.2 and A.3: their keys (the public half), payload and signatures.
constexpr const char* kRfcRsa =
    R"({"kty":"RSA","e":"AQAB","n":")"
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1"
    "Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpa"
    "SHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4"
    "LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    R"("})";
constexpr const char* kRfcEc =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
const std::string kRfcPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
constexpr const char* kRfcRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujG"
    "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
    "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
    "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr const char* kRfcEcSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

constexpr std::string_view kText = "header.payload";

Key key_of(const std::string& jwk) {
    const auto keys = Keys::parse(key_set(jwk));
    SLUICE_CHECK(keys.has_value() && keys->all().size() == 1);
    return keys->all()[0];
}

// Each byte of `good` with one of its bits turned around; none of them may pass.
void expect_every_flip_refused(const Key& key, const std::string& good) {
    ASSERT_TRUE(signature_is_good(key, kText, good));
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
        EXPECT_FALSE(signature_is_good(key, kText, bad)) << at;
    }
}

TEST(Signature, OfTheRfcsRsaExampleIsGood) {
    const std::string text = "eyJhbGciOiJSUzI1NiJ9." + kRfcPayload;
    const std::string signature = *decode_base64url(kRfcRsaSignature);
    EXPECT_TRUE(signature_is_good(key_of(kRfcRsa), text, signature));
    EXPECT_FALSE(signature_is_good(key_of(kRfcRsa), text + "A", signature));
    EXPECT_FALSE(signature_is_good(key_of(rsa_key().jwk()), text, signature));
}

TEST(Signature, OfTheRfcsEllipticExampleIsGood) {
    const std::string text = "eyJhbGciOiJFUzI1NiJ9." + kRfcPayload;
    const std::string signature = *decode_base64url(kRfcEcSignature);
    EXPECT_TRUE(signature_is_good(key_of(kRfcEc), text, signature));
    EXPECT_FALSE(signature_is_good(key_of(kRfcEc), text + "A", signature));
    EXPECT_FALSE(signature_is_good(key_of(ec_key().jwk()), text, signature));
}

TEST(Signature, WithABitTurnedAroundIsBad) {
    expect_every_flip_refused(key_of(rsa_key().jwk()), rsa_key().sign(kText));
    expect_every_flip_refused(key_of(ec_key().jwk()), ec_key().sign(kText));
}

TEST(Signature, OfAnotherLengthIsBad) {
    for (const auto* signer : {&rsa_key(), &ec_key()}) {
        const Key key = key_of(signer->jwk());
        const std::string good = signer->sign(kText);
        for (std::size_t size = 0; size < good.size(); ++size)
            EXPECT_FALSE(signature_is_good(key, kText, good.substr(0, size))) << size;
        EXPECT_FALSE(signature_is_good(key, kText, good + '\0'));
        EXPECT_FALSE(signature_is_good(key, kText, '\0' + good));
        EXPECT_FALSE(signature_is_good(key, kText, std::string(16 * 1024, 'x')));
    }
}

TEST(Signature, OfAnEllipticKeyWithTheSameNumbersInMoreBytesIsBad) {
    const std::string good = ec_key().sign(kText);
    EXPECT_FALSE(signature_is_good(key_of(ec_key().jwk()), kText,
                                   good.substr(0, 32) + '\0' + good.substr(32)));
}

TEST(Signature, OfAnEllipticKeyInDerIsBad) {
    const std::string der = ec_key().sign_raw(kText);
    EXPECT_FALSE(signature_is_good(key_of(ec_key().jwk()), kText, der));
}

TEST(Signature, OfAnEllipticKeyWithAZeroIsBad) {
    const Key key = key_of(ec_key().jwk());
    const std::string zero(32, '\0');
    const std::string good = ec_key().sign(kText);
    EXPECT_FALSE(signature_is_good(key, kText, zero + good.substr(32)));
    EXPECT_FALSE(signature_is_good(key, kText, good.substr(0, 32) + zero));
    EXPECT_FALSE(signature_is_good(key, kText, zero + zero));
}

TEST(Signature, OfAnEllipticKeyWithNumbersBeyondTheOrderIsBad) {
    const Key key = key_of(ec_key().jwk());
    const std::string order = *decode_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
    const std::string good = ec_key().sign(kText);
    EXPECT_FALSE(signature_is_good(key, kText, order + good.substr(32)));
    EXPECT_FALSE(signature_is_good(key, kText, good.substr(0, 32) + order));
    EXPECT_FALSE(signature_is_good(key, kText, std::string(64, '\xff')));
}

TEST(Signature, ABadOneLeavesNoErrorToTheThread) {
    const Key rsa = key_of(rsa_key().jwk()), ec = key_of(ec_key().jwk());
    for (const Key* key : {&rsa, &ec}) {
        for (const std::string& bad : {std::string("short"), std::string(256, 'x'),
                                       std::string(256, '\xff'), std::string(64, '\xff')}) {
            EXPECT_FALSE(signature_is_good(*key, kText, bad));
            EXPECT_EQ(ERR_peek_error(), 0u);
        }
    }
}

}  // namespace
}  // namespace sluice::identity
