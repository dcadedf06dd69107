// walk.h: a walk of a body as a value, so that two walks can be compared.
#pragma once

#include "fuzz/fuzz.h"
#include "kafka/walker.h"

namespace sluice::fuzz {

// Where a walk ended, and a trace of all it handed out; a blob's pieces become one.
struct Walked {
    kafka::WalkError error = kafka::WalkError::none;
    std::size_t position = 0;
    Buffer trace;
    bool operator==(const Walked&) const = default;
    [[nodiscard]] bool done() const { return error == kafka::WalkError::none; }
};

inline void trace(const kafka::Item& item, Buffer& out) {
    if (item.kind != kafka::Item::Kind::records_piece) {
        out.push_back(static_cast<Byte>(item.kind));
        out.push_back(static_cast<Byte>(item.slot));
        append_be(out, item.number);
        append_be(out, static_cast<std::uint64_t>(item.offset));
        append_be(out, static_cast<std::uint64_t>(item.length));
    }
    append(out, item.bytes);
}

// Walks `body` while `chunk` bytes arrive at a time (0: all at once). on_item sees every item.
template <class OnItem>
Walked walk(const kafka::Layout& layout, Bytes body, std::size_t chunk, OnItem&& on_item) {
    kafka::Walker walker(layout, body.size());
    Walked walked;
    std::size_t base = 0;
    std::size_t arrived = chunk == 0 ? body.size() : 0;
    Buffer window = exact(body.first(arrived));
    for (;;) {
        const kafka::Item item = walker.next(window, base);
        SLUICE_CHECK(walker.position() >= walked.position && walker.position() <= body.size());
        walked.position = walker.position();
        if (item.kind == kafka::Item::Kind::need_more) {
            SLUICE_CHECK(arrived < body.size());
            base = walker.position();
            arrived = std::min(std::max(arrived, base) + chunk, body.size());
            window = exact(body.subspan(base, arrived - base));
            continue;
        }
        if (item.kind == kafka::Item::Kind::error) {
            SLUICE_CHECK(item.error != kafka::WalkError::none);
            walked.error = item.error;
            return walked;
        }
        trace(item, walked.trace);
        on_item(item);
        if (item.kind == kafka::Item::Kind::done) {
            SLUICE_CHECK(walker.finished() && walked.position == body.size());
            return walked;
        }
    }
}
inline Walked walk(const kafka::Layout& layout, Bytes body, std::size_t chunk) {
    return walk(layout, body, chunk, [](const kafka::Item&) {});
}

}  // namespace sluice::fuzz
