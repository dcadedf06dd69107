#include "audit/merkle.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>
#include <utility>

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

Digest leaf_hash(Bytes entry) {
    EVP_MD_CTX* hash = context();
    const Byte prefix = 0x00;
    SLUICE_CHECK(EVP_DigestUpdate(hash, &prefix, 1) == 1);
    SLUICE_CHECK(EVP_DigestUpdate(hash, entry.data(), entry.size()) == 1);
    return finish(hash);
}

Digest node_hash(const Digest& left, const Digest& right) {
    constexpr std::size_t digest_bytes = sizeof left.bytes;
    Byte bytes[1 + 2 * digest_bytes] = {0x01};
    std::memcpy(bytes + 1, left.bytes.data(), digest_bytes);
    std::memcpy(bytes + 1 + digest_bytes, right.bytes.data(), digest_bytes);
    EVP_MD_CTX* hash = context();
    SLUICE_CHECK(EVP_DigestUpdate(hash, bytes, sizeof bytes) == 1);
    return finish(hash);
}

Result<Frontier> Frontier::from(std::uint64_t size, std::vector<Digest> subtrees) {
    if (subtrees.size() != static_cast<std::size_t>(std::popcount(size)))
        return Error{Errc::malformed, "a tree of " + std::to_string(size) + " leaves has " +
                                          std::to_string(std::popcount(size)) +
                                          " complete subtrees, not " +
                                          std::to_string(subtrees.size())};
    Frontier frontier;
    frontier.size_ = size;
    frontier.subtrees_ = std::move(subtrees);
    return frontier;
}

Digest Frontier::root() const {
    if (subtrees_.empty()) return finish(context());
    Digest digest = subtrees_.back();
    for (std::size_t at = subtrees_.size() - 1; at-- > 0;)
        digest = node_hash(subtrees_[at], digest);
    return digest;
}

}  // namespace sluice::audit
