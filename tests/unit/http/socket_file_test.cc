#include "http/socket_file.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/temp_directory.h"
#include "unit/http/unix_client.h"

namespace sluice::http {
namespace {

using fake::UnixClient;
using tests::TempDirectory;

Result<SocketFile> listen_at(const std::filesystem::path& path, const std::string& group = "") {
    return SocketFile::listen(path, group, 4);
}
std::string group_of_this_process() {
    const struct ::group* entry = ::getgrgid(::getegid());
    return entry == nullptr ? "" : entry->gr_name;
}

TEST(SocketFile, IsForOwnerAndGroupWhateverTheMaskOfTheProcess) {
    const TempDirectory folder;
    const mode_t before = ::umask(0);
    const auto wide = listen_at(folder.path() / "a", group_of_this_process());
    ::umask(0777);
    const auto narrow = listen_at(folder.path() / "b");
    ::umask(before);
    ASSERT_TRUE(wide && narrow);
    for (const char* name : {"a", "b"}) {
        struct stat found {};
        ASSERT_EQ(::stat((folder.path() / name).c_str(), &found), 0);
        EXPECT_EQ(found.st_mode, mode_t{S_IFSOCK | 0660}) << name;
        EXPECT_EQ(found.st_gid, ::getegid());
    }
    EXPECT_TRUE(UnixClient(folder.path() / "a").connected());
}

TEST(SocketFile, GoesWithItsListener) {
    const TempDirectory folder;
    { ASSERT_TRUE(listen_at(folder.path() / "a")); }
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a"));
}

TEST(SocketFile, LeavesTheFileOfSomebodyElseAlone) {
    const TempDirectory folder;
    auto first = std::make_unique<Result<SocketFile>>(listen_at(folder.path() / "a"));
    std::filesystem::remove(folder.path() / "a");
    const auto second = listen_at(folder.path() / "a");
    ASSERT_TRUE(*first && second);
    first.reset();
    EXPECT_TRUE(UnixClient(folder.path() / "a").connected());
}

TEST(SocketFile, TakesThePlaceOfADeadDaemons) {
    const TempDirectory folder;
    {
        auto dead = listen_at(folder.path() / "a");
        ASSERT_TRUE(dead);
        std::filesystem::rename(folder.path() / "a", folder.path() / "b");
    }
    ASSERT_TRUE(std::filesystem::exists(folder.path() / "b"));
    EXPECT_FALSE(UnixClient(folder.path() / "b").connected());
    const auto next = listen_at(folder.path() / "b");
    ASSERT_TRUE(next) << next.error().context;
    EXPECT_TRUE(UnixClient(folder.path() / "b").connected());
}

TEST(SocketFile, IsRefusedWhereADaemonListens) {
    const TempDirectory folder;
    const std::string path = folder.path() / "a";
    const auto first = listen_at(path);
    ASSERT_TRUE(first);
    const auto second = listen_at(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              (Error{Errc::denied, "listen on " + path + ": another daemon listens there"}));
    EXPECT_TRUE(UnixClient(path).connected());
}

TEST(SocketFile, IsRefusedWhereADaemonHasMoreConnectionsThanItTakes) {
    const TempDirectory folder;
    const auto first = SocketFile::listen(folder.path() / "a", "", 0);
    ASSERT_TRUE(first);
    const UnixClient waits(folder.path() / "a");
    EXPECT_FALSE(listen_at(folder.path() / "a"));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "a"));
}

TEST(SocketFile, NeverReplacesWhatIsNoSocket) {
    const TempDirectory folder;
    const std::string path = folder.path() / "a";
    std::ofstream(path) << "dear";
    const auto refused = listen_at(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              (Error{Errc::denied, "listen on " + path + ": there is something else already"}));
    EXPECT_EQ(std::filesystem::file_size(path), 4u);
    std::filesystem::create_symlink("/nowhere", folder.path() / "link");
    EXPECT_FALSE(listen_at(folder.path() / "link"));
}

TEST(SocketFile, SaysWhatIsWrongWithPathAndGroup) {
    const TempDirectory folder;
    EXPECT_EQ(listen_at(folder.path() / "a", "no such group").error(),
              (Error{Errc::config, "listen on " + (folder.path() / "a").string() +
                                       ": there is no group no such group"}));
    const std::string longer = folder.path() / std::string(100, 'a');
    EXPECT_EQ(
        listen_at(longer).error(),
        (Error{Errc::config, "listen on " + longer + ": a socket's path has 1 to 107 bytes"}));
    EXPECT_EQ(listen_at(folder.path() / "no" / "a").error().code, Errc::io);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a"));
}

}  // namespace
}  // namespace sluice::http
