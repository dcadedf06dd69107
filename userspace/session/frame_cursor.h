// frame_cursor.h: where a direction of a session is in the frame it reads, and what it changes in
// it on the way. Knows nothing of what the fields mean. Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "kafka/walker.h"

namespace sluice::session {

// A change to a frame on its way: `length` bytes at `at` leave as `bytes`. Offsets count from the
// size prefix. Where the lengths differ, another patch sets the size prefix right.
struct Patch {
    std::size_t at = 0;
    std::size_t length = 0;
    Buffer bytes;
};

Buffer int32_bytes(std::int32_t value);

// The frame a direction is in the middle of. Offsets count from its size prefix.
struct FrameCursor {
    bool begun = false;        // the size is known
    bool opaque = false;       // passed on (or swallowed) without a look inside
    std::size_t bytes = 0;     // of the frame, size prefix included
    std::size_t released = 0;  // given back to the shell in earlier calls: the window starts here
    std::size_t sent = 0;      // put into pieces, or swallowed
    std::size_t body_at = 0;   // 0 until the header is read
    std::uint64_t gate = 0;    // Piece::after for what is sent next
    kafka::Walker walker;
    Bytes slice;                 // this call's window, clipped to the frame; empty between calls
    std::vector<Patch> patches;  // not yet applied; sorted, without overlap, none before `sent`
    std::size_t patched = 0;     // how many of them are

    void patch(std::size_t at, std::size_t length, Buffer bytes);

    void look_at(Bytes window);
    kafka::Item next();
    // Frame bytes the walker is done with, header included; all there are where nobody looks
    // inside.
    [[nodiscard]] std::size_t walked() const;
    [[nodiscard]] bool arrived_whole() const { return released + slice.size() == bytes; }
    // Ends a call: returns how many bytes of the window are released.
    std::size_t settle();
};

}  // namespace sluice::session
