#include "auditlog/segment_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "auditlog/compressed_bytes.h"
#include "auditlog/fd.h"
#include "auditlog/segment_name.h"

namespace sluice::auditlog {
namespace {

class PlainBytes final : public SegmentBytes {
  public:
    explicit PlainBytes(Fd fd) : fd_(std::move(fd)) {}

    [[nodiscard]] Result<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(fd_.get(), &status) != 0) return errno_error("stat", errno);
        return static_cast<std::uint64_t>(status.st_size);
    }
    Result<std::size_t> read(std::uint64_t offset, std::span<Byte> to) override {
        std::size_t got = 0;
        while (got < to.size()) {
            const ssize_t n = ::pread(fd_.get(), to.data() + got, to.size() - got,
                                      static_cast<off_t>(offset + got));
            if (n == 0) break;
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return errno_error("read", errno);
            got += static_cast<std::size_t>(n);
        }
        return got;
    }

  private:
    Fd fd_;
};

}  // namespace

Result<std::unique_ptr<SegmentBytes>> open_plain_bytes(const std::filesystem::path& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return errno_error("open " + path.string(), errno);
    return std::unique_ptr<SegmentBytes>(std::make_unique<PlainBytes>(std::move(fd)));
}

Result<std::unique_ptr<SegmentBytes>> open_segment_bytes(const std::filesystem::path& path) {
    if (is_compressed(path)) return open_compressed_bytes(path);
    auto plain = open_plain_bytes(path);
    std::error_code failure;
    const auto compressed = compressed_name(path);
    if (!plain && std::filesystem::exists(compressed, failure))
        return open_compressed_bytes(compressed);
    return plain;
}

}  // namespace sluice::auditlog
