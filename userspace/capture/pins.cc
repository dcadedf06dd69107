#include "capture/pins.h"

#include <contract.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

namespace sluice::capture {
namespace {

constexpr std::chrono::milliseconds kLockRetry{20};
constexpr int kLockRetriesMax = 100;

bool is_bpffs(const std::string& path) {
    struct statfs about {};
    return ::statfs(path.c_str(), &about) == 0 && about.f_type == BPF_FS_MAGIC;
}

Status make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST)
        return errno_error("create " + path, errno);
    return ok();
}

// Removes the directory and what lies in it, except where `keep` is set and is the path.
Status remove_tree(const std::string& path) {
    std::error_code failure;
    std::filesystem::remove_all(path, failure);
    if (failure) return errno_error("remove " + path, failure.value());
    return ok();
}

}  // namespace

Fd::~Fd() {
    if (fd_ >= 0) ::close(fd_);
}

Pins::Pins(std::string_view file_system, std::string_view run_id)
    : bpffs(file_system),
      root(bpffs + "/sluice-" + std::string(run_id)),
      maps(root + "/v" + std::to_string(SLUICE_LAYOUT_VERSION)) {}

std::string Pins::link(std::string_view interface) const {
    std::string name(interface);
    // bpffs reserves the dot; no interface name has a colon.
    std::replace(name.begin(), name.end(), '.', ':');
    return root + "/link-" + name;
}

Status ensure_bpffs(const std::string& path) {
    if (is_bpffs(path)) return ok();
    // Two daemons that start together must not mount over each other.
    const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error("no BPF file system at " + path, errno);
    if (::flock(directory.get(), LOCK_EX) < 0) return errno_error("lock " + path, errno);
    if (is_bpffs(path)) return ok();
    if (::mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
        return errno_error("no BPF file system at " + path +
                               ", and mounting one (`mount -t bpf bpf " + path +
                               "`, needs root) fails",
                           errno);
    return ok();
}

Status create_pins(const Pins& pins) {
    auto made = make_directory(pins.root);
    if (!made) return made;
    return make_directory(pins.maps);
}

Result<Fd> lock_pins(const Pins& pins) {
    Fd directory(::open(pins.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
        if (errno == ENOENT) return Fd();
        return errno_error("open " + pins.root, errno);
    }
    for (int attempt = 0; ::flock(directory.get(), LOCK_EX | LOCK_NB) < 0; ++attempt) {
        if (errno != EWOULDBLOCK) return errno_error("lock " + pins.root, errno);
        if (attempt == kLockRetriesMax)
            return Error{Errc::unavailable, "another process of this run id holds " + pins.root +
                                                ": stop it first, or choose another run id"};
        std::this_thread::sleep_for(kLockRetry);
    }
    return directory;
}

bool locks(const Fd& lock, const Pins& pins) {
    struct stat held {};
    struct stat present {};
    return ::fstat(lock.get(), &held) == 0 && ::stat(pins.root.c_str(), &present) == 0 &&
           held.st_dev == present.st_dev && held.st_ino == present.st_ino;
}

Status remove_old_layouts(const Pins& pins) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(pins.root, failure)) {
        if (!entry.is_directory(failure) || entry.path() == pins.maps) continue;
        auto removed = remove_tree(entry.path());
        if (!removed) return removed;
    }
    if (failure) return errno_error("list " + pins.root, failure.value());
    return ok();
}

Status remove_pins(const Pins& pins) {
    return remove_tree(pins.root);
}

}  // namespace sluice::capture
