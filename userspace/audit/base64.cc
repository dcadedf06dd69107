#include "audit/base64.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace sluice::audit {

std::string encode_base64(Bytes bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

// OpenSSL passes over blanks and bits that stand for nothing: so the answer is written again.
std::optional<Buffer> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    Buffer bytes(text.size() / 4 * 3 + 1);
    const int length =
        EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    if (static_cast<std::size_t>(length) < padding) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    if (encode_base64(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace sluice::audit
