#include "auditlog/keeper.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "auditlog/compressed_bytes.h"
#include "auditlog/scan.h"
#include "base/log.h"
#include "base/time.h"

namespace sluice::auditlog {
namespace {

// Only hints, of this thread alone: the lowest share of the processor, and of the disk what others
// leave.
void step_back() {
    constexpr int kThisThread = 0, kWhoThread = 1, kIdleClass = 3 << 13;
    static_cast<void>(::setpriority(PRIO_PROCESS, kThisThread, 19));
    static_cast<void>(::syscall(SYS_ioprio_set, kWhoThread, kThisThread, kIdleClass));
}

}  // namespace

Result<std::size_t> compress_sealed(FileSystem& files, const std::filesystem::path& directory,
                                    std::chrono::nanoseconds compress_after, std::int64_t now_ns,
                                    const std::function<bool()>& going_on) {
    const auto segments = list_segments(directory);
    if (!segments) return segments.error();
    std::size_t done = 0;
    for (std::size_t i = 0; i + 1 < segments->size(); ++i) {
        const auto& path = (*segments)[i].path;
        if (is_compressed(path)) continue;
        const auto next = SegmentScan::open((*segments)[i + 1]);
        if (!next) return next.error();
        if (now_ns - next->header().created_ns < nanoseconds(compress_after)) break;
        // It must not be the one who fills the disk.
        const auto room = files.free_bytes(directory);
        std::error_code gone;
        if (!room || *room < std::filesystem::file_size(path, gone)) break;
        if (!going_on()) break;
        auto status = compress_segment(files, path, going_on);
        if (!status) {
            if (status.error().code == Errc::unavailable) break;
            return std::move(status).error();
        }
        status = files.remove(path);
        if (status) status = files.sync_directory(directory);
        if (!status) return std::move(status).error();
        ++done;
    }
    return done;
}

Keeper::Keeper(std::unique_ptr<FileSystem> files, KeepOptions options,
               std::function<std::int64_t()> now_ns)
    : files_(std::move(files)),
      options_(std::move(options)),
      now_ns_(std::move(now_ns)),
      thread_([this] { run(); }) {}

Keeper::~Keeper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    thread_.join();
}

void Keeper::run() {
    step_back();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        pass();
        lock.lock();
        stopped_.wait_for(lock, limits::audit_keep_interval, [this] { return stopping_; });
    }
}

void Keeper::pass() {
    const auto going_on = [this] {
        const std::lock_guard lock(mutex_);
        return !stopping_;
    };
    const auto dropped = drop_old_segments(*files_, options_.directory, options_.retention,
                                           now_ns_(), options_.dropped);
    note("retention", dropped ? ok() : Status(dropped.error()), drop_problem_);
    if (dropped && *dropped)
        log::info("audit log: retention dropped entries {} to {}", (*dropped)->from,
                  (*dropped)->to - 1);
    if (!options_.compress_after) return;
    const auto compressed =
        compress_sealed(*files_, options_.directory, *options_.compress_after, now_ns_(), going_on);
    note("compression", compressed ? ok() : Status(compressed.error()), compress_problem_);
}

// What goes on being wrong is said once.
void Keeper::note(const char* what, const Status& status, std::string& last) {
    const std::string problem = status ? "" : status.error().context;
    if (problem != last && !status)
        log::warn("audit log: {}, tried again later: {}", what, problem);
    last = problem;
}

}  // namespace sluice::auditlog
