// support.h: a directory of a test's own, and requests to keep.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "unit/approval/support.h"

namespace sluice::store::testing {

class TempDirectory {
  public:
    // In memory where there is such a place: what is tested is not the disk, and syncs are many.
    TempDirectory() {
        const std::filesystem::path memory = "/dev/shm";
        const auto where =
            std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
        std::string pattern = (where / "store.XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TempDirectory() { std::filesystem::remove_all(path_); }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path file() const { return path_ / "approvals.db"; }

  private:
    std::filesystem::path path_;
};

// Changes a closed database behind the store's back.
inline void meddle(const std::filesystem::path& file, const char* statements) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, statements, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
}

// The n-th request of a test in the state.
inline approval::Request request(std::uint8_t n, approval::State state = approval::State::pending) {
    approval::Request request = approval::support::request_in(state);
    request.id = approval::support::id(n);
    if (request.ended_ns != 0) request.ended_ns += n;
    return request;
}

}  // namespace sluice::store::testing
