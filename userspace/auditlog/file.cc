#include "auditlog/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "auditlog/fd.h"

namespace sluice::auditlog {
namespace {

// The system takes no more pieces in one call (IOV_MAX).
constexpr std::size_t kPiecesMax = 1024;

class RealFile final : public File {
  public:
    RealFile(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

    Result<std::size_t> pwritev(std::span<const iovec> pieces, std::uint64_t offset) override {
        const auto count = static_cast<int>(std::min(pieces.size(), kPiecesMax));
        while (true) {
            const ssize_t wrote =
                ::pwritev(fd_.get(), pieces.data(), count, static_cast<off_t>(offset));
            if (wrote > 0) return static_cast<std::size_t>(wrote);
            if (wrote == 0) return errno_error("write " + name_, EIO);
            if (errno != EINTR) return errno_error("write " + name_, errno);
        }
    }
    Status fdatasync() override {
        if (::fdatasync(fd_.get()) != 0) return errno_error("fdatasync " + name_, errno);
        return ok();
    }
    Status fallocate(std::uint64_t offset, std::uint64_t bytes) override {
        while (::fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) !=
               0) {
            if (errno == EOPNOTSUPP || errno == ENOSYS) return ok();
            if (errno != EINTR) return errno_error("take disk space for " + name_, errno);
        }
        return ok();
    }
    Status truncate(std::uint64_t bytes) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0)
            return errno_error("truncate " + name_, errno);
        return ok();
    }

  private:
    Fd fd_;
    std::string name_;
};

class RealFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override {
        return open_with(path, O_RDWR | O_CREAT | O_TRUNC, "create ");
    }
    Result<std::unique_ptr<File>> open(const std::filesystem::path& path) override {
        return open_with(path, O_RDWR, "open ");
    }
    Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0)
            return errno_error("rename " + from.string(), errno);
        return ok();
    }
    Status remove(const std::filesystem::path& path) override {
        if (::unlink(path.c_str()) != 0) return errno_error("remove " + path.string(), errno);
        return ok();
    }
    Result<std::uint64_t> free_bytes(const std::filesystem::path& directory) override {
        std::error_code failure;
        const auto space = std::filesystem::space(directory, failure);
        if (failure) return errno_error("ask for space on " + directory.string(), failure.value());
        return static_cast<std::uint64_t>(space.available);
    }
    Status sync_directory(const std::filesystem::path& directory) override {
        const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd.get() < 0) return errno_error("open " + directory.string(), errno);
        if (::fsync(fd.get()) != 0) return errno_error("fsync " + directory.string(), errno);
        return ok();
    }

  private:
    static Result<std::unique_ptr<File>> open_with(const std::filesystem::path& path, int flags,
                                                   std::string_view doing) {
        Fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
        if (fd.get() < 0) return errno_error(std::string(doing) + path.string(), errno);
        return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), path.string()));
    }
};

}  // namespace

std::unique_ptr<FileSystem> real_file_system() {
    return std::make_unique<RealFileSystem>();
}

Result<std::unique_ptr<File>> put_file(FileSystem& files, const std::filesystem::path& unfinished,
                                       const std::filesystem::path& path, Bytes content) {
    auto file = files.create(unfinished);
    if (!file) return file;
    iovec piece{const_cast<Byte*>(content.data()), content.size()};
    auto status = write_all(**file, {&piece, 1}, 0);
    if (status) status = (*file)->fdatasync();
    if (status) status = files.rename(unfinished, path);
    if (status) status = files.sync_directory(path.parent_path());
    if (!status) return std::move(status).error();
    return file;
}

Status write_all(File& file, std::span<iovec> pieces, std::uint64_t offset) {
    while (!pieces.empty()) {
        const auto wrote = file.pwritev(pieces, offset);
        if (!wrote) return wrote.error();
        offset += *wrote;
        std::size_t done = *wrote;
        while (!pieces.empty() && done >= pieces.front().iov_len) {
            done -= pieces.front().iov_len;
            pieces = pieces.subspan(1);
        }
        if (done == 0) continue;
        pieces.front().iov_base = static_cast<Byte*>(pieces.front().iov_base) + done;
        pieces.front().iov_len -= done;
    }
    return ok();
}

}  // namespace sluice::auditlog
