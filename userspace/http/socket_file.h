// socket_file.h: a unix stream socket that listens under a name in the file system.
//
// Knows who may connect (the file's group) and that nobody else listens there; not what is said.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/result.h"

namespace sluice::http {

class SocketFile {
  public:
    // A non-blocking listener at `path`, 0660 and of `group` (empty: as it comes). A socket that a
    // dead daemon left is replaced. Errors: config (a path too long, no such group), denied (there
    // is something else at `path`, or somebody listens there), io, permission.
    static Result<SocketFile> listen(const std::filesystem::path& path, const std::string& group,
                                     int backlog);
    // Closes, and removes the file if it is still this socket's.
    ~SocketFile();
    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&&) = delete;
    SocketFile(const SocketFile&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    // Hands the descriptor over: the taker closes it.
    int release_fd();

  private:
    SocketFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}

    int fd_;
    std::filesystem::path path_;  // empty: nothing to remove
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace sluice::http
