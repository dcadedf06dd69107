#include "auditlog/sequencer.h"

#include <algorithm>
#include <iterator>

#include "auditlog/known_subjects.h"
#include "base/limits.h"
#include "base/log.h"

namespace sluice::auditlog {
namespace {

// Pieces of one write: what the system takes in one call (IOV_MAX), less the block's header; a lane
// gives up to two.
constexpr std::size_t kPiecesMax = 1023;

class LaneProducer final : public Producer {
  public:
    LaneProducer(std::shared_ptr<Lane> lane, std::shared_ptr<Wakeup> wakeup,
                 std::shared_ptr<const std::atomic<std::uint64_t>> subject_epoch)
        : lane_(std::move(lane)),
          wakeup_(std::move(wakeup)),
          subject_epoch_(std::move(subject_epoch)) {}
    ~LaneProducer() override {
        const std::lock_guard lock(lane_->wake_mutex);
        lane_->wake = nullptr;
        lane_->closed.store(true, std::memory_order_release);
    }
    Ticket submit(Bytes entry) override {
        if (!lane_->ring.push(entry)) return 0;
        wakeup_->notify();
        return ++submitted_;
    }
    void hurry() override { wakeup_->hurry(); }
    [[nodiscard]] Ticket durable() const override {
        return lane_->durable.load(std::memory_order_acquire);
    }
    audit::SubjectId subject(const audit::Subject& subject) override {
        auto named = known_subjects_.name(subject, subject_epoch());
        if (!named.encoded.empty()) {
            const std::lock_guard lock(lane_->subjects_mutex);
            lane_->subjects.push_back(std::move(named.encoded));
        }
        return named.id;
    }
    [[nodiscard]] std::uint64_t subject_epoch() const override {
        return subject_epoch_->load(std::memory_order_acquire);
    }

