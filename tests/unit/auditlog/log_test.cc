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

// A signed log of 20 entries, of which the last segment is gone.
class LogThatLostItsTail : public ::testing::Test {
  protected:
    void SetUp() override {
        options_.checkpoints.signers.push_back(
            *audit::NoteSigner::make(kOrigin, std::array<Byte, 32>{7}));
        for (std::uint64_t i = 0; i < 20; ++i) {
            const auto log = open_log(options_);
            ASSERT_TRUE(log) << log.error().context;
            Buffer entry;
            audit::encode(numbered(i), entry);
            (*log)->producer({})->submit(entry);
        }
        const auto segments = segments_in(directory_.path());
        const auto header = audit::decode_segment_header(contents(segments.back()));
        has_ = header->first_index();
        std::filesystem::copy_file(directory_.path() / kCheckpointFile, elsewhere_.path() / "old");
        std::filesystem::remove(segments.back());
        options_.gap_entry = [this](const LostTail& lost) {
            told_.push_back(lost);
            audit::Event event = numbered(99);
            event.type = audit::EventType::gap;
            Buffer entry;
            audit::encode(event, entry);
            return entry;
        };
    }
    TempDirectory directory_, elsewhere_;
    LogOptions options_{directory_.path(), kOrigin, audit::kSegmentHeaderBytes + 2000};
    std::uint64_t has_ = 0;
    std::vector<LostTail> told_;
};

TEST_F(LogThatLostItsTail, IsRefusedUnlessItsSizeIsAccepted) {
    ASSERT_GT(has_, 0u);
    ASSERT_LT(has_, 20u);
    EXPECT_EQ(refusal(options_).code, Errc::corrupt);
    options_.accept_size = has_ + 1;
    EXPECT_EQ(refusal(options_).code, Errc::corrupt);
    options_.accept_size = has_;
    ASSERT_TRUE(open_log(options_));
    ASSERT_EQ(told_.size(), 1u);
    EXPECT_EQ(told_[0].had, 20u);
    EXPECT_EQ(told_[0].has, has_);
    const auto entries = entries_of(directory_.path());
    ASSERT_EQ(entries.size(), has_ + 1);
    EXPECT_EQ(entries.back().event.type, audit::EventType::gap);
}

TEST_F(LogThatLostItsTail, IsSignedAsItIsFromThenOn) {
    options_.accept_size = has_;
    ASSERT_TRUE(open_log(options_));
    VerifyOptions verifying;
    verifying.keys = {options_.checkpoints.signers[0].verifier()};
    const auto report = verify(directory_.path(), verifying);
    ASSERT_TRUE(report) << report.error().context;
    EXPECT_EQ(report->damage, std::nullopt);
    EXPECT_EQ(report->signed_entries, has_ + 1);
    options_.accept_size = {};
    EXPECT_TRUE(open_log(options_));
}

TEST_F(LogThatLostItsTail, StillDoesNotPassForTheOneItWas) {
    options_.accept_size = has_;
    ASSERT_TRUE(open_log(options_));
    VerifyOptions verifying;
    verifying.keys = {options_.checkpoints.signers[0].verifier()};
    verifying.checkpoint = elsewhere_.path() / "old";
    const auto report = verify(directory_.path(), verifying);
    ASSERT_TRUE(report && report->damage);
    EXPECT_NE(report->damage->what.find("owns up to a gap at entry " + std::to_string(has_)),
              std::string::npos)
        << report->damage->what;
}

TEST_F(LogThatLostItsTail, CannotBeAcceptedForEver) {
    options_.accept_size = has_;
    ASSERT_TRUE(open_log(options_));
    EXPECT_EQ(refusal(options_).code, Errc::config);
    options_.accept_size = has_ + 1;
    EXPECT_EQ(refusal(options_).code, Errc::config);
}

}  // namespace
}  // namespace sluice::auditlog
