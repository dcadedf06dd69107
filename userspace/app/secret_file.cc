#include "app/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/limits.h"

namespace sluice::app {

namespace {

struct Descriptor {
    explicit Descriptor(int opened) : fd(opened) {}
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int fd;
};

}  // namespace

Result<std::string> read_secret_file(const std::filesystem::path& path) {
    const std::string doing = "read " + path.string();
    // Not through a symbolic link, and not blocked by a FIFO.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.fd < 0) return errno_error(doing, errno);
    struct stat about {};
    if (::fstat(file.fd, &about) != 0) return errno_error(doing, errno);
    if (!S_ISREG(about.st_mode)) return Error{Errc::io, doing + ": not a regular file"};
    if (about.st_uid != 0 && about.st_uid != ::geteuid())
        return Error{Errc::permission, doing + ": belongs to another user"};
    constexpr mode_t of_others = S_IRWXG | S_IRWXO;
    if ((about.st_mode & of_others) != 0)
        return Error{Errc::permission, doing + ": others may read or write it; chmod 600"};
    std::string secret;
    std::array<char, limits::secret_bytes_max + 1> chunk;
    for (;;) {
        const ssize_t got = ::read(file.fd, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error(doing, errno);
        if (got == 0) return secret;
        secret.append(chunk.data(), static_cast<std::size_t>(got));
        if (secret.size() > limits::secret_bytes_max)
            return Error{Errc::too_large, doing + ": more than " +
                                              std::to_string(limits::secret_bytes_max) + " bytes"};
    }
}

}  // namespace sluice::app
