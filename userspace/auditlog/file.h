// file.h: the system calls the log is written with, each behind one function, so that tests can
// fail each of them.
//
// Not for reading the log (scan.h does that): what is read here is only what recovery writes again.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

class File {
  public:
    virtual ~File() = default;
    // Bytes written: perhaps fewer than asked for, never 0.
    virtual Result<std::size_t> pwritev(std::span<const iovec> pieces, std::uint64_t offset) = 0;
    virtual Status fdatasync() = 0;
    // Takes the disk space of these bytes and extends the file over them. Where the file system
    // cannot: ok, without effect.
    virtual Status fallocate(std::uint64_t offset, std::uint64_t bytes) = 0;
    virtual Status truncate(std::uint64_t bytes) = 0;
};

class FileSystem {
  public:
    virtual ~FileSystem() = default;
    // 0600, empty: what stood there is cut to nothing.
    virtual Result<std::unique_ptr<File>> create(const std::filesystem::path& path) = 0;
    virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path) = 0;
    virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual Status remove(const std::filesystem::path& path) = 0;
    // What this process may still write on the disk of a directory.
    virtual Result<std::uint64_t> free_bytes(const std::filesystem::path& directory) = 0;
    virtual Status sync_directory(const std::filesystem::path& directory) = 0;
};
std::unique_ptr<FileSystem> real_file_system();

// A whole file in the place of what stood there: under `unfinished` until all of it is on disk,
// then `path`, in the same directory. What a crash leaves is the old file or the new one.
Result<std::unique_ptr<File>> put_file(FileSystem& files, const std::filesystem::path& unfinished,
                                       const std::filesystem::path& path, Bytes content);

// Writes all of `pieces`, however many calls it takes. Changes them.
Status write_all(File& file, std::span<iovec> pieces, std::uint64_t offset);

}  // namespace sluice::auditlog
