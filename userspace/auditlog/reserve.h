// reserve.h: disk space taken ahead (the file `reserve`), for what must be recorded while the disk
// is full: that it is, whom it stopped, who logs in to mend it.
//
// Given away piece by piece, so that nobody else's files fill what is left of it, and taken again
// when there is room. Its content means nothing. Not thread-safe; the sequencer owns it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "auditlog/file.h"
#include "base/result.h"

namespace sluice::auditlog {

inline constexpr const char* kReserveFile = "reserve";

class Reserve {
  public:
    // `bytes` 0: there is none.
    Reserve(FileSystem& files, std::filesystem::path directory, std::uint64_t bytes);

    // Takes what is missing of it. Where the file system cannot take space ahead: ok, and there is
    // none. Errors: io, permission.
    Status take();
    // Lets go of the next piece. False where nothing is left.
    bool give();
    [[nodiscard]] std::uint64_t bytes() const { return held_; }
    // Is what is free less than a commit needs? Asked after one failed.
    [[nodiscard]] bool disk_is_full() const;

  private:
    Result<std::unique_ptr<File>> open() const;

    FileSystem& files_;
    const std::filesystem::path directory_;
    const std::uint64_t wanted_;
    std::uint64_t held_ = 0;
};

// What a disk of this size can spare: at most limits::audit_reserve_bytes, and none of a tiny one.
std::uint64_t reserve_for_disk(std::uint64_t capacity, std::uint64_t wanted);

}  // namespace sluice::auditlog
