// sequencer.h: the thread that makes entries durable: rings in, commit blocks out.
//
// One commit at a time: what all rings hold becomes one block, one write, one fdatasync; meanwhile
// the next block's entries gather. Entries somebody waits for (Producer::hurry) are committed at
// once, and at high load batches grow by themselves; entries nobody waits for linger a moment, so
// that they share a commit. While the disk fails it tries again
// every retry interval, with the same entries in the same order. Now and then it has the tree of
// what is durable signed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "auditlog/checkpoints.h"
#include "auditlog/log.h"
#include "auditlog/reserve.h"
#include "auditlog/ring.h"
#include "auditlog/segment_writer.h"
#include "auditlog/wakeup.h"

namespace sluice::auditlog {

// See Log::essential_producer.
enum class EntryKind : std::uint8_t { data, essential };

// What the sequencer and one producer share; outlives whichever goes first.
struct Lane {
    Lane(std::size_t ring_bytes, EntryKind entry_kind) : ring(ring_bytes), kind(entry_kind) {}
    Ring ring;
    const EntryKind kind;
    std::atomic<Ticket> durable{0};
    std::mutex
        wake_mutex;  // held while `wake` runs, so that it never runs after the producer is gone
    std::function<void()> wake;
    std::atomic<bool> closed{false};  // the producer is gone; what it submitted still goes to disk
    std::mutex subjects_mutex;        // for moments: new names are rare
    std::vector<Buffer> subjects;     // named before the entries that are in the ring now
};

struct SequencerOptions {
    std::size_t ring_bytes;
    std::chrono::nanoseconds retry_interval;
    std::chrono::nanoseconds linger;
    std::function<Instant()> now;
    std::function<Status(std::span<const Buffer>)> keep_subjects = {};  // as LogOptions has it
    std::shared_ptr<Reserve> reserve = {};  // none: nothing is recorded on a full disk
};

class Sequencer {
  public:
    Sequencer(std::unique_ptr<SegmentWriter> writer, std::unique_ptr<Checkpoints> checkpoints,
              SequencerOptions options);
    // Commits what is left (one attempt where the disk fails), then stops.
    ~Sequencer();

    std::unique_ptr<Producer> producer(std::function<void()> wake, EntryKind kind);
    [[nodiscard]] const LogCounters& counters() const { return counters_; }
    [[nodiscard]] std::uint64_t size() const { return size_.load(std::memory_order_acquire); }
    void forget_subjects() { subject_epoch_->fetch_add(1, std::memory_order_acq_rel); }

  private:
    // What one commit takes from one lane.
    struct Share {
        std::shared_ptr<Lane> lane;
        Ring::Take take;
    };
    void run();
    [[nodiscard]] bool work_to_do();
    void sleep();
    void linger();
    void commit();
    // On a full disk.
    void commit_essential(std::int64_t started_ns);
    Status append();
    [[nodiscard]] bool room_again();
    void gather(EntryKind least);
    Status keep_subjects();
    void publish(std::int64_t started_ns);
    void sign(bool stopping);
    void set_failed(bool failed, const Error* why);
    void wake_all();
    std::vector<std::shared_ptr<Lane>> lanes();
    void forget_closed_lanes();

    const SequencerOptions options_;
    std::unique_ptr<SegmentWriter> writer_;
    std::unique_ptr<Checkpoints> checkpoints_;
    std::shared_ptr<Wakeup> wakeup_ = std::make_shared<Wakeup>();
    std::mutex lanes_mutex_;  // taken by the sequencer and by producer(), never by submit()
    std::vector<std::shared_ptr<Lane>> lanes_;
    // Producers may outlive the sequencer, and look at it.
    std::shared_ptr<std::atomic<std::uint64_t>> subject_epoch_ =
        std::make_shared<std::atomic<std::uint64_t>>(1);
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> size_{0};
    LogCounters counters_;
    // The sequencer's own.
    std::vector<Share> shares_;
    std::vector<Bytes> pieces_;
    std::vector<Buffer> subjects_;  // that the next commit has to keep first
    std::uint64_t entries_ = 0, bytes_ = 0;
    std::size_t first_lane_ = 0;
    bool full_ = false;  // the disk, when it was last tried
    std::thread thread_;
};

}  // namespace sluice::auditlog
