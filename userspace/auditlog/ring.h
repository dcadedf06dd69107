// ring.h: a bounded ring of entries from one worker to the sequencer.
//
// Entries stand in it as they will stand on disk (uint16 length, bytes), none of them across the
// ring's end, so that the sequencer writes to the file straight from here. An entry leaves only
// when it is durable: a failed commit has lost nothing, and a disk that goes on failing fills the
// ring. One thread submits, one drains; neither waits. INVARIANT: head <= tail <= head + capacity;
// both only grow.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"

namespace sluice::auditlog {

class Ring {
  public:
    // A power of two, more than twice the largest entry.
    explicit Ring(std::size_t capacity);

    // -- the producer's side
    // False where there is no room.
    bool push(Bytes entry);

    // -- the sequencer's side
    // What may go into one block: pieces to write in this order, each a run of whole entries.
    struct Take {
        std::uint64_t entries = 0;
        std::size_t bytes = 0;    // in the pieces
        std::uint64_t up_to = 0;  // the head after release()
    };
    // Appends the oldest entries, `bytes_max` at most, to `pieces`.
    Take peek(std::size_t bytes_max, std::vector<Bytes>& pieces) const;
    // These entries are durable: their room is free again.
    void release(const Take& take);
    [[nodiscard]] std::uint64_t pending_bytes() const;

  private:
    [[nodiscard]] std::size_t place(std::uint64_t position) const {
        return position & (capacity_ - 1);
    }

    const std::size_t capacity_;
    const std::unique_ptr<Byte[]> bytes_;
    // Apart from each other, so that the two threads do not fight for a cache line.
    alignas(64) std::atomic<std::uint64_t> tail_{0};
    std::uint64_t head_seen_ = 0;  // the producer's last look at head_
    alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace sluice::auditlog
