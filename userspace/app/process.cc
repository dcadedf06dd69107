#include "app/process.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "app/version.h"
#include "base/limits.h"

namespace sluice::app {

namespace {

const auto kStarted = std::chrono::system_clock::now();
constexpr rlim_t kSpareDescriptors = 256;

sigset_t our_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t open_descriptors() {
    std::error_code failure;
    std::uint64_t count = 0;
    std::filesystem::directory_iterator entry("/proc/self/fd", failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        ++count;
    return count > 0 ? count - 1 : 0;  // less the one that lists them
}

}  // namespace

void block_signals() {
    const sigset_t set = our_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

std::optional<int> wait_signal(std::chrono::nanoseconds wait) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timespec time{static_cast<time_t>(whole.count()),
                        static_cast<long>((wait - whole).count())};
    const sigset_t set = our_signals();
    const int number = sigtimedwait(&set, nullptr, &time);
    if (number < 0) return std::nullopt;  // EAGAIN, or EINTR by a signal of no interest
    return number;
}

void let_signals_end_us() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Status raise_fd_limit(std::size_t connections_max) {
    const rlim_t wanted = static_cast<rlim_t>(connections_max) * 2 + kSpareDescriptors;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return ok();
    const rlimit raised{wanted, std::max(wanted, limit.rlim_max)};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return ok();
    const int refused = errno;
    const rlimit most{limit.rlim_max, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &most);
    return errno_error(std::to_string(connections_max) + " connections need " +
                           std::to_string(wanted) + " file descriptors and only " +
                           std::to_string(limit.rlim_max) + " are allowed (raise LimitNOFILE)",
                       refused);
}

void forbid_core_dumps() {
// The leak checker of a sanitized build is a tracer, which this would lock out.
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void keep_large_blocks() {
    mallopt(M_MMAP_THRESHOLD, static_cast<int>(limits::allocator_block_bytes_max));
    mallopt(M_TOP_PAD, static_cast<int>(limits::allocator_pad_bytes));
    mallopt(M_TRIM_THRESHOLD, static_cast<int>(limits::allocator_kept_bytes_max));
}

void notify_systemd(const char* state) {
    sd_notify(0, state);
}

telemetry::ProcessNumbers process_numbers() {
    telemetry::ProcessNumbers numbers;
    numbers.version = kVersion;
    numbers.start_time_seconds = std::chrono::duration<double>(kStarted.time_since_epoch()).count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    numbers.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    std::uint64_t virtual_pages = 0, resident_pages = 0;
    std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    numbers.virtual_bytes = virtual_pages * page;
    numbers.resident_bytes = resident_pages * page;
    numbers.open_fds = open_descriptors();
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    numbers.fds_max = limit.rlim_cur;
    return numbers;
}

}  // namespace sluice::app
