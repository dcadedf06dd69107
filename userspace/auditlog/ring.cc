#include "auditlog/ring.h"

#include <bit>

#include "base/check.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

constexpr std::size_t kLengthBytes = 2;  // 0 is no entry: "go on at the ring's start"

}  // namespace

Ring::Ring(std::size_t capacity)
    : capacity_(capacity), bytes_(std::make_unique_for_overwrite<Byte[]>(capacity)) {
    SLUICE_CHECK(std::has_single_bit(capacity));
    SLUICE_CHECK(capacity > 2 * (kLengthBytes + limits::audit_entry_bytes_max));
}

bool Ring::push(Bytes entry) {
    SLUICE_CHECK(!entry.empty() && entry.size() <= limits::audit_entry_bytes_max);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t at = place(tail);
    const std::size_t wanted = kLengthBytes + entry.size();
    const std::size_t skipped = capacity_ - at < wanted ? capacity_ - at : 0;
    if (tail + skipped + wanted - head_seen_ > capacity_) {
        head_seen_ = head_.load(std::memory_order_acquire);
        if (tail + skipped + wanted - head_seen_ > capacity_) return false;
    }
    if (skipped >= kLengthBytes) store_be<std::uint16_t>(bytes_.get() + at, 0);
    Byte* to = bytes_.get() + (skipped > 0 ? 0 : at);
    store_be(to, static_cast<std::uint16_t>(entry.size()));
    std::memcpy(to + kLengthBytes, entry.data(), entry.size());
    // Sequentially consistent, against the sequencer's last look before it sleeps: see wakeup.h.
    tail_.store(tail + skipped + wanted, std::memory_order_seq_cst);
    return true;
}

Ring::Take Ring::peek(std::size_t bytes_max, std::vector<Bytes>& pieces) const {
    Take take;
    std::uint64_t position = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    Bytes piece;
    while (position < tail) {
        const Byte* at = bytes_.get() + place(position);
        const std::size_t to_end = capacity_ - place(position);
        const std::size_t length = to_end < kLengthBytes ? 0 : load_be<std::uint16_t>(at);
        if (length == 0) {
            position += to_end;
            continue;
        }
        if (take.bytes + kLengthBytes + length > bytes_max) break;
        if (piece.data() + piece.size() != at) {
            if (!piece.empty()) pieces.push_back(piece);
            piece = {at, 0};
        }
        piece = {piece.data(), piece.size() + kLengthBytes + length};
        take.bytes += kLengthBytes + length;
        ++take.entries;
        position += kLengthBytes + length;
        take.up_to = position;
    }
    if (!piece.empty()) pieces.push_back(piece);
    return take;
}

void Ring::release(const Take& take) {
    if (take.entries > 0) head_.store(take.up_to, std::memory_order_release);
}

std::uint64_t Ring::pending_bytes() const {
    return tail_.load(std::memory_order_seq_cst) - head_.load(std::memory_order_relaxed);
}

}  // namespace sluice::auditlog
