#include "auditlog/log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>

#include "auditlog/fd.h"
#include "auditlog/open.h"
#include "auditlog/recover.h"
#include "auditlog/sequencer.h"
#include "base/limits.h"
#include "base/log.h"

namespace sluice::auditlog {
namespace {

class DirectoryLog final : public Log {
  public:
    DirectoryLog(std::unique_ptr<FileSystem> files, Fd lock, std::unique_ptr<SegmentWriter> writer,
                 std::unique_ptr<Checkpoints> checkpoints, SequencerOptions options)
        : files_(std::move(files)),
          lock_(std::move(lock)),
          sequencer_(std::move(writer), std::move(checkpoints), std::move(options)) {}

    std::unique_ptr<Producer> producer(std::function<void()> wake) override {
        return sequencer_.producer(std::move(wake), EntryKind::data);
    }
    std::unique_ptr<Producer> essential_producer(std::function<void()> wake) override {
        return sequencer_.producer(std::move(wake), EntryKind::essential);
    }
    [[nodiscard]] bool failed() const override {
        return sequencer_.counters().failed.load(std::memory_order_acquire);
    }
    [[nodiscard]] const LogCounters& counters() const override { return sequencer_.counters(); }
    [[nodiscard]] std::uint64_t size() const override { return sequencer_.size(); }
    void forget_subjects() override { sequencer_.forget_subjects(); }

  private:
    // In this order: the sequencer's last commit still needs files and lock.
    std::unique_ptr<FileSystem> files_;
    Fd lock_;
    Sequencer sequencer_;
};

std::int64_t clock_ns(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

Status make_directory(const std::filesystem::path& directory) {
    std::error_code failure;
    const auto parent = directory.parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, failure);
    if (failure)
        return errno_error("create audit directory " + directory.string(), failure.value());
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return errno_error("create audit directory " + directory.string(), errno);
    return ok();
}

// Held while the log is open, so that two daemons never write one log. The kernel drops it with the
// process.
Result<Fd> lock_directory(const std::filesystem::path& directory) {
    const auto path = directory / "lock";
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (fd.get() < 0) return errno_error("open " + path.string(), errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno == EWOULDBLOCK)
        return Error{Errc::unavailable,
                     "audit log " + directory.string() + " is in use by another sluiced"};
    return errno_error("lock " + path.string(), errno);
}

struct Recovered {
    std::unique_ptr<SegmentWriter> writer;
    std::unique_ptr<Checkpoints> checkpoints;
    std::optional<LostTail> lost;
};

Result<Recovered> recover_signed(FileSystem& files, const WriterOptions& writer_options,
                                 const LogOptions& options) {
    const auto heads = read_signed_heads(options.directory, options.origin, options.checkpoints);
    if (!heads) return heads.error();
    KnownRoots roots(*heads);
    Recovered recovered;
    auto writer = recover(files, writer_options, roots, [&](const LogEnd& end) -> Status {
        const auto lost = check_signed(options.directory, end, *heads, roots, options.accept_size);
        if (!lost) return lost.error();
        if (*lost)
            recovered.lost = LostTail{(*lost)->size, end.next_index(), (*lost)->root};
        else if (options.accept_size)
            return Error{Errc::config, "audit log " + options.directory.string() + " has " +
                                           std::to_string(end.next_index()) +
                                           " entries, and none that was signed is missing: "
                                           "nothing is to be accepted"};
        return ok();
    });
    if (!writer) return std::move(writer).error();
    recovered.writer = *std::move(writer);
    std::uint64_t signed_size = 0;
    for (const SignedHead& one : *heads)
        if (one.file.filename() == kCheckpointFile) signed_size = one.head.size;
    recovered.checkpoints = std::make_unique<Checkpoints>(files, options.directory, options.origin,
                                                          options.checkpoints, signed_size);
    return recovered;
}

// The log says itself that it lost entries, before it says anything else, and that is signed.
Status own_up(SegmentWriter& writer, Checkpoints& checkpoints, const LostTail& lost,
              const LogOptions& options, Instant now) {
    log::warn("audit log: goes on with {} entries, {} were signed; accepted by the operator",
              lost.has, lost.had);
    auto status = ok();
    if (options.gap_entry) {
        const Buffer entry = options.gap_entry(lost);
        Buffer piece;
        append_be(piece, static_cast<std::uint16_t>(entry.size()));
        append(piece, entry);
        status = writer.append({piece}, 1, now);
    }
    if (status) status = checkpoints.write(writer.end().tree, now.mono);
    return status;
}

// A log without one is worth more than none.
std::shared_ptr<Reserve> make_reserve(FileSystem& files, const LogOptions& options) {
    std::error_code failure;
    const auto disk = std::filesystem::space(options.directory, failure);
    const std::uint64_t bytes =
        failure ? 0 : reserve_for_disk(disk.capacity, options.reserve_bytes);
    auto reserve = std::make_shared<Reserve>(files, options.directory, bytes);
    const auto taken = reserve->take();
    if (!taken)
        log::warn("audit log: no disk space is kept for a full disk: {}", taken.error().context);
    return reserve;
}

}  // namespace

OpenOptions default_open_options() {
    return {real_file_system(), limits::audit_ring_bytes_max, limits::audit_retry_interval,
            limits::audit_linger, [] {
                return Instant{clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME)};
            }};
}

Result<std::unique_ptr<Log>> open_log(const LogOptions& options) {
    return open_log(options, default_open_options());
}

Result<std::unique_ptr<Log>> open_log(const LogOptions& options, OpenOptions open) {
    if (options.origin.empty() || options.origin.size() > limits::audit_origin_bytes_max)
        return Error{Errc::config, "the audit log's origin needs a name of 1 to " +
                                       std::to_string(limits::audit_origin_bytes_max) + " bytes"};
    auto made = make_directory(options.directory);
    if (!made) return std::move(made).error();
    auto lock = lock_directory(options.directory);
    if (!lock) return std::move(lock).error();
    const WriterOptions writer_options{options.directory, options.origin,
                                       options.segment_bytes_max > 0
                                           ? options.segment_bytes_max
                                           : limits::audit_segment_bytes_max};
    auto recovered = recover_signed(*open.files, writer_options, options);
    if (!recovered) return std::move(recovered).error().in("open audit log");
    auto reserve = make_reserve(*open.files, options);
    auto& writer = recovered->writer;
    // A directory that cannot be written is found now, not at the first entry.
    auto status = writer->start(open.now());
    if (status && recovered->lost)
        status = own_up(*writer, *recovered->checkpoints, *recovered->lost, options, open.now());
    if (!status) return std::move(status).error().in("open audit log");
    SequencerOptions sequencer{open.ring_bytes, open.retry_interval,   open.linger,
                               open.now,        options.keep_subjects, std::move(reserve)};
    return std::unique_ptr<Log>(
        std::make_unique<DirectoryLog>(std::move(open.files), *std::move(lock), std::move(writer),
                                       std::move(recovered->checkpoints), std::move(sequencer)));
}

}  // namespace sluice::auditlog
