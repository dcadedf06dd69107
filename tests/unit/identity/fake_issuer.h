// fake_issuer.h: an identity provider for tests: makes keys, publishes them, signs what it is told.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "identity/jwks.h"

namespace sluice::identity::fake {

inline std::string encode_base64url(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     as_bytes(bytes).data(), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (text.ends_with('=')) text.pop_back();
    return text;
}

// Base64url of a number of a key, on at least `width` bytes.
inline std::string number_of(const EVP_PKEY* key, const char* parameter, int width = 0) {
    BIGNUM* number = nullptr;
    SLUICE_CHECK(EVP_PKEY_get_bn_param(key, parameter, &number) == 1);
    std::string bytes(static_cast<std::size_t>(std::max(width, BN_num_bytes(number))), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(number);
    return encode_base64url(bytes);
}

class SigningKey {
  public:
    static SigningKey rsa(std::string kid, unsigned bits = 2048) {
        return {std::move(kid), Algorithm::rs256, EVP_RSA_gen(bits)};
    }
    static SigningKey ec(std::string kid, const char* curve = "P-256") {
        return {std::move(kid), Algorithm::es256, EVP_EC_gen(curve)};
    }

    // A JWK, with `extra` members ("\"use\":\"sig\"").
    [[nodiscard]] std::string jwk(const std::string& extra = "") const {
        std::string text = "{";
        if (!kid.empty()) text += R"("kid":")" + kid + R"(",)";
        if (!extra.empty()) text += extra + ",";
        return text + material() + "}";
    }
    // The members kty, n and e, or kty, crv, x and y.
    [[nodiscard]] std::string material() const {
        if (algorithm == Algorithm::rs256)
            return R"("kty":"RSA","n":")" + number_of(key.get(), OSSL_PKEY_PARAM_RSA_N) +
                   R"(","e":")" + number_of(key.get(), OSSL_PKEY_PARAM_RSA_E) + "\"";
        return R"("kty":"EC","crv":"P-256","x":")" +
               number_of(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, 32) + R"(","y":")" +
               number_of(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"";
    }

    // As OpenSSL has it: for ES256 in DER.
    [[nodiscard]] std::string sign_raw(std::string_view text) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        std::size_t size = 0;
        std::string signature;
        SLUICE_CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.get()) == 1);
        SLUICE_CHECK(EVP_DigestSign(context, nullptr, &size, as_bytes(text).data(), text.size()));
        signature.resize(size);
        SLUICE_CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()),
                                    &size, as_bytes(text).data(), text.size()) == 1);
        EVP_MD_CTX_free(context);
        signature.resize(size);
        return signature;
    }
    // As JWS has it.
    [[nodiscard]] std::string sign(std::string_view text) const {
        const std::string raw = sign_raw(text);
        if (algorithm == Algorithm::rs256) return raw;
        const unsigned char* at = as_bytes(raw).data();
        ECDSA_SIG* parsed = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(raw.size()));
        SLUICE_CHECK(parsed != nullptr);
        std::string signature(64, '\0');
        auto* out = reinterpret_cast<unsigned char*>(signature.data());
        BN_bn2binpad(ECDSA_SIG_get0_r(parsed), out, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(parsed), out + 32, 32);
        ECDSA_SIG_free(parsed);
        return signature;
    }

    [[nodiscard]] std::string header() const {
        std::string text = R"({"typ":"JWT","alg":")" + std::string(name(algorithm)) + "\"";
        if (!kid.empty()) text += R"(,"kid":")" + kid + "\"";
        return text + "}";
    }
    [[nodiscard]] std::string token(const std::string& payload) const {
        return token(header(), payload);
    }
    [[nodiscard]] std::string token(const std::string& header_text,
                                    const std::string& payload) const {
        const std::string text = encode_base64url(header_text) + "." + encode_base64url(payload);
        return text + "." + encode_base64url(sign(text));
    }

    std::string kid;
    Algorithm algorithm;
    std::shared_ptr<EVP_PKEY> key;

  private:
    SigningKey(std::string id, Algorithm its, EVP_PKEY* made)
        : kid(std::move(id)), algorithm(its), key(made, EVP_PKEY_free) {
        SLUICE_CHECK(made != nullptr);
    }
};

// {"keys":[...]}
template <class... Jwk>
std::string key_set(const Jwk&... jwks) {
    std::string text;
    ((text += (text.empty() ? "" : ",") + std::string(jwks)), ...);
    return R"({"keys":[)" + text + "]}";
}

// Made once: an RSA key costs a tenth of a second.
inline const SigningKey& rsa_key() {
    static const SigningKey key = SigningKey::rsa("rsa-1");
    return key;
}
inline const SigningKey& ec_key() {
    static const SigningKey key = SigningKey::ec("ec-1");
    return key;
}

}  // namespace sluice::identity::fake
