// hmac.h: HMAC-SHA256 (RFC 2104) with a key that is prepared once. Private to this folder.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/types.h"

namespace sluice::mask {

// The hash after each of its two keyed blocks: what is left to do for a text is the text. A value,
// shared by any number of threads.
class HmacKey {
  public:
    explicit HmacKey(Bytes secret) noexcept;
    [[nodiscard]] Digest of(Bytes text) const noexcept;

  private:
    // SHA-256 between two blocks (FIPS 180-4: the hash value).
    using Midstate = std::array<std::uint32_t, 8>;
    static Midstate absorb(const std::array<Byte, 64>& block) noexcept;

    Midstate inner_;
    Midstate outer_;
};

}  // namespace sluice::mask
