#include <openssl/evp.h>

#include <memory>

#include "audit/encode.h"
#include "base/check.h"

namespace sluice::audit {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// One context a thread: making one, and looking the algorithm up, costs more than hashing an entry.
EVP_MD_CTX* context() {
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> reused(EVP_MD_CTX_new());
    SLUICE_CHECK(sha256 != nullptr && reused != nullptr);
    SLUICE_CHECK(EVP_DigestInit_ex2(reused.get(), sha256, nullptr) == 1);
    return reused.get();
}

Digest finish(EVP_MD_CTX* hash) {
    Digest digest;
    SLUICE_CHECK(EVP_DigestFinal_ex(hash, digest.bytes.data(), nullptr) == 1);
    return digest;
}

}  // namespace

Digest chain(const Digest& previous, Bytes entry) {
    EVP_MD_CTX* hash = context();
    Byte prefix[1 + sizeof previous.bytes] = {0x00};
    std::memcpy(prefix + 1, previous.bytes.data(), previous.bytes.size());
    SLUICE_CHECK(EVP_DigestUpdate(hash, prefix, sizeof prefix) == 1);
    SLUICE_CHECK(EVP_DigestUpdate(hash, entry.data(), entry.size()) == 1);
    return finish(hash);
}

Digest chain_start(std::string_view origin) {
    EVP_MD_CTX* hash = context();
    const Byte prefix = 0x01;
    SLUICE_CHECK(EVP_DigestUpdate(hash, &prefix, 1) == 1);
    SLUICE_CHECK(EVP_DigestUpdate(hash, origin.data(), origin.size()) == 1);
    return finish(hash);
}

}  // namespace sluice::audit
