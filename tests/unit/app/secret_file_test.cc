#include "app/secret_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/limits.h"
#include "support/temp_directory.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

class SecretFile : public testing::Test {
  protected:
    [[nodiscard]] fs::path write(const std::string& text, mode_t mode = 0600) const {
        const fs::path path = directory_ / "secret";
        std::ofstream(path) << text;
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        return path;
    }
    // The whole error: its text is what an operator sees, and must not hold what is in the file.
    [[nodiscard]] static Error refused(const fs::path& path) {
        const auto secret = read_secret_file(path);
        return secret ? Error{Errc::config, "it was read"} : secret.error();
    }
    [[nodiscard]] static Error error(Errc code, const fs::path& path, const std::string& why) {
        return {code, "read " + path.string() + ": " + why};
    }
    const tests::TempDirectory temp_;
    const fs::path directory_ = temp_.path();
};

TEST_F(SecretFile, IsReadWholeAndAsItIs) {
    const std::string binary("hush\0\xff\n", 7);
    EXPECT_EQ(*read_secret_file(write(binary)), binary);
    EXPECT_EQ(*read_secret_file(write(binary, 0400)), binary);
    EXPECT_EQ(*read_secret_file(write("")), "");
    const std::string largest(limits::secret_bytes_max, 'x');
    EXPECT_EQ(*read_secret_file(write(largest)), largest);
}

TEST_F(SecretFile, ThatOthersMayReadOrWriteIsRefused) {
    for (const mode_t mode : {0640, 0604, 0660, 0602, 0644, 0610, 0601}) {
        const fs::path path = write("hush", mode);
        EXPECT_EQ(refused(path),
                  error(Errc::permission, path, "others may read or write it; chmod 600"))
            << std::oct << mode;
    }
}

TEST_F(SecretFile, OfAnotherUserIsRefused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const fs::path path = write("hush");
    constexpr uid_t nobody = 65534;
    ASSERT_EQ(::chown(path.c_str(), nobody, nobody), 0);
    EXPECT_EQ(refused(path), error(Errc::permission, path, "belongs to another user"));
}

TEST_F(SecretFile, TooLargeForASecretIsRefused) {
    const fs::path path = write(std::string(limits::secret_bytes_max + 1, 'x'));
    EXPECT_EQ(refused(path), error(Errc::too_large, path, "more than 4096 bytes"));
}

TEST_F(SecretFile, IsNotReadThroughALink) {
    const fs::path link = directory_ / "link";
    fs::create_symlink(write("hush"), link);
    EXPECT_EQ(refused(link), error(Errc::io, link, "Too many levels of symbolic links"));
}

TEST_F(SecretFile, ThatIsNoFileIsRefusedAndNotWaitedFor) {
    EXPECT_EQ(refused(directory_), error(Errc::io, directory_, "not a regular file"));
    const fs::path pipe = directory_ / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(refused(pipe), error(Errc::io, pipe, "not a regular file"));
    const fs::path missing = directory_ / "missing";
    EXPECT_EQ(refused(missing), error(Errc::io, missing, "No such file or directory"));
}

}  // namespace
}  // namespace sluice::app
