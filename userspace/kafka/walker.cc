#include "kafka/walker.h"

#include <algorithm>

#include "base/check.h"
#include "kafka/wire.h"

namespace sluice::kafka {

// What the caller holds of the body, in body offsets.
struct Walker::View {
    const Byte* data;
    std::size_t base;
    std::size_t end;

    [[nodiscard]] const Byte* at(std::size_t offset) const { return data + (offset - base); }
    [[nodiscard]] std::size_t available(std::size_t offset) const {
        return end > offset ? end - offset : 0;
    }
};

namespace {

Item made(Item::Kind kind, Slot slot, std::size_t offset, std::size_t length,
          std::int64_t number = 0, Bytes bytes = {}) {
    return {kind, slot, WalkError::none, number, bytes, offset, length};
}

}  // namespace

Walker::Walker(const Layout& layout, std::size_t body_bytes) noexcept
    : layout_(&layout), body_bytes_(body_bytes), limit_(body_bytes) {
    SLUICE_CHECK(body_bytes <= INT32_MAX);  // a frame's size is an int32
}

Item Walker::next(Bytes window, std::size_t base) noexcept {
    SLUICE_CHECK(layout_ != nullptr && base <= position_);
    const View view{window.data(), base, std::min(base + window.size(), body_bytes_)};
    Item item;
    while (step(view, item) == Step::go_on) {
    }
    return item;
}

Walker::Step Walker::step(const View& view, Item& item) noexcept {
    if (error_ != WalkError::none) return fail(error_, item);
    if (skip_ > 0) {
        const std::size_t bytes = std::min(skip_, view.available(position_));
        position_ += bytes;
        skip_ -= bytes;
        if (skip_ > 0) return need_more(item);
    }
    if (between_) return between(view, item);
    if (in_records_) return records(view, item);
    const Op& op = layout_->ops[op_];
    switch (op.code) {
        case OpCode::end:
            return end_of_ops(item);
        case OpCode::fixed:
            return fixed(op.arg, view, item);
        case OpCode::int8:
            return number<std::int8_t>(op, view, item);
        case OpCode::int16:
            return number<std::int16_t>(op, view, item);
        case OpCode::int32:
            return number<std::int32_t>(op, view, item);
        case OpCode::int64:
            return number<std::int64_t>(op, view, item);
        case OpCode::uuid:
            return uuid(op, view, item);
        case OpCode::string:
        case OpCode::compact_string:
            return text(op, view, item);
        case OpCode::bytes:
        case OpCode::compact_bytes:
        case OpCode::records:
        case OpCode::compact_records:
            return blob(op, view, item);
        case OpCode::array:
        case OpCode::compact_array:
            return array(op, view, item);
        case OpCode::nullable_struct:
            return nullable_struct(op, view, item);
        case OpCode::tags:
            return tags(op, view, item);
    }
    SLUICE_CHECK(false);
    return Step::item;
}

Walker::Step Walker::fail(WalkError error, Item& item) noexcept {
    error_ = error;
    item = {.kind = Item::Kind::error, .error = error, .offset = position_};
    return Step::item;
}

Walker::Step Walker::need_more(Item& item) const noexcept {
    item = made(Item::Kind::need_more, Slot::none, position_, 0);
    return Step::item;
}

bool Walker::arrived(const View& view, std::size_t bytes, Item& item) noexcept {
    if (bytes <= std::min(view.available(position_), limit_ - position_)) return true;
    if (bytes > limit_ - position_) {
        fail(WalkError::past_end, item);
    } else {
        need_more(item);
    }
    return false;
}

Walker::Step Walker::push(const Level& level, Item& item) noexcept {
    if (depth_ == limits::walk_depth_max) return fail(WalkError::too_deep, item);
    stack_[depth_++] = level;
    return Step::go_on;
}

// Between two elements of an array, or two tags of a section.
Walker::Step Walker::between(const View& view, Item& item) noexcept {
    Level& level = stack_[depth_ - 1];
    if (level.kind == Level::Kind::tag_section) return next_tag(view, item);
    between_ = false;
    if (level.remaining == 0) {
        item = made(Item::Kind::array_end, level.slot, position_, 0);
        op_ = level.resume;
        --depth_;
    } else {
        --level.remaining;
        item = made(Item::Kind::element, level.slot, position_, 0, ++level.index);
        op_ = level.body;
    }
    return item.slot == Slot::none ? Step::go_on : Step::item;
}

Walker::Step Walker::next_tag(const View& view, Item& item) noexcept {
    Level& level = stack_[depth_ - 1];
    if (level.remaining == 0) {
        op_ = level.resume;
        --depth_;
        between_ = false;
        return Step::go_on;
    }
    std::uint32_t tag = 0;
    std::uint32_t size = 0;
    std::size_t tag_bytes = 0;
    std::size_t size_bytes = 0;
    if (!varint(view, position_, item, tag, tag_bytes)) return Step::item;
    if (level.index >= 0 && tag <= level.last_tag) return fail(WalkError::bad_tags, item);
    if (!varint(view, position_ + tag_bytes, item, size, size_bytes)) return Step::item;
    if (size > limit_ - position_ - tag_bytes - size_bytes) return fail(WalkError::past_end, item);
    position_ += tag_bytes + size_bytes;
    level.last_tag = tag;
    ++level.index;
    --level.remaining;
    if (level.body != kNoTags) {
        for (const TagEntry* known = layout_->tags + level.body; known->start != 0; ++known) {
            if (known->tag != tag) continue;
            op_ = known->start;
            between_ = false;
            const std::size_t outer = limit_;
            limit_ = position_ + size;
            return push({.kind = Level::Kind::tagged_field,
                         .outer_limit = static_cast<std::uint32_t>(outer)},
                        item);
        }
    }
    skip_ = size;
    return Step::go_on;
}

Walker::Step Walker::end_of_ops(Item& item) noexcept {
    if (depth_ == 0) {
        if (position_ != body_bytes_) return fail(WalkError::trailing_bytes, item);
        finished_ = true;
        item = made(Item::Kind::done, Slot::none, position_, 0);
        return Step::item;
    }
    const Level& level = stack_[depth_ - 1];
    switch (level.kind) {
        case Level::Kind::array:
            between_ = true;
            break;
        case Level::Kind::nullable_struct:
            op_ = level.resume;
            --depth_;
            break;
        case Level::Kind::tagged_field:
            if (position_ != limit_) return fail(WalkError::bad_tags, item);
            limit_ = level.outer_limit;
            --depth_;
            between_ = true;
            break;
        case Level::Kind::tag_section:
            SLUICE_CHECK(false);  // has no ops of its own
    }
    return Step::go_on;
}

Walker::Step Walker::fixed(std::size_t bytes, const View& view, Item& item) noexcept {
    if (bytes > limit_ - position_) return fail(WalkError::past_end, item);
    ++op_;
    if (bytes <= view.available(position_)) {
        position_ += bytes;
    } else {
        skip_ = bytes;
    }
    return Step::go_on;
}

template <class T>
Walker::Step Walker::number(const Op& op, const View& view, Item& item) noexcept {
    if (!arrived(view, sizeof(T), item)) return Step::item;
    T value{};
    if constexpr (sizeof(T) == 1) {
        value = static_cast<T>(*view.at(position_));
    } else {
        value = load_be<T>(view.at(position_));
    }
    item = made(Item::Kind::number, op.slot, position_, sizeof(T), value);
    position_ += sizeof(T);
    ++op_;
    return Step::item;
}

Walker::Step Walker::uuid(const Op& op, const View& view, Item& item) noexcept {
    constexpr std::size_t kBytes = 16;
    if (!arrived(view, kBytes, item)) return Step::item;
    item = made(Item::Kind::uuid, op.slot, position_, kBytes, 0, {view.at(position_), kBytes});
    position_ += kBytes;
    ++op_;
    return Step::item;
}

bool Walker::varint(const View& view, std::size_t at, Item& item, std::uint32_t& value,
                    std::size_t& bytes) noexcept {
    const std::size_t inside = limit_ > at ? limit_ - at : 0;
    const std::size_t available = std::min(view.available(at), inside);
    const Byte* from = available > 0 ? view.at(at) : nullptr;
    switch (read_uvarint(from, available, value, bytes)) {
        case VarintStatus::ok:
            return true;
        case VarintStatus::bad:
            fail(WalkError::bad_varint, item);
            return false;
        case VarintStatus::need_more:
            break;
    }
    if (available == inside) {
        fail(WalkError::past_end, item);
    } else {
        need_more(item);
    }
    return false;
}

bool Walker::length(const Op& op, const View& view, Item& item, std::int64_t& value,
                    std::size_t& prefix) noexcept {
    const bool compact = op.code == OpCode::compact_string || op.code == OpCode::compact_bytes ||
                         op.code == OpCode::compact_records || op.code == OpCode::compact_array;
    if (compact) {
        std::uint32_t plus_one = 0;
        if (!varint(view, position_, item, plus_one, prefix)) return false;
        value = static_cast<std::int64_t>(plus_one) - 1;
    } else {
        prefix = op.code == OpCode::string ? 2 : 4;
        if (!arrived(view, prefix, item)) return false;
        value = prefix == 2 ? load_be<std::int16_t>(view.at(position_))
                            : load_be<std::int32_t>(view.at(position_));
    }
    if (value >= 0 || (value == -1 && op.nullable)) return true;
    fail(WalkError::negative_length, item);
    return false;
}

Walker::Step Walker::text(const Op& op, const View& view, Item& item) noexcept {
    std::int64_t value = 0;
    std::size_t prefix = 0;
    if (!length(op, view, item, value, prefix)) return Step::item;
    const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(value, 0));
    if (bytes > limits::string_bytes_max) return fail(WalkError::count_too_large, item);
    if (bytes > limit_ - position_ - prefix) return fail(WalkError::past_end, item);
    if (op.slot == Slot::none) {
        position_ += prefix;
        skip_ = bytes;
        ++op_;
        return Step::go_on;
    }
    if (prefix + bytes > view.available(position_)) return need_more(item);
    item = made(Item::Kind::text, op.slot, position_, prefix + bytes, value,
                {view.at(position_) + prefix, bytes});
    position_ += prefix + bytes;
    ++op_;
    return Step::item;
}

