// window.h: the bytes of one direction that arrived and that the session has not released.
//
// Owns memory only while it holds bytes. Not a ring: a session's view of the window is one
// contiguous span.
#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"

namespace sluice::net {

class Window {
  public:
    [[nodiscard]] Bytes bytes() const { return {memory_.get() + begin_, size()}; }
    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // Room behind the bytes, to read into: at least `room_min`, and as much as lets the window
    // reach `size_hint` (an amount a peer only announced is believed up to a limit, and beyond it
    // as its bytes arrive).
    std::span<Byte> room(std::size_t room_min, std::size_t size_hint);
    void grew(std::size_t bytes) { end_ += bytes; }
    // Drops leading bytes; the memory too when none is left.
    void release(std::size_t bytes);
    // Replaces the content by a copy of `bytes`, which are not this window's own.
    void assign(Bytes bytes);
    void clear();

  private:
    void reallocate(std::size_t capacity);

    std::unique_ptr<Byte[]> memory_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace sluice::net
