#include "net/window.h"

#include <algorithm>
#include <bit>

#include "base/limits.h"

namespace sluice::net {

namespace {

constexpr std::size_t kCapacityMin = 512;
// A window this much larger than its content is given back.
constexpr std::size_t kWasteFactorMax = 4;

}  // namespace

std::span<Byte> Window::room(std::size_t room_min, std::size_t size_hint) {
    const std::size_t believed =
        std::min(size_hint, std::max(limits::held_request_bytes_max, 2 * size()));
    const std::size_t wanted = std::max(size() + room_min, believed);
    if (wanted > capacity_) {
        reallocate(wanted);
    } else if (capacity_ - end_ < wanted - size()) {
        std::memmove(memory_.get(), memory_.get() + begin_, size());
        end_ -= begin_;
        begin_ = 0;
    }
    return {memory_.get() + end_, capacity_ - end_};
}

void Window::release(std::size_t bytes) {
    SLUICE_CHECK(bytes <= size());
    begin_ += bytes;
    if (empty()) clear();
}

void Window::assign(Bytes bytes) {
    if (bytes.empty()) return clear();
    begin_ = end_ = 0;
    const bool wasteful = capacity_ > kCapacityMin && capacity_ / kWasteFactorMax > bytes.size();
    if (capacity_ < bytes.size() || wasteful)
        reallocate(std::max(kCapacityMin, std::bit_ceil(bytes.size())));
    std::memcpy(memory_.get(), bytes.data(), bytes.size());
    end_ = bytes.size();
}

void Window::clear() {
    memory_.reset();
    begin_ = end_ = capacity_ = 0;
}

void Window::reallocate(std::size_t capacity) {
    auto memory = std::make_unique_for_overwrite<Byte[]>(capacity);
    const std::size_t kept = size();
    if (kept > 0) std::memcpy(memory.get(), memory_.get() + begin_, kept);
    memory_ = std::move(memory);
    begin_ = 0;
    end_ = kept;
    capacity_ = capacity;
}

}  // namespace sluice::net
