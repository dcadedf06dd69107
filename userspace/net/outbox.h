// outbox.h: bytes on their way to one peer that could not leave at once: its socket was full, or an
// event must be durable first.
//
// Bytes leave in the order they came. A gate is a number of this connection's events: bytes behind
// a gate leave when that many are durable. Not bounded itself: the connection stops reading when
// bytes() passes the limit. INVARIANT: owns no memory while empty.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace sluice::net {

class Outbox {
  public:
    Outbox() = default;
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    ~Outbox() { clear(); }

    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    // Some bytes are behind no gate.
    [[nodiscard]] bool sendable() const { return first_ != gated_; }
    [[nodiscard]] bool gated() const { return gated_ != nullptr; }

    // Copies. `gate` 0: none. `now` (monotonic) is what released gates tell their holding time
    // from.
    void append(Bytes bytes, std::uint64_t gate, std::int64_t now);
    // Opens every gate up to `durable`; calls held(queued_at) for each.
    template <class Held>
    void open_gates(std::uint64_t durable, Held held) {
        while (gated_ != nullptr && gated_->gate <= durable) {
            if (gated_->gate != 0) held(gated_->queued_at);
            gated_->gate = 0;
            gated_ = gated_->next;
        }
    }
    // The sendable bytes, as many as fit `pieces`; returns how many entries were filled.
    std::size_t gather(std::span<iovec> pieces) const;
    // Drops what was sent.
    void sent(std::size_t bytes);
    void clear();

  private:
    struct Chunk {
        Chunk* next;
        std::uint64_t gate;
        std::int64_t queued_at;
        std::uint32_t capacity;
        std::uint32_t begin;
        std::uint32_t end;
        [[nodiscard]] Byte* memory() { return reinterpret_cast<Byte*>(this + 1); }
    };
    Chunk* add_chunk(std::size_t bytes, std::uint64_t gate, std::int64_t now);
    void drop_first();

    Chunk* first_ = nullptr;
    Chunk* last_ = nullptr;
    Chunk* gated_ = nullptr;  // the first chunk whose gate is closed
    std::size_t bytes_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace sluice::net
