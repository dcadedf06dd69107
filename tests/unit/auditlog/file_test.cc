#include "auditlog/file.h"

#include <gtest/gtest.h>

#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

std::vector<iovec> pieces_of(std::vector<std::string>& texts) {
    std::vector<iovec> pieces;
    for (std::string& text : texts) pieces.push_back({text.data(), text.size()});
    return pieces;
}

TEST(RealFile, WritesPiecesWhereTheyBelong) {
    const TempDirectory directory;
    const auto path = directory.path() / "file";
    const auto file = real_file_system()->create(path);
    ASSERT_TRUE(file);
    std::vector<std::string> texts = {"ab", "", "cde"};
    auto pieces = pieces_of(texts);
    ASSERT_TRUE(write_all(**file, pieces, 2));
    ASSERT_TRUE((*file)->fdatasync());
    EXPECT_EQ(contents(path), (Buffer{0, 0, 'a', 'b', 'c', 'd', 'e'}));
}

TEST(RealFile, TakesSpaceAheadAndGivesItBack) {
    const TempDirectory directory;
    const auto path = directory.path() / "file";
    const auto file = real_file_system()->create(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->fallocate(0, 10'000));
    EXPECT_EQ(contents(path), Buffer(10'000, 0));
    ASSERT_TRUE((*file)->truncate(10));
    EXPECT_EQ(contents(path), Buffer(10, 0));
}

TEST(RealFile, CreatingCutsWhatStoodThere) {
    const TempDirectory directory;
    const auto path = directory.path() / "file";
    replace_contents(path, Buffer(100, 1));
    ASSERT_TRUE(real_file_system()->create(path));
    EXPECT_EQ(contents(path), Buffer{});
}

TEST(RealFileSystem, ErrorsSayWhatWasDoneToWhichFile) {
    const TempDirectory directory;
    const auto path = directory.path() / "gone" / "file";
    auto files = real_file_system();
    EXPECT_EQ(files->open(path).error().context,
              "open " + path.string() + ": No such file or directory");
    EXPECT_EQ(files->rename(path, path).error().context,
              "rename " + path.string() + ": No such file or directory");
    EXPECT_EQ(files->sync_directory(path).error().context,
              "open " + path.string() + ": No such file or directory");
}

TEST(RealFile, AFullDiskIsAnError) {
    const auto file = real_file_system()->open("/dev/full");
    ASSERT_TRUE(file);
    std::vector<std::string> texts = {"x"};
    auto pieces = pieces_of(texts);
    EXPECT_EQ(write_all(**file, pieces, 0).error(),
              (Error{Errc::io, "write /dev/full: No space left on device"}));
}

TEST(WriteAll, GoesOnAfterEveryShortWrite) {
    const TempDirectory directory;
    const auto path = directory.path() / "file";
    for (std::uint64_t n = 0; n < 3; ++n) {
        FaultPlan plan;
        FaultyFileSystem files(plan);
        const auto file = files.create(path);
        ASSERT_TRUE(file);
        plan.fail_once(n, Fault::short_write);
        std::vector<std::string> texts = {"abcd", "efgh", "i"};
        auto pieces = pieces_of(texts);
        ASSERT_TRUE(write_all(**file, pieces, 0));
        EXPECT_EQ(as_text(contents(path)), "abcdefghi");
    }
}

}  // namespace
}  // namespace sluice::auditlog
