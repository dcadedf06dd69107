#include "net/trail.h"

#include "audit/encode.h"

namespace sluice::net {

void Trail::record(std::span<const audit::Event> events, AuditProducer& audit, Buffer& entry) {
    std::uint64_t last_ticket = 0;
    for (const audit::Event& event : events) {
        entry.clear();
        audit::encode(event, entry);
        const std::uint64_t ticket = waiting() ? 0 : audit.submit(entry);
        if (ticket == 0) {
            keep(entry);
            continue;
        }
        ++submitted_;
        last_ticket = ticket;
    }
    if (last_ticket != 0) mark(last_ticket);
    if (waiting()) audit.hurry();  // a full queue is worth a commit
}

void Trail::keep(Bytes entry) {
    // One resize: length and entry are there both or, when memory is out, neither.
    const std::size_t at = unsubmitted_.size();
    unsubmitted_.resize(at + sizeof(std::uint32_t) + entry.size());
    store_be(unsubmitted_.data() + at, static_cast<std::uint32_t>(entry.size()));
    std::memcpy(unsubmitted_.data() + at + sizeof(std::uint32_t), entry.data(), entry.size());
}

bool Trail::resubmit(AuditProducer& audit) {
    std::uint64_t last_ticket = 0;
    while (resubmitted_ < unsubmitted_.size()) {
        const Byte* at = unsubmitted_.data() + resubmitted_;
        const auto size = load_be<std::uint32_t>(at);
        const std::uint64_t ticket = audit.submit({at + sizeof size, size});
        if (ticket == 0) break;
        resubmitted_ += sizeof size + size;
        ++submitted_;
        last_ticket = ticket;
    }
    if (last_ticket != 0) {
        mark(last_ticket);
        audit.hurry();  // the connection stood still for these
    }
    if (resubmitted_ < unsubmitted_.size()) return false;
    Buffer().swap(unsubmitted_);
    resubmitted_ = 0;
    return true;
}

void Trail::mark(std::uint64_t ticket) {
    const Mark newest{.events = submitted_, .ticket = ticket};
    if (mark_count_ == kMarksMax) {
        // The newest mark moves on: its events wait for one later entry. Commits free the older
        // marks, so it moves only until the next one.
        marks_[(first_mark_ + mark_count_ - 1) % kMarksMax] = newest;
        return;
    }
    marks_[(first_mark_ + mark_count_) % kMarksMax] = newest;
    ++mark_count_;
}

std::uint64_t Trail::durable(const AuditProducer& audit) {
    if (mark_count_ == 0) return durable_;
    const std::uint64_t ticket = audit.durable();
    while (mark_count_ > 0 && marks_[first_mark_].ticket <= ticket) {
        durable_ = marks_[first_mark_].events;
        first_mark_ = (first_mark_ + 1) % kMarksMax;
        --mark_count_;
    }
    return durable_;
}

}  // namespace sluice::net
