// faulty_files.h: a file system that passes everything on to the real one, except what the test
// wants to fail.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "auditlog/file.h"

namespace sluice::auditlog::testing {

enum class Fault { none, eio, enospc, short_write };

// Which calls fail; shared by a file system, its files and the test.
class FaultPlan {
  public:
    // The n-th call from now on (0: the next), once.
    void fail_once(std::uint64_t n, Fault fault) {
        const std::lock_guard lock(mutex_);
        at_ = calls_.size() + n;
        once_ = fault;
    }
    // The same, and every call after it: as if the process had ended there.
    void fail_from(std::uint64_t n, Fault fault) {
        fail_once(n, fault);
        const std::lock_guard lock(mutex_);
        and_all_after_ = true;
    }
    // What is written is not what was given.
    void corrupt_writes() { corrupt_.store(true); }
    [[nodiscard]] bool corrupts() const { return corrupt_.load(); }
    // Every call that takes or writes disk space, until fail_nothing().
    void fail_writes(Fault fault) {
        const std::lock_guard lock(mutex_);
        writes_ = fault;
    }
    void fail_nothing() {
        const std::lock_guard lock(mutex_);
        at_ = UINT64_MAX;
        and_all_after_ = false;
        writes_ = Fault::none;
    }
    [[nodiscard]] bool hit() const {
        const std::lock_guard lock(mutex_);
        return calls_.size() > at_;
    }
    [[nodiscard]] std::vector<std::string> calls() const {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    // From now on the disk has room for so much more, and no more.
    void set_room(std::uint64_t bytes) {
        const std::lock_guard lock(mutex_);
        room_ = bytes;
    }
    [[nodiscard]] std::optional<std::uint64_t> room() const {
        const std::lock_guard lock(mutex_);
        return room_;
    }
    // False where there is no room for a file of `was` bytes to become one of `is`.
    bool resize(std::uint64_t was, std::uint64_t is) {
        const std::lock_guard lock(mutex_);
        if (!room_) return true;
        if (is > was && is - was > *room_) return false;
        *room_ = *room_ + was - is;
        return true;
    }
    Fault next(const std::string& call) {
        const std::lock_guard lock(mutex_);
        calls_.push_back(call);
        const std::size_t number = calls_.size() - 1;
        if (number == at_ || (and_all_after_ && number > at_)) return once_;
        const bool writes = call == "pwritev" || call == "fallocate" || call == "fdatasync";
        return writes ? writes_ : Fault::none;
    }

  private:
    mutable std::mutex mutex_;
    std::optional<std::uint64_t> room_;
    std::vector<std::string> calls_;
    std::uint64_t at_ = UINT64_MAX;
    bool and_all_after_ = false;
    std::atomic<bool> corrupt_{false};
    Fault once_ = Fault::none, writes_ = Fault::none;
};

class FaultyFile final : public File {
  public:
    FaultyFile(std::unique_ptr<File> real, FaultPlan& plan, std::uint64_t size)
        : real_(std::move(real)), plan_(plan), size_(size) {}

    Result<std::size_t> pwritev(std::span<const iovec> pieces, std::uint64_t offset) override {
        const Fault fault = plan_.next("pwritev");
        if (plan_.corrupts()) static_cast<Byte*>(pieces.front().iov_base)[0] ^= 1;
        if (fault == Fault::none) {
            std::uint64_t bytes = 0;
            for (const iovec& piece : pieces) bytes += piece.iov_len;
            if (!grow(offset + bytes)) return error(Fault::enospc);
            return real_->pwritev(pieces, offset);
        }
        // The half that a failing or short write leaves behind.
        iovec half = pieces.front();
        half.iov_len = std::max<std::size_t>(half.iov_len / 2, 1);
        auto wrote = real_->pwritev({&half, 1}, offset);
        if (fault == Fault::short_write) return wrote;
        return error(fault);
    }
    Status fdatasync() override {
        const Fault fault = plan_.next("fdatasync");
        return is_error(fault) ? Status(error(fault)) : real_->fdatasync();
    }
    Status fallocate(std::uint64_t offset, std::uint64_t bytes) override {
        const Fault fault = plan_.next("fallocate");
        if (is_error(fault)) return error(fault);
        return grow(offset + bytes) ? real_->fallocate(offset, bytes) : error(Fault::enospc);
    }
    Status truncate(std::uint64_t bytes) override {
        const Fault fault = plan_.next("truncate");
        if (is_error(fault)) return error(fault);
        plan_.resize(size_, bytes);
        size_ = bytes;
        return real_->truncate(bytes);
    }

    static bool is_error(Fault fault) { return fault == Fault::eio || fault == Fault::enospc; }
    static Error error(Fault fault) {
        return errno_error("injected", fault == Fault::enospc ? ENOSPC : EIO);
    }

  private:
    bool grow(std::uint64_t to) {
        if (to <= size_) return true;
        if (!plan_.resize(size_, to)) return false;
        size_ = to;
        return true;
    }

    std::unique_ptr<File> real_;
    FaultPlan& plan_;
    std::uint64_t size_;
};

class FaultyFileSystem final : public FileSystem {
  public:
    explicit FaultyFileSystem(FaultPlan& plan) : plan_(plan) {}

    Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override {
        plan_.resize(size_of(path), 0);
        return wrap("create", path, [&] { return real_->create(path); });
    }
    Result<std::unique_ptr<File>> open(const std::filesystem::path& path) override {
        return wrap("open", path, [&] { return real_->open(path); });
    }
    Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        const Fault fault = plan_.next("rename");
        if (FaultyFile::is_error(fault)) return FaultyFile::error(fault);
        plan_.resize(size_of(to), 0);
        return real_->rename(from, to);
    }
    Result<std::uint64_t> free_bytes(const std::filesystem::path& directory) override {
        const auto room = plan_.room();
        return room ? Result(*room) : real_->free_bytes(directory);
    }
    Status remove(const std::filesystem::path& path) override {
        const Fault fault = plan_.next("remove");
        if (FaultyFile::is_error(fault)) return FaultyFile::error(fault);
        plan_.resize(size_of(path), 0);
        return real_->remove(path);
    }
    Status sync_directory(const std::filesystem::path& directory) override {
        const Fault fault = plan_.next("sync_directory");
        return FaultyFile::is_error(fault) ? Status(FaultyFile::error(fault))
                                           : real_->sync_directory(directory);
    }

  private:
    static std::uint64_t size_of(const std::filesystem::path& path) {
        std::error_code none;
        const auto bytes = std::filesystem::file_size(path, none);
        return none ? 0 : bytes;
    }
    template <class Open>
    Result<std::unique_ptr<File>> wrap(const char* call, const std::filesystem::path& path,
                                       Open open) {
        const Fault fault = plan_.next(call);
        if (FaultyFile::is_error(fault)) return FaultyFile::error(fault);
        auto file = open();
        if (!file) return std::move(file).error();
        return std::unique_ptr<File>(
            std::make_unique<FaultyFile>(*std::move(file), plan_, size_of(path)));
    }

    std::unique_ptr<FileSystem> real_ = real_file_system();
    FaultPlan& plan_;
};

}  // namespace sluice::auditlog::testing
