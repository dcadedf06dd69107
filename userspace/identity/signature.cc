#include "identity/signature.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

#include "base/bytes.h"

namespace sluice::identity {
namespace {

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(BIGNUM* number) const { BN_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIGNUM> number(Bytes bytes) {
    return Owned<BIGNUM>(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

// As OpenSSL wants it; empty where r or s is missing or zero.
Buffer der_of(Bytes raw) {
    constexpr std::size_t kHalf = 32;
    if (raw.size() != 2 * kHalf) return {};
    auto r = number(raw.first(kHalf));
    auto s = number(raw.subspan(kHalf));
    const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
    if (!r || !s || !signature || BN_is_zero(r.get()) || BN_is_zero(s.get())) return {};
    if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
    static_cast<void>(r.release());  // the signature's now
    static_cast<void>(s.release());
    const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
    if (size <= 0) return {};
    Buffer der(static_cast<std::size_t>(size));
    unsigned char* at = der.data();
    i2d_ECDSA_SIG(signature.get(), &at);
    return der;
}

}  // namespace

bool signature_is_good(const Key& key, std::string_view text, std::string_view signature) {
    Buffer converted;
    Bytes bytes = as_bytes(signature);
    if (key.algorithm == Algorithm::es256) {
        converted = der_of(bytes);
        bytes = converted;
    }
    if (bytes.empty()) return false;
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    const bool good = context &&
                      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                           key.material.get()) == 1 &&
                      EVP_DigestVerify(context.get(), bytes.data(), bytes.size(),
                                       as_bytes(text).data(), text.size()) == 1;
    // What a bad signature leaves in this thread's queue would be taken for an error of its TLS.
    if (!good) ERR_clear_error();
    return good;
}

}  // namespace sluice::identity
