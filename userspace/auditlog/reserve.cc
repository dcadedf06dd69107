#include "auditlog/reserve.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace sluice::auditlog {
namespace {

// A commit, the segment it may begin, and a checkpoint.
constexpr std::uint64_t kPiece = limits::audit_commit_bytes_max + 256 * 1024;
constexpr std::uint64_t kFullBelow = 2 * kPiece;
constexpr std::uint64_t kDiskShare = 16;

std::uint64_t size_of(const std::filesystem::path& path) {
    std::error_code none;
    const auto bytes = std::filesystem::file_size(path, none);
    return none ? 0 : bytes;
}

}  // namespace

Reserve::Reserve(FileSystem& files, std::filesystem::path directory, std::uint64_t bytes)
    : files_(files), directory_(std::move(directory)), wanted_(bytes) {}

Result<std::unique_ptr<File>> Reserve::open() const {
    const auto path = directory_ / kReserveFile;
    std::error_code none;
    return std::filesystem::exists(path, none) ? files_.open(path) : files_.create(path);
}

Status Reserve::take() {
    if (held_ == wanted_) return ok();
    auto file = open();
    if (!file) return std::move(file).error();
    auto taken = (*file)->fallocate(0, wanted_);
    held_ = std::min(wanted_, size_of(directory_ / kReserveFile));
    return taken;
}

bool Reserve::give() {
    if (held_ == 0) return false;
    const std::uint64_t left = held_ > kPiece ? held_ - kPiece : 0;
    const auto file = open();
    if (!file || !(*file)->truncate(left)) return false;
    held_ = left;
    return true;
}

bool Reserve::disk_is_full() const {
    const auto bytes = files_.free_bytes(directory_);
    return bytes && *bytes < kFullBelow;
}

std::uint64_t reserve_for_disk(std::uint64_t capacity, std::uint64_t wanted) {
    const std::uint64_t bytes = std::min(wanted, capacity / kDiskShare);
    return bytes < kPiece ? 0 : bytes;
}

}  // namespace sluice::auditlog