  private:
    const std::shared_ptr<Lane> lane_;
    const std::shared_ptr<Wakeup> wakeup_;
    const std::shared_ptr<const std::atomic<std::uint64_t>> subject_epoch_;
    KnownSubjects known_subjects_;
    Ticket submitted_ = 0;
};

void wake(Lane& lane) {
    const std::lock_guard lock(lane.wake_mutex);
    if (lane.wake) lane.wake();
}

// 31.25 us, twice that, ...; the last holds all longer ones.
std::size_t bucket_of(std::int64_t ns) {
    std::size_t bucket = 0;
    for (std::int64_t bound = 31'250; ns > bound && bucket < 15; bound *= 2) ++bucket;
    return bucket;
}

}  // namespace

Sequencer::Sequencer(std::unique_ptr<SegmentWriter> writer,
                     std::unique_ptr<Checkpoints> checkpoints, SequencerOptions options)
    : options_(std::move(options)),
      writer_(std::move(writer)),
      checkpoints_(std::move(checkpoints)) {
    size_.store(writer_->end().next_index(), std::memory_order_release);
    if (options_.reserve) counters_.reserve_bytes.store(options_.reserve->bytes());
    counters_.signed_entries.store(checkpoints_->signed_size(), std::memory_order_relaxed);
    thread_ = std::thread([this] { run(); });
}

Sequencer::~Sequencer() {
    stopping_.store(true, std::memory_order_seq_cst);
    wakeup_->hurry();
    thread_.join();
}

std::unique_ptr<Producer> Sequencer::producer(std::function<void()> wake_producer, EntryKind kind) {
    const std::size_t ring_bytes =
        kind == EntryKind::data ? options_.ring_bytes : limits::audit_essential_ring_bytes_max;
    auto lane = std::make_shared<Lane>(ring_bytes, kind);
    lane->wake = std::move(wake_producer);
    const std::lock_guard lock(lanes_mutex_);
    lanes_.push_back(lane);
    return std::make_unique<LaneProducer>(std::move(lane), wakeup_, subject_epoch_);
}

void Sequencer::run() {
    while (true) {
        const bool stopping = stopping_.load(std::memory_order_seq_cst);
        // A full disk is tried again though nothing waits: new work is refused meanwhile.
        if (work_to_do() || full_) {
            if (!stopping) linger();
            commit();
        }
        sign(stopping);
        const bool failed = counters_.failed.load(std::memory_order_relaxed);
        if (stopping && (failed || !work_to_do())) break;
        if (failed || !work_to_do()) sleep();
    }
    const auto closed = writer_->close();
    if (!closed) log::warn("audit log: close: {}", closed.error().context);
}

bool Sequencer::work_to_do() {
    std::uint64_t pending = 0;
    {
        const std::lock_guard lock(lanes_mutex_);
        for (const auto& lane : lanes_) pending += lane->ring.pending_bytes();
    }
    counters_.pending_bytes.store(pending, std::memory_order_relaxed);
    return pending > 0;
}

void Sequencer::sleep() {
    const bool failed = counters_.failed.load(std::memory_order_relaxed);
    const auto started = options_.now().mono;
    const std::int64_t until = started + nanoseconds(options_.retry_interval);
    std::int64_t now = started;
    do {
        const std::uint32_t prepared = wakeup_->prepare();
        const bool stopping = stopping_.load(std::memory_order_seq_cst);
        if (stopping || (!failed && work_to_do())) return wakeup_->cancel();
        std::optional<std::chrono::nanoseconds> longest;
        if (failed)
            longest = std::chrono::nanoseconds(until - now);
        else if (const auto due = checkpoints_->due(size(), now))
            longest = std::chrono::nanoseconds(std::max<std::int64_t>(*due - now, 0));
        wakeup_->wait(prepared, longest);
        now = options_.now().mono;
    } while (failed && now < until);
}

// Lets entries gather until somebody waits for one of them, or they have waited long enough.
void Sequencer::linger() {
    const std::int64_t until = options_.now().mono + nanoseconds(options_.linger);
    while (true) {
        const std::uint32_t prepared = wakeup_->prepare(Wakeup::Sleep::lingering);
        const std::int64_t left = until - options_.now().mono;
        const bool stopping = stopping_.load(std::memory_order_seq_cst);
        if (stopping || left <= 0 || wakeup_->hurried()) return wakeup_->cancel();
        wakeup_->wait(prepared, std::chrono::nanoseconds(left));
    }
}

void Sequencer::commit() {
    const std::int64_t started = options_.now().mono;
    wakeup_->forget_hurry();
    if (full_ && !room_again()) return commit_essential(started);
    gather(EntryKind::data);
    const auto committed = append();
    if (!committed) {
        set_failed(true, &committed.error());
        full_ = options_.reserve && options_.reserve->disk_is_full();
        return full_ ? commit_essential(started) : void();
    }
    if (entries_ > 0) publish(started);
    if (counters_.failed.load(std::memory_order_relaxed)) set_failed(false, nullptr);
    forget_closed_lanes();
}

Status Sequencer::append() {
    auto status = keep_subjects();
    if (status && entries_ > 0) status = writer_->append(pieces_, entries_, options_.now());
    return status;
}

// First of all the reserve is whole again: what it gave away is not for the entries that wait.
bool Sequencer::room_again() {
    full_ = !options_.reserve->take();
    counters_.reserve_bytes.store(options_.reserve->bytes(), std::memory_order_relaxed);
    return !full_;
}

// What cannot be recorded now is tried again after the next interval, as everything is.
void Sequencer::commit_essential(std::int64_t started_ns) {
    gather(EntryKind::essential);
    if (entries_ == 0) return;
    auto committed = append();
    if (!committed && options_.reserve->give()) committed = append();
    counters_.reserve_bytes.store(options_.reserve->bytes(), std::memory_order_relaxed);
    if (committed) publish(started_ns);
}

// Of all lanes, or of those with essential entries alone.
void Sequencer::gather(EntryKind least) {
    shares_.clear();
    pieces_.clear();
    entries_ = bytes_ = 0;
    const auto all = lanes();
    // Another lane goes first each time, so that a busy one cannot keep the others waiting.
    ++first_lane_;
    for (std::size_t i = 0; i < all.size() && pieces_.size() + 2 <= kPiecesMax; ++i) {
        const auto& lane = all[(first_lane_ + i) % all.size()];
        if (lane->kind < least) continue;
        const Ring::Take take = lane->ring.peek(limits::audit_commit_bytes_max - bytes_, pieces_);
        if (take.entries == 0) continue;
        entries_ += take.entries;
        bytes_ += take.bytes;
        shares_.push_back({lane, take});
    }
    // After the entries: whoever is named in one of them was named before it was submitted.
    for (const auto& lane : all) {
        const std::lock_guard lock(lane->subjects_mutex);
        std::move(lane->subjects.begin(), lane->subjects.end(), std::back_inserter(subjects_));
        lane->subjects.clear();
    }
}

// INVARIANT: no entry is durable whose subject is not.
Status Sequencer::keep_subjects() {
    if (subjects_.empty()) return ok();
    auto kept = options_.keep_subjects ? options_.keep_subjects(subjects_) : ok();
    if (kept) subjects_.clear();
    return kept;
}

void Sequencer::publish(std::int64_t started_ns) {
    const std::int64_t took = options_.now().mono - started_ns;
    size_.store(writer_->end().next_index(), std::memory_order_release);
    counters_.entries.fetch_add(entries_, std::memory_order_relaxed);
    counters_.bytes.fetch_add(bytes_, std::memory_order_relaxed);
    counters_.commits.fetch_add(1, std::memory_order_relaxed);
    counters_.commit_ns.fetch_add(static_cast<std::uint64_t>(took), std::memory_order_relaxed);
    counters_.commit_buckets[bucket_of(took)].fetch_add(1, std::memory_order_relaxed);
    for (const Share& share : shares_) {
        share.lane->ring.release(share.take);
        share.lane->durable.fetch_add(share.take.entries, std::memory_order_release);
    }
    for (const Share& share : shares_) wake(*share.lane);
    shares_.clear();
}

// Where it cannot be written, the entries are durable all the same.
void Sequencer::sign(bool stopping) {
    const std::int64_t now = options_.now().mono;
    const auto due = checkpoints_->due(size(), now);
    if (!due || (*due > now && !stopping)) return;
    const auto written = checkpoints_->write(writer_->end().tree, now);
    if (!written) {
        log::warn("audit log: the checkpoint was not written: {}", written.error().context);
        counters_.checkpoint_failures.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    counters_.checkpoints.fetch_add(1, std::memory_order_relaxed);
    counters_.signed_entries.store(size(), std::memory_order_relaxed);
}

void Sequencer::set_failed(bool failed, const Error* why) {
    if (failed) counters_.failures.fetch_add(1, std::memory_order_relaxed);
    if (counters_.failed.exchange(failed, std::memory_order_acq_rel) == failed) return;
    if (failed)
        log::error("audit log failed, nothing is recorded until it recovers: {}", why->context);
    else
        log::info("audit log recovered, {} entries", writer_->end().next_index());
    for (const auto& lane : lanes()) wake(*lane);
}

std::vector<std::shared_ptr<Lane>> Sequencer::lanes() {
    const std::lock_guard lock(lanes_mutex_);
    return lanes_;
}

void Sequencer::forget_closed_lanes() {
    const std::lock_guard lock(lanes_mutex_);
    std::erase_if(lanes_, [](const std::shared_ptr<Lane>& lane) {
        return lane->closed.load(std::memory_order_acquire) && lane->ring.pending_bytes() == 0;
    });
}

}  // namespace sluice::auditlog
