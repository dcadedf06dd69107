// support.h: a directory of a test's own, and requests to keep.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

#include "support/temp_directory.h"

#include "unit/approval/support.h"

namespace sluice::store::testing {

struct TempDirectory : tests::TempDirectory {
    [[nodiscard]] std::filesystem::path file() const { return path() / "approvals.db"; }
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