// Bytes are passed over; records are announced, and handed out by records().
Walker::Step Walker::blob(const Op& op, const View& view, Item& item) noexcept {
    std::int64_t value = 0;
    std::size_t prefix = 0;
    if (!length(op, view, item, value, prefix)) return Step::item;
    const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(value, 0));
    if (bytes > limit_ - position_ - prefix) return fail(WalkError::past_end, item);
    item = made(Item::Kind::records_begin, op.slot, position_, prefix + bytes, value);
    position_ += prefix;
    if (op.code == OpCode::bytes || op.code == OpCode::compact_bytes) {
        skip_ = bytes;
        ++op_;
        return Step::go_on;
    }
    blob_left_ = bytes;
    in_records_ = true;
    return Step::item;
}

Walker::Step Walker::records(const View& view, Item& item) noexcept {
    const Slot slot = layout_->ops[op_].slot;
    item = {.slot = slot, .offset = position_};
    if (blob_left_ == 0) {
        in_records_ = false;
        ++op_;
        item.kind = Item::Kind::records_end;
        return Step::item;
    }
    const std::size_t bytes = std::min(blob_left_, view.available(position_));
    if (bytes == 0) return need_more(item);
    item.kind = Item::Kind::records_piece;
    item.bytes = {view.at(position_), bytes};
    item.length = bytes;
    position_ += bytes;
    blob_left_ -= bytes;
    return Step::item;
}

