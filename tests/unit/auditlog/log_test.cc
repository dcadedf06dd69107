#include "auditlog/log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/log.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

// For all tests of this executable: they make the log fail on purpose, again and again.
const bool kQuiet = log::init("off").has_value();

Error refusal(const LogOptions& options) {
    const auto log = open_log(options);
    return log ? Error{Errc::io, "opened"} : log.error();
}

TEST(OpenLog, CreatesItsDirectoryForNobodyElse) {
    const TempDirectory directory;
    const auto path = directory.path() / "data" / "audit";
    ASSERT_TRUE(open_log({path, kOrigin, 1u << 20}));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
    ASSERT_EQ(::stat(segments_in(path)[0].c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST(OpenLog, GoesOnWhereTheLastOneStopped) {
    const TempDirectory directory;
    for (std::uint64_t i = 0; i < 3; ++i) {
        const auto log = open_log({directory.path(), kOrigin, 1u << 20});
        ASSERT_TRUE(log) << log.error().context;
        EXPECT_EQ((*log)->size(), i);
        Buffer entry;
        audit::encode(numbered(i), entry);
        (*log)->producer({})->submit(entry);
    }
    EXPECT_EQ(entries_of(directory.path()), numbered_entries(3));
}

TEST(OpenLog, TwoDaemonsNeverWriteOneLog) {
    const TempDirectory directory;
    const LogOptions options{directory.path(), kOrigin, 1u << 20};
    const auto first = open_log(options);
    ASSERT_TRUE(first);
    EXPECT_EQ(refusal(options), (Error{Errc::unavailable, "audit log " + directory.path().string() +
                                                              " is in use by another sluiced"}));
}

TEST(OpenLog, ADirectoryThatCannotBeIsAnError) {
    const TempDirectory directory;
    replace_contents(directory.path() / "file", {});
    EXPECT_EQ(refusal({directory.path() / "file" / "audit", kOrigin, 0}).code, Errc::io);
    EXPECT_EQ(refusal({directory.path() / "file", kOrigin, 0}).code, Errc::io);
}

TEST(OpenLog, NeedsAnOrigin) {
    const TempDirectory directory;
    EXPECT_EQ(refusal({directory.path(), "", 0}).code, Errc::config);
    EXPECT_EQ(refusal({directory.path(), std::string(1025, 'x'), 0}).code, Errc::config);
}

TEST(OpenLog, ADamagedLogIsRefused) {
    const TempDirectory directory;
    LogBuilder(directory.path()).block_of(3).block_of(3).close();
    flip(segments_in(directory.path())[0], audit::kSegmentHeaderBytes + 80);
    EXPECT_EQ(refusal({directory.path(), kOrigin, 0}).code, Errc::corrupt);
}

}  // namespace
}  // namespace sluice::auditlog
