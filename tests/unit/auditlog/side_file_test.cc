#include "auditlog/side_file.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

TEST(SideFile, IsReadWholeOrIsNotThere) {
    const TempDirectory directory;
    const auto path = directory.path() / "small";
    EXPECT_EQ(*read_side_file(path), std::nullopt);
    append_contents(path, "words");
    EXPECT_EQ(as_text(**read_side_file(path)), "words");
}

TEST(SideFile, ThatIsTooLargeIsRefused) {
    const TempDirectory directory;
    const auto path = directory.path() / "large";
    replace_contents(path, Buffer(limits::audit_side_file_bytes_max, 1));
    EXPECT_TRUE(read_side_file(path));
    replace_contents(path, Buffer(limits::audit_side_file_bytes_max + 1, 1));
    EXPECT_EQ(read_side_file(path).error().code, Errc::too_large);
}

TEST(SideFile, ThatIsADirectoryIsAnError) {
    const TempDirectory directory;
    EXPECT_EQ(read_side_file(directory.path()).error().code, Errc::io);
}

}  // namespace
}  // namespace sluice::auditlog
