#include "net/outbox.h"

#include <algorithm>
#include <bit>
#include <new>

#include "base/check.h"
#include "base/limits.h"

namespace sluice::net {

namespace {

// Small answers share a chunk; large ones are cut, so that what was sent is given back early.
constexpr std::size_t kChunkBytesMin = 1024;
constexpr std::size_t kChunkBytesMax = limits::scratch_bytes;

}  // namespace

void Outbox::append(Bytes bytes, std::uint64_t gate, std::int64_t now) {
    while (!bytes.empty()) {
        // A lower gate than the chunk's own adds nothing: the bytes could not overtake it anyway.
        const bool joins = last_ != nullptr && last_->end < last_->capacity && gate <= last_->gate;
        Chunk* chunk = joins ? last_ : add_chunk(bytes.size(), gate, now);
        const std::size_t taken = std::min<std::size_t>(bytes.size(), chunk->capacity - chunk->end);
        std::memcpy(chunk->memory() + chunk->end, bytes.data(), taken);
        chunk->end += static_cast<std::uint32_t>(taken);
        bytes_ += taken;
        bytes = bytes.subspan(taken);
    }
}

Outbox::Chunk* Outbox::add_chunk(std::size_t bytes, std::uint64_t gate, std::int64_t now) {
    const std::size_t capacity = std::clamp(std::bit_ceil(bytes), kChunkBytesMin, kChunkBytesMax);
    void* memory = ::operator new(sizeof(Chunk) + capacity);
    auto* chunk = new (memory) Chunk{.next = nullptr,
                                     .gate = gate,
                                     .queued_at = now,
                                     .capacity = static_cast<std::uint32_t>(capacity),
                                     .begin = 0,
                                     .end = 0};
    (last_ == nullptr ? first_ : last_->next) = chunk;
    last_ = chunk;
    if (gated_ == nullptr && gate != 0) gated_ = chunk;
    capacity_ += capacity;
    return chunk;
}

std::size_t Outbox::gather(std::span<iovec> pieces) const {
    std::size_t count = 0;
    for (Chunk* chunk = first_; chunk != gated_ && count < pieces.size(); chunk = chunk->next)
        pieces[count++] = {.iov_base = chunk->memory() + chunk->begin,
                           .iov_len = chunk->end - chunk->begin};
    return count;
}

void Outbox::sent(std::size_t bytes) {
    SLUICE_CHECK(bytes <= bytes_);
    bytes_ -= bytes;
    while (bytes > 0) {
        const std::size_t here = std::min<std::size_t>(bytes, first_->end - first_->begin);
        first_->begin += static_cast<std::uint32_t>(here);
        bytes -= here;
        if (first_->begin == first_->end) drop_first();
    }
}

void Outbox::drop_first() {
    Chunk* chunk = first_;
    SLUICE_CHECK(chunk != gated_);
    first_ = chunk->next;
    if (first_ == nullptr) last_ = nullptr;
    capacity_ -= chunk->capacity;
    ::operator delete(chunk);
}

void Outbox::clear() {
    gated_ = nullptr;
    while (first_ != nullptr) drop_first();
    bytes_ = 0;
}

}  // namespace sluice::net
