#include "auditlog/side_file.h"

#include <fcntl.h>

#include <cerrno>

#include "auditlog/fd.h"
#include "base/limits.h"

namespace sluice::auditlog {

Result<std::optional<Buffer>> read_side_file(const std::filesystem::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0 && errno == ENOENT) return std::optional<Buffer>();
    if (fd.get() < 0) return errno_error("open " + path.string(), errno);
    Buffer bytes(limits::audit_side_file_bytes_max + 1);
    std::size_t got = 0;
    while (got < bytes.size()) {
        const ssize_t n = ::read(fd.get(), bytes.data() + got, bytes.size() - got);
        if (n == 0) break;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error("read " + path.string(), errno);
        got += static_cast<std::size_t>(n);
    }
    if (got == bytes.size()) return Error{Errc::too_large, path.string() + " is too large"};
    bytes.resize(got);
    return std::optional(std::move(bytes));
}

}  // namespace sluice::auditlog
