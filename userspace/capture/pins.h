// pins.h: where a run's BPF objects live in bpffs, and the lock that keeps two daemons of one run
// apart.
//
//   BPFFS/sluice-RUN/                 0700
//   BPFFS/sluice-RUN/link-INTERFACE   tcx links
//   BPFFS/sluice-RUN/vN/MAP           maps of layout N (SLUICE_LAYOUT_VERSION)
//
// bpffs is shared by all network namespaces of the machine: only the run id keeps runs apart.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace sluice::capture {

// Owns a file descriptor.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd();
    [[nodiscard]] int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

struct Pins {
    Pins(std::string_view bpffs, std::string_view run_id);
    [[nodiscard]] std::string link(std::string_view interface) const;
    [[nodiscard]] std::string map(std::string_view name) const {
        return maps + "/" + std::string(name);
    }

    std::string bpffs;
    std::string root;
    std::string maps;
};

// Mounts a BPF file system at `path` where there is none.
Status ensure_bpffs(const std::string& path);

// Creates the run's directories.
Status create_pins(const Pins& pins);

// Held until closed, or until the process dies. Waits a moment for a predecessor that is just
// dying. A run that has no directory gives an empty Fd.
Result<Fd> lock_pins(const Pins& pins);
// Whether `lock` is on the directory that is there now, and not on one that was removed.
bool locks(const Fd& lock, const Pins& pins);

// Removes maps of other layouts.
Status remove_old_layouts(const Pins& pins);
// Removes everything of the run. Links that are still attached detach some time after.
Status remove_pins(const Pins& pins);

}  // namespace sluice::capture
