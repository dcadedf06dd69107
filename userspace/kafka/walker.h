// walker.h: reads one message body in place, as its bytes arrive, and hands out what somebody asked
// for.
//
// Pull style: next() returns one Item after another, so that a caller may stop at any field (to
// wait for a fact, a decision, or more bytes) and go on later. The walker copies nothing, allocates
// nothing and keeps no reference to a window between calls. It consumes the body exactly: bytes
// left over are an error.
//
// Offsets are relative to the start of the body (the byte after the request or response header). A
// window holds the body's bytes from `base` on; it must begin at or before position(), and a
// primitive (number, uuid, string) is handed out only when it lies in the window whole, so a caller
// keeps the bytes from position() on. Records and bytes never need to be whole.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "kafka/layout.h"

namespace sluice::kafka {

enum class WalkError : std::uint8_t {
    none,
    negative_length,  // a length below -1, a null where the protocol has none, a nullable struct
                      // that is neither null (-1) nor there (1)
    count_too_large,  // more elements than the rest of the body can hold, or than
                      // array_elements_max; a string longer than string_bytes_max
    past_end,         // a length points behind the end of the body
    trailing_bytes,   // the layout ended before the body
    bad_varint,       // longer than five bytes, or above 2^32-1
    bad_tags,         // tags out of order, or a known tag's size that its fields do not fill
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
        records_begin,  // `number`: the blob's length, -1 for null. Followed by pieces, then
                        // records_end.
        records_piece,  // `bytes`: the next bytes of the blob, as many as the window holds
        records_end,
        done,   // the body was consumed exactly
        error,  // `error`; the walker stays here
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
    struct View;
    enum class Step : bool { go_on, item };
    struct Level {  // an array, nullable struct, tag section or known tagged field we are inside of
        enum class Kind : std::uint8_t { array, nullable_struct, tag_section, tagged_field };
        Kind kind = Kind::array;
        Slot slot = Slot::none;
        std::uint16_t resume = 0;    // op to go on with after it
        std::uint16_t body = 0;      // array: first op of an element; tag section: its known tags
        std::int32_t remaining = 0;  // elements or tags still to come
        std::int32_t index = -1;     // of the element or tag we are in
        std::uint32_t last_tag = 0;
        std::uint32_t outer_limit = 0;  // tagged field: what bounded the message around it
    };

    Step step(const View& view, Item& item) noexcept;
    Step between(const View& view, Item& item) noexcept;
    Step next_tag(const View& view, Item& item) noexcept;
    Step end_of_ops(Item& item) noexcept;
    Step fixed(std::size_t bytes, const View& view, Item& item) noexcept;
    template <class T>
    Step number(const Op& op, const View& view, Item& item) noexcept;
    Step uuid(const Op& op, const View& view, Item& item) noexcept;
    Step text(const Op& op, const View& view, Item& item) noexcept;
    Step blob(const Op& op, const View& view, Item& item) noexcept;
    Step records(const View& view, Item& item) noexcept;
    Step array(const Op& op, const View& view, Item& item) noexcept;
    Step nullable_struct(const Op& op, const View& view, Item& item) noexcept;
    Step tags(const Op& op, const View& view, Item& item) noexcept;
    // Reads a length or count. False: `item` says need_more or error.
    bool length(const Op& op, const View& view, Item& item, std::int64_t& value,
                std::size_t& prefix) noexcept;
    bool varint(const View& view, std::size_t at, Item& item, std::uint32_t& value,
                std::size_t& bytes) noexcept;
    // Are these bytes inside of the body, and here? If not, `item` says need_more or error.
    bool arrived(const View& view, std::size_t bytes, Item& item) noexcept;
    Step push(const Level& level, Item& item) noexcept;
    Step fail(WalkError error, Item& item) noexcept;
    Step need_more(Item& item) const noexcept;

    const Layout* layout_ = nullptr;
    std::size_t body_bytes_ = 0;
    std::size_t position_ = 0;
    std::size_t limit_ = 0;      // where the body, or the tagged field we are in, ends
    std::size_t skip_ = 0;       // bytes still to pass over
    std::size_t blob_left_ = 0;  // of the records blob being handed out
    std::uint16_t op_ = 0;
    std::uint8_t depth_ = 0;
    bool between_ = false;  // between two elements or tags of the innermost level
    bool in_records_ = false;
    bool finished_ = false;
    WalkError error_ = WalkError::none;
    Level stack_[limits::walk_depth_max];  // the first depth_ are in use
};

}  // namespace sluice::kafka
