// fuzz.h: what the fuzz targets share. A target is a function over any bytes that must return; a
// broken property is a failed SLUICE_CHECK.
//
// The same functions are libFuzzer targets (SLUICE_FUZZ) and replayed over the corpora (replay.cc).
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sluice::fuzz {

// Takes knobs off the front of the input; zeros where it is at its end.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
    Byte byte() {
        const Bytes taken = bytes(1);
        return taken.empty() ? Byte{0} : taken[0];
    }
    Bytes bytes(std::size_t count) {
        const Bytes taken = rest_.first(std::min(count, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] Bytes rest() const { return rest_; }

  private:
    Bytes rest_;
};

// A copy of exactly its size, so that the sanitizer sees a read behind its end.
inline Buffer exact(Bytes bytes) {
    Buffer copy(bytes.begin(), bytes.end());
    copy.shrink_to_fit();
    return copy;
}

}  // namespace sluice::fuzz
