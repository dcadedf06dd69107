// log.h: the audit log on disk, being written: a sequencer thread with group commit.
//
// Each worker owns a Producer: a bounded single-producer ring of encoded entries. The sequencer
// drains all rings, appends one commit block, calls fdatasync once, and publishes per producer how
// far it is durable. No worker waits for another. Not a reader: see reader.h. INVARIANT: an entry
// is reported durable only after fdatasync returned 0 for its block. After a failed write or sync
// the log is `failed`: nothing becomes durable until an attempt succeeds, about once a second; the
// entries wait in their rings, in order. On a full disk essential ones go on being recorded, from
// the reserve. A failed fdatasync is never retried on the same segment
// file (the kernel may have dropped the pages): the next attempt starts a new one.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "audit/subject.h"
#include "auditlog/checkpoints.h"
#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

// Counts the entries one producer submitted, from 1. 0 is durable from the start.
using Ticket = std::uint64_t;

class Producer {
  public:
    virtual ~Producer() = default;
    // Takes a copy. Returns 0 where the ring is full (the caller stops reading and tries again
    // after wake). Called by the owning worker's thread only.
    virtual Ticket submit(Bytes entry) = 0;
    // Somebody waits for what was submitted: commit at once instead of letting more gather
    // (limits::audit_linger). Cheap; any number of times.
    virtual void hurry() = 0;
    [[nodiscard]] virtual Ticket durable() const = 0;
    // The id of these names. They are kept (LogOptions::keep_subjects) before any entry that is
    // submitted from now on is durable. The same names have the same id for a while, and another
    // one once subject_epoch() is another. Called by the owning worker's thread only.
    virtual audit::SubjectId subject(const audit::Subject& subject) = 0;
    // Never 0.
    [[nodiscard]] virtual std::uint64_t subject_epoch() const = 0;
};

// Entries were signed that the log does not have.
struct LostTail {
    std::uint64_t had = 0;  // as the newest checkpoint says
    std::uint64_t has = 0;
    Digest root;  // of those it had
    bool operator==(const LostTail&) const = default;
};

struct LogOptions {
    std::filesystem::path directory;  // created 0700 where absent
    std::string origin;  // names this log, e.g. "gw1.example/main"; in each segment's header
    std::uint64_t segment_bytes_max = 0;  // 0: limits::audit_segment_bytes_max
    CheckpointOptions checkpoints = {};
    // Disk space kept for essential entries; less on a small disk.
    std::uint64_t reserve_bytes = 0;
    // A log that is shorter than what was signed of it is refused, unless it has just so many
    // entries: then it goes on from there, and the shorter tree is signed. Refused as well where
    // nothing is lost, so that it cannot stay in a unit file.
    std::optional<std::uint64_t> accept_size = {};
    // The encoded entry that owns up to it, the first new one. Empty: none is written.
    std::function<Buffer(const LostTail&)> gap_entry = {};
    // Puts encoded Subjects where they survive a crash; all of them or, with an error, none. Called
    // by the sequencer's thread, before the entries that name them. Empty: they are not kept.
    std::function<Status(std::span<const Buffer>)> keep_subjects = {};
};

// Read by telemetry; all monotonic but `failed`, `pending_bytes` and `reserve_bytes`.
struct LogCounters {
    std::atomic<std::uint64_t> entries{0}, bytes{0}, commits{0}, commit_ns{0}, failures{0};
    std::atomic<std::uint64_t> checkpoints{0}, checkpoint_failures{0};
    std::atomic<std::uint64_t> signed_entries{0};  // the size that the newest checkpoint states
    std::atomic<std::uint64_t> pending_bytes{0};
    std::atomic<bool> failed{false};
    std::atomic<std::uint64_t> reserve_bytes{0};  // disk space that is kept
    std::atomic<std::uint64_t>
        commit_buckets[16]{};  // commits that took up to 2^n * 31.25 us (last: longer)
};

class Log {
  public:
    virtual ~Log() = default;
    // `wake` is called from the sequencer's thread after each commit that made entries of this
    // producer durable, after a full ring was drained, and whenever `failed` changes. It must only
    // post to the worker.
    virtual std::unique_ptr<Producer> producer(std::function<void()> wake) = 0;
    // For the few entries that say what happens while there is no room for the others: on a full
    // disk they are recorded from the reserve, though the log is `failed`.
    virtual std::unique_ptr<Producer> essential_producer(std::function<void()> wake) {
        return producer(std::move(wake));
    }
    [[nodiscard]] virtual bool failed() const = 0;
    [[nodiscard]] virtual const LogCounters& counters() const = 0;
    // Number of entries in the log so far (durable).
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    // Some people were erased: nobody goes on with an id from before.
    virtual void forget_subjects() = 0;
};

// Recovers the newest segment (cuts a torn last block), starts the sequencer. The destructor drains
// and stops it. Errors: permission, io (the directory cannot be written: refuse to start), corrupt
// (names file and byte; or what was signed is gone: see check_signed()).
Result<std::unique_ptr<Log>> open_log(const LogOptions& options);

}  // namespace sluice::auditlog
