// trail.h: one connection's events on their way into the audit log.
//
// Knows how many of them the log has made durable, which is what gates wait for
// (session::Piece::after). Entries the full audit queue would not take are kept here, in order; the
// connection reads nothing while there are any.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "audit/event.h"
#include "base/bytes.h"
#include "net/ports.h"

namespace sluice::net {

class Trail {
  public:
    // Encodes (into `entry`, lent by the worker) and submits, behind what still waits.
    void record(std::span<const audit::Event> events, AuditProducer& audit, Buffer& entry);
    // Tries again what the queue would not take. True: nothing is left.
    bool resubmit(AuditProducer& audit);

    // Entries wait for room in the audit queue: nothing said after them may leave yet.
    [[nodiscard]] bool waiting() const { return !unsubmitted_.empty(); }
    [[nodiscard]] std::size_t capacity() const { return unsubmitted_.capacity(); }
    // How many of this connection's events are durable. Never too many; too few only until the next
    // commit.
    [[nodiscard]] std::uint64_t durable(const AuditProducer& audit);

  private:
    // The connection's first `events` events are durable once the producer's `ticket` is.
    struct Mark {
        std::uint64_t events;
        std::uint64_t ticket;
    };
    void mark(std::uint64_t ticket);
    void keep(Bytes entry);

    static constexpr std::size_t kMarksMax = 8;
    std::array<Mark, kMarksMax> marks_{};
    std::uint32_t first_mark_ = 0;
    std::uint32_t mark_count_ = 0;
    std::uint64_t submitted_ = 0;  // events the log has taken
    std::uint64_t durable_ = 0;
    Buffer unsubmitted_;           // entries, each behind its length (uint32)
    std::size_t resubmitted_ = 0;  // leading bytes of it that are gone
};

}  // namespace sluice::net
