// walker.h: reads one message body in place, as its bytes arrive, and hands out what somebody asked for.
//
// Pull style: next() returns one Item after another, so that a caller may stop at any field (to wait for a
// fact, a decision, or more bytes) and go on later. The walker copies nothing, allocates nothing and keeps no
// reference to a window between calls. It consumes the body exactly: bytes left over are an error.
//
// Offsets are relative to the start of the body (the byte after the request or response header). A window
// holds the body's bytes from `base` on; it must begin at or before position(), and a primitive (number, uuid,
// string) is handed out only when it lies in the window whole, so a caller keeps the bytes from position() on.
// Records and bytes never need to be whole.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "kafka/layout.h"

namespace sluice::kafka {

enum class WalkError : std::uint8_t {
    none,
    negative_length,     // a length below -1, or a null where the protocol has none
    count_too_large,     // more elements than the rest of the body can hold, or than array_elements_max
    past_end,            // a length points behind the end of the body
    trailing_bytes,      // the layout ended before the body
    bad_varint,          // longer than five bytes, or above 2^32-1
    bad_tags,            // tags out of order, or a known tag's size that its fields do not fill
    too_deep,
};
// The word used as metric label and close reason, e.g. "count_too_large".
const char* name(WalkError error) noexcept;

struct Item {
    enum class Kind : std::uint8_t {
        need_more,      // the window ended; keep bytes from position() on and call again with more
        number,         // `number`: int8..int64 or bool
        text,           // `bytes`: a string's characters; `number` = -1 for null
        uuid,           // `bytes`: 16 bytes
        array_begin,    // `number`: count, -1 for null. Only for arrays with a slot.
        element,        // the next element of the array with this slot begins; `number`: its index
        array_end,      // of the array with this slot (after a null array too)
        records_begin,  // `number`: the blob's length, -1 for null. Followed by pieces, then records_end.
        records_piece,  // `bytes`: the next bytes of the blob, as many as the window holds
        records_end,
        done,           // the body was consumed exactly
        error,          // `error`; the walker stays here
    };
    Kind kind = Kind::need_more;
    Slot slot = Slot::none;
    WalkError error = WalkError::none;
    std::int64_t number = 0;
    Bytes bytes{};
    // Where the field stands in the body, with its length prefix: what an edit replaces.
    std::size_t offset = 0;
    std::size_t length = 0;
};

class Walker {
  public:
    // `body_bytes`: the length of the whole body, known from the frame's size.
    Walker(const Layout& layout, std::size_t body_bytes) noexcept;
    Walker() noexcept = default;

    // `window`: body bytes from offset `base` on. INVARIANT: base <= position().
    Item next(Bytes window, std::size_t base) noexcept;

    // Everything before this offset has been consumed.
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] bool finished() const noexcept { return finished_; }

  private:
    struct Level {                   // an array, nullable struct, or tagged field we are inside of
        std::uint16_t resume;        // op to go on with after it
        std::uint16_t body;          // first op of an element
        std::int32_t remaining;      // elements still to come
        std::int32_t index;
        Slot slot;
        std::uint32_t tag_end_low;   // implementation's own; see walker.cc
    };
    // The implementer of walker.cc is free to replace this private part.
    const Layout* layout_ = nullptr;
    std::size_t body_bytes_ = 0;
    std::size_t position_ = 0;
    bool finished_ = false;
};

}  // namespace sluice::kafka
