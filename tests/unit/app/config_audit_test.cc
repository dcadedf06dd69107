#include "app/config_audit.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "auditlog/checkpoints.h"
#include "base/limits.h"
#include "support/temp_directory.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

const std::string kOrigin = "gw1.example/main";

struct Read {
    AuditConfig audit;
    std::vector<std::string> mistakes;
};
Read read(const std::string& text) {
    policy::StrictYaml yaml({"s.yaml", "audit:\n" + text});
    Read read;
    read.audit = read_audit(yaml, (*yaml.root())["audit"]);
    for (const policy::Mistake& mistake : yaml.take_mistakes())
        read.mistakes.push_back(policy::to_text(mistake));
    return read;
}

TEST(ConfigAudit, IsReadWithoutItsFiles) {
    const Read all = read("  keys: [/none/new, /none/old]\n  anchor: /elsewhere/checkpoint\n");
    EXPECT_EQ(all.mistakes, std::vector<std::string>{});
    EXPECT_EQ(all.audit, (AuditConfig{{"/none/new", "/none/old"}, "/elsewhere/checkpoint"}));
}

TEST(ConfigAudit, SaysHowLongTheLogIsKept) {
    using namespace std::chrono_literals;
    EXPECT_EQ(read("  anchor: /a\n").audit.keep, std::nullopt);
    EXPECT_EQ(read("  anchor: /a\n").audit.compress_after, limits::audit_compress_after);
    const Read all = read("  keep: 400d\n  keep_bytes: 500GiB\n  compress_after: 1h\n");
    EXPECT_EQ(all.mistakes, std::vector<std::string>{});
    EXPECT_EQ(all.audit.keep, 400 * 24h);
    EXPECT_EQ(all.audit.keep_bytes, 500ull << 30);
    EXPECT_EQ(all.audit.compress_after, 1h);
    EXPECT_EQ(retention_in_words(all.audit),
              "entries are dropped once they are older than 9600 hours, and while the log has more "
              "than 512000 MiB");
    EXPECT_EQ(retention_in_words({}), "every entry is kept for ever");
}

TEST(ConfigAudit, TimesAndSizesAreWholeNumbersWithAUnit) {
    for (const std::string text :
         {"", "d", "0d", "-1d", "1", "1.5d", "1 d", "1w", "36501d", "1dd", "99999999999999999999d"})
        EXPECT_EQ(parse_age(text), std::nullopt) << text;
    EXPECT_EQ(parse_age("36500d"), std::chrono::hours(24 * 36'500));
    for (const std::string text : {"", "GiB", "0GiB", "5", "5GB", "1025TiB", "-5GiB", "5 GiB"})
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    EXPECT_EQ(parse_size("1024TiB"), 1ull << 50);
    EXPECT_EQ(read("  keep: long\n  keep_bytes: much\n  compress_after: [1h]\n").mistakes.size(),
              3u);
}

TEST(ConfigAudit, EveryMistakeIsNamed) {
    EXPECT_EQ(read("  anchor: here\n  keys: [there]\n").mistakes.size(), 2u);
    EXPECT_EQ(read("  key: /a\n").mistakes.size(), 1u);
    std::string many;
    for (std::size_t n = 0; n <= limits::audit_keys_max; ++n) many += "    - /k\n";
    EXPECT_EQ(read("  keys:\n" + many).mistakes,
              std::vector<std::string>{"s.yaml:3:5: more than 4 keys of the audit log"});
}

class LogKeys : public testing::Test {
  protected:
    [[nodiscard]] Result<std::vector<audit::NoteSigner>> open(
        const std::vector<fs::path>& files) const {
        return open_log_keys(files, log_, kOrigin);
    }
    static std::string text_of(const fs::path& file) {
        std::ifstream stream(file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void sign() const {
        fs::create_directories(log_);
        std::ofstream(log_ / auditlog::kCheckpointFile) << "a note";
    }
    const tests::TempDirectory temp_;
    const fs::path log_ = temp_.path() / "audit";
    const fs::path key_ = temp_.path() / "keys" / "audit.key";
    const fs::path other_ = temp_.path() / "other.key";
};

TEST_F(LogKeys, AreMadeOnceAndReadAgain) {
    const auto made = open({key_});
    ASSERT_TRUE(made) << made.error().context;
    struct stat about {};
    ASSERT_EQ(::stat(key_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0600u);
    const auto again = open({key_});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->front().verifier(), made->front().verifier());
    EXPECT_EQ(made->front().verifier().name(), kOrigin);
}

TEST_F(LogKeys, EachLogHasItsOwn) {
    const auto one = open({key_});
    const auto two = open({other_});
    ASSERT_TRUE(one && two);
    EXPECT_NE(one->front().verifier(), two->front().verifier());
}

TEST_F(LogKeys, AreNotMadeForALogThatWasSignedWithAnother) {
    sign();
    const auto opened = open({key_});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::unavailable);
    EXPECT_FALSE(fs::exists(key_));
}

TEST_F(LogKeys, ANewOneBesideTheOldOneReplacesIt) {
    ASSERT_TRUE(open({other_}));
    sign();
    const auto both = open({key_, other_});
    ASSERT_TRUE(both) << both.error().context;
    EXPECT_EQ(both->size(), 2u);
    EXPECT_TRUE(fs::exists(key_));
    fs::remove(other_);
    EXPECT_FALSE(open({key_, other_})) << "only the first one is made";
}

TEST_F(LogKeys, OfAnotherLogOrNoneAreRefused) {
    ASSERT_TRUE(open({key_}));
    EXPECT_EQ(open_log_keys({key_}, log_, "gw2.example/main").error().code, Errc::malformed);
    std::ofstream(key_) << "no key\n";
    const auto broken = open({key_});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().context,
              "read " + key_.string() + ": no private key of a note: PRIVATE+KEY+NAME+ID+KEY");
}

TEST_F(LogKeys, ThatOthersCanReadAreRefused) {
    ASSERT_TRUE(open({key_}));
    fs::permissions(key_, fs::perms(0644));
    EXPECT_EQ(open({key_}).error().code, Errc::permission);
}

TEST_F(LogKeys, ThePublicHalfIsForEverybody) {
    const auto made = open({key_});
    ASSERT_TRUE(made);
    fs::create_directories(log_);
    ASSERT_TRUE(publish_log_key(log_, made->front().verifier()));
    EXPECT_EQ(text_of(log_ / kPublicKeyFile), made->front().verifier().to_text() + "\n");
    EXPECT_EQ(text_of(log_ / kPublicKeyFile).find("PRIVATE"), std::string::npos);
    EXPECT_FALSE(publish_log_key(log_ / "none", made->front().verifier()));
}

}  // namespace
}  // namespace sluice::app
