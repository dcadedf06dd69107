#include "identity/jwks.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/limits.h"
#include "identity/base64url.h"
#include "identity/strict_json.h"

namespace sluice::identity {
namespace {

using nlohmann::json;

struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
    void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;
using Material = std::shared_ptr<EVP_PKEY>;
using KeyOrSkip = std::variant<Key, KeySkip>;

// Null where OpenSSL does not take it, such as a point that is not of the curve.
Material make_key(const char* type, OSSL_PARAM_BLD* builder) {
    const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    const bool made =
        parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
    ERR_clear_error();
    return made ? Material(key, EVP_PKEY_free) : nullptr;
}

std::optional<std::string> bytes_of(const json& jwk, const char* name) {
    const json* value = member(jwk, name);
    const std::string* text = value != nullptr ? as_string(*value) : nullptr;
    return text != nullptr ? decode_base64url(*text) : std::nullopt;
}

Owned<BIGNUM> number(const std::string& bytes) {
    const Bytes big_endian = as_bytes(bytes);
    return Owned<BIGNUM>(
        BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
}

std::variant<Material, KeySkip> rsa_material(const json& jwk) {
    const auto modulus_bytes = bytes_of(jwk, "n");
    const auto exponent_bytes = bytes_of(jwk, "e");
    if (!modulus_bytes || !exponent_bytes) return KeySkip::malformed;
    const auto modulus = number(*modulus_bytes);
    const auto exponent = number(*exponent_bytes);
    if (!modulus || !exponent) return KeySkip::malformed;
    if (BN_num_bits(modulus.get()) > limits::rsa_bits_max) return KeySkip::too_large;
    // Exponents above 32 bits are in nobody's use and make checking slow.
    if (BN_num_bits(modulus.get()) < limits::rsa_bits_min || !BN_is_odd(modulus.get()) ||
        !BN_is_odd(exponent.get()) || BN_is_one(exponent.get()) || BN_num_bits(exponent.get()) > 32)
        return KeySkip::weak;
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return KeySkip::malformed;
    Material key = make_key("RSA", builder.get());
    if (!key) return KeySkip::malformed;
    return key;
}

std::variant<Material, KeySkip> ec_material(const json& jwk) {
    const json* curve = member(jwk, "crv");
    if (curve == nullptr || as_string(*curve) == nullptr) return KeySkip::malformed;
    if (*as_string(*curve) != "P-256") return KeySkip::other_type;
    constexpr std::size_t kCoordinateBytes = 32;
    const auto x = bytes_of(jwk, "x");
    const auto y = bytes_of(jwk, "y");
    if (!x || !y || x->size() != kCoordinateBytes || y->size() != kCoordinateBytes)
        return KeySkip::malformed;
    const std::string point = '\x04' + *x + *y;  // uncompressed
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1)
        return KeySkip::malformed;
    Material key = make_key("EC", builder.get());
    if (!key) return KeySkip::malformed;
    return key;
}

// Nothing where `use` and `key_ops` allow that signatures are checked with it.
std::optional<KeySkip> check_use(const json& jwk) {
    if (const json* use = member(jwk, "use")) {
        if (as_string(*use) == nullptr) return KeySkip::malformed;
        if (*as_string(*use) != "sig") return KeySkip::other_use;
    }
    const json* operations = member(jwk, "key_ops");
    if (operations == nullptr) return std::nullopt;
    if (!operations->is_array()) return KeySkip::malformed;
    for (const json& operation : *operations)
        if (as_string(operation) != nullptr && *as_string(operation) == "verify")
            return std::nullopt;
    return KeySkip::other_use;
}

// Nothing where `alg` is absent or the one we use this kty for.
std::optional<KeySkip> check_alg(const json& jwk, Algorithm ours) {
    const json* value = member(jwk, "alg");
    if (value == nullptr) return std::nullopt;
    const std::string* alg = as_string(*value);
    if (alg == nullptr) return KeySkip::malformed;
    if (*alg == name(ours)) return std::nullopt;
    const bool for_rsa = alg->starts_with("RS") || alg->starts_with("PS");
    const bool for_ec = alg->starts_with("ES") || alg->starts_with("ECDH");
    const bool fits = ours == Algorithm::rs256 ? for_rsa : for_ec;
    return fits ? KeySkip::other_type : KeySkip::contradiction;
}

KeyOrSkip read_key(const json& jwk) {
    const json* type = jwk.is_object() ? member(jwk, "kty") : nullptr;
    if (type == nullptr || as_string(*type) == nullptr) return KeySkip::malformed;
    const std::string& kty = *as_string(*type);
    if (kty == "oct") return KeySkip::symmetric;
    if (kty != "RSA" && kty != "EC") return KeySkip::other_type;
    if (member(jwk, "d") != nullptr) return KeySkip::private_part;
    const Algorithm algorithm = kty == "RSA" ? Algorithm::rs256 : Algorithm::es256;
    if (const auto skip = check_use(jwk)) return *skip;
    if (const auto skip = check_alg(jwk, algorithm)) return *skip;
    Key key{"", algorithm, nullptr};
    if (const json* kid = member(jwk, "kid")) {
        const std::string* text = as_string(*kid);
        if (text == nullptr || text->empty() || text->size() > limits::kid_bytes_max)
            return KeySkip::malformed;
        key.kid = *text;
    }
    auto material = algorithm == Algorithm::rs256 ? rsa_material(jwk) : ec_material(jwk);
    if (const auto* skip = std::get_if<KeySkip>(&material)) return *skip;
    key.material = std::get<Material>(std::move(material));
    return key;
}

}  // namespace

std::string_view name(Algorithm algorithm) noexcept {
    return algorithm == Algorithm::rs256 ? "RS256" : "ES256";
}

const char* name(KeySkip skip) noexcept {
    switch (skip) {
        case KeySkip::symmetric:
            return "symmetric";
        case KeySkip::private_part:
            return "private_part";
        case KeySkip::other_type:
            return "other_type";
        case KeySkip::contradiction:
            return "contradiction";
        case KeySkip::other_use:
            return "other_use";
        case KeySkip::weak:
            return "weak";
        case KeySkip::too_large:
            return "too_large";
        case KeySkip::malformed:
            return "malformed";
        case KeySkip::count_:
            break;
    }
    return "unknown";
}

Result<Keys> Keys::parse(std::string_view document) {
    if (document.size() > limits::jwks_bytes_max)
        return Error{Errc::too_large, "the key set is too long"};
    const auto parsed = parse_strict(document);
    const json* listed = parsed && parsed->is_object() ? member(*parsed, "keys") : nullptr;
    if (listed == nullptr || !listed->is_array())
        return Error{Errc::malformed, "this is no JSON Web Key Set"};
    if (listed->size() > limits::jwks_keys_max)
        return Error{Errc::too_large, "the key set has too many keys"};
    Keys keys;
    std::set<std::string> kids;
    for (const json& jwk : *listed) {
        auto read = read_key(jwk);
        if (const auto* skip = std::get_if<KeySkip>(&read)) {
            ++keys.skipped_[static_cast<std::size_t>(*skip)];
            continue;
        }
        keys.keys_.push_back(std::get<Key>(std::move(read)));
        const std::string& kid = keys.keys_.back().kid;
        if (!kid.empty() && !kids.insert(kid).second)
            return Error{Errc::malformed, "two keys of the set have the same kid"};
    }
    return keys;
}

const Key* Keys::find(std::string_view kid) const {
    const auto at = std::find_if(keys_.begin(), keys_.end(),
                                 [&](const Key& key) { return !kid.empty() && key.kid == kid; });
    return at == keys_.end() ? nullptr : &*at;
}

const Key* Keys::only(Algorithm algorithm) const {
    const Key* found = nullptr;
    for (const Key& key : keys_) {
        if (key.algorithm != algorithm) continue;
        if (found != nullptr) return nullptr;
        found = &key;
    }
    return found;
}

}  // namespace sluice::identity
