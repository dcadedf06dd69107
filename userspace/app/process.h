// process.h: what the daemon asks of the kernel and of systemd for itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "base/result.h"
#include "telemetry/snapshot.h"

namespace sluice::app {

// Blocks SIGTERM, SIGINT and SIGHUP in this thread and in every one it starts later, and ignores
// SIGPIPE. Called before the first thread is made; wait_signal() is then the only way they arrive.
void block_signals();
// The next of them, or nothing within `wait`.
std::optional<int> wait_signal(std::chrono::nanoseconds wait);
// From now on a second SIGTERM or SIGINT ends the process at once.
void let_signals_end_us();

// Two descriptors a connection and some to spare. Errors: permission (the hard limit is lower).
Status raise_fd_limit(std::size_t connections_max);
// Keeps payload and secrets out of core dumps, and other processes of the same user out of our
// memory.
void forbid_core_dumps();

// Lets the allocator keep the memory of windows (up to limits::held_request_bytes_max and more) for
// the next one. By default glibc gives blocks of that size back to the kernel at once, and every
// next Produce pays for fresh pages: a quarter of the CPU per GB on the peers bench.
void keep_large_blocks();

// "READY=1", "STOPPING=1", ...; nothing happens without systemd.
void notify_systemd(const char* state);

// Of this process, from /proc and getrusage; `version` and the start time are filled in too.
telemetry::ProcessNumbers process_numbers();

}  // namespace sluice::app
