#include "app/config_keys.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "app/secret_file.h"
#include "base/limits.h"
#include "support/temp_directory.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

struct Read {
    std::vector<MaskKey> keys;
    std::vector<std::string> mistakes;
};
Read read(const std::string& keys) {
    policy::StrictYaml yaml({"s.yaml", "keys:\n" + keys});
    Read read;
    read.keys = read_keys(yaml, (*yaml.root())["keys"]);
    for (const policy::Mistake& mistake : yaml.take_mistakes())
        read.mistakes.push_back(policy::to_text(mistake));
    return read;
}

TEST(ConfigKeys, AreReadWithoutTheirFiles) {
    const Read all = read(
        "  - {name: pii, id: k1, file: /none/pii}\n"
        "  - {name: Cards.eu, id: 2026-01_a, file: /none/cards}\n");
    EXPECT_EQ(all.mistakes, std::vector<std::string>{});
    EXPECT_EQ(all.keys, (std::vector<MaskKey>{{"pii", "k1", "/none/pii"},
                                              {"Cards.eu", "2026-01_a", "/none/cards"}}));
}

TEST(ConfigKeys, EveryMistakeIsNamed) {
    const std::string long_id(limits::mask_key_id_bytes_max + 1, 'k');
    const std::vector<std::string> mistakes = read(
                                                  "  - {name: pii, id: k1, file: relative}\n"
                                                  "  - {name: pii, id: k2, file: /b}\n"
                                                  "  - {name: other, id: k1, file: /c}\n"
                                                  "  - {name: a b, id: " +
                                                  long_id +
                                                  ", file: /d}\n"
                                                  "  - {name: e, file: /e, secret: x}\n")
                                                  .mistakes;
    ASSERT_EQ(mistakes.size(), 7u);
    EXPECT_EQ(mistakes[0], "s.yaml:2:31: `file` must be an absolute path, not `relative`");
    EXPECT_EQ(mistakes[1], "s.yaml:3:5: key `pii` is there twice");
    EXPECT_EQ(mistakes[2], "s.yaml:4:5: key `pii` has the id `k1` already");
    EXPECT_EQ(mistakes[3],
              "s.yaml:5:12: `name` must be at most 64 letters, digits, `.`, `_` and `-`, not "
              "`a b`");
    EXPECT_EQ(mistakes[4].find("s.yaml:5:21: `id` must be at most 32 letters"), 0u);
    EXPECT_EQ(mistakes[5], "s.yaml:6:5: missing key `id` in a key");
    EXPECT_EQ(mistakes[6], "s.yaml:6:25: unknown key `secret`");
}

class KeyFiles : public testing::Test {
  protected:
    MaskKey key(const std::string& secret, fs::perms mode = fs::perms(0600)) {
        const fs::path path = folder_ / "key";
        fs::remove(path);
        std::ofstream(path, std::ios::binary) << secret;
        fs::permissions(path, mode);
        return {"pii", "k1", path};
    }
    static std::string problem(const MaskKey& key) {
        const auto loaded = load_keys({&key, 1});
        return loaded ? "" : loaded.error().context;
    }
    const tests::TempDirectory temp_;
    const fs::path folder_ = temp_.path();
};

TEST_F(KeyFiles, GiveTheirBytesAsTheyAre) {
    std::string secret(33, 's');
    secret[31] = '\n';
    secret[32] = '\0';
    for (const auto mode : {0600, 0400}) {
        const MaskKey one = key(secret, fs::perms(mode));
        const auto loaded = load_keys({&one, 1});
        ASSERT_TRUE(loaded) << loaded.error().context;
        EXPECT_EQ((*loaded)[0].name, "pii");
        EXPECT_EQ((*loaded)[0].id, "k1");
        EXPECT_EQ(as_text((*loaded)[0].secret), secret);
    }
}

TEST_F(KeyFiles, ThatOthersMayReadAreRefused) {
    for (const int mode : {0640, 0604, 0620, 0660})
        EXPECT_NE(problem(key(std::string(32, 's'), fs::perms(mode))), "") << mode;
}

TEST_F(KeyFiles, ThatAreTooShortOrTooLongAreRefusedWithoutAWordOfTheirs) {
    for (const std::size_t bytes :
         {limits::mask_key_file_bytes_min - 1, limits::secret_bytes_max + 1}) {
        const std::string said = problem(key(std::string(bytes, 'S')));
        EXPECT_EQ(said.find("key `pii`: "), 0u);
        EXPECT_EQ(said.find("SS"), std::string::npos);
    }
    EXPECT_EQ(problem(key(std::string(limits::secret_bytes_max, 'S'))), "");
    EXPECT_NE(problem({"pii", "k1", folder_ / "none"}), "");
}

}  // namespace
}  // namespace sluice::app