Walker::Step Walker::array(const Op& op, const View& view, Item& item) noexcept {
    std::int64_t count = 0;
    std::size_t prefix = 0;
    if (!length(op, view, item, count, prefix)) return Step::item;
    const std::size_t rest = limit_ - position_ - prefix;
    if (count > limits::array_elements_max || count > static_cast<std::int64_t>(rest / op.least)) {
        return fail(WalkError::count_too_large, item);
    }
    item = made(Item::Kind::array_begin, op.slot, position_, prefix, count);
    position_ += prefix;
    const auto elements = static_cast<std::int32_t>(std::max<std::int64_t>(count, 0));
    const Op* element = &op + 1;
    if (op.slot == Slot::none && element->code == OpCode::fixed && element[1].code == OpCode::end) {
        skip_ = static_cast<std::size_t>(elements) * element->arg;  // its least is its arg: it fits
        op_ = op.arg;
        return Step::go_on;
    }
    between_ = true;
    const Level level{.kind = Level::Kind::array,
                      .slot = op.slot,
                      .resume = op.arg,
                      .body = static_cast<std::uint16_t>(op_ + 1),
                      .remaining = elements};
    if (push(level, item) == Step::item) return Step::item;
    return op.slot == Slot::none ? Step::go_on : Step::item;
}

Walker::Step Walker::nullable_struct(const Op& op, const View& view, Item& item) noexcept {
    if (!arrived(view, 1, item)) return Step::item;
    const auto marker = static_cast<std::int8_t>(*view.at(position_));
    if (marker != -1 && marker != 1) return fail(WalkError::negative_length, item);
    ++position_;
    if (marker == -1) {
        op_ = op.arg;
        return Step::go_on;
    }
    ++op_;
    return push({.kind = Level::Kind::nullable_struct, .resume = op.arg}, item);
}

Walker::Step Walker::tags(const Op& op, const View& view, Item& item) noexcept {
    std::uint32_t count = 0;
    std::size_t bytes = 0;
    if (!varint(view, position_, item, count, bytes)) return Step::item;
    if (count > limits::tagged_fields_max) return fail(WalkError::bad_tags, item);
    position_ += bytes;
    ++op_;
    if (count == 0) return Step::go_on;
    between_ = true;
    return push({.kind = Level::Kind::tag_section,
                 .resume = op_,
                 .body = op.arg,
                 .remaining = static_cast<std::int32_t>(count)},
                item);
}

const char* name(WalkError error) noexcept {
    static constexpr const char* kNames[] = {"none",     "negative_length", "count_too_large",
                                             "past_end", "trailing_bytes",  "bad_varint",
                                             "bad_tags", "too_deep"};
    return kNames[static_cast<std::size_t>(error)];
}

}  // namespace sluice::kafka
