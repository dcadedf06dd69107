#include "auditlog/keeper.h"

#include <gtest/gtest.h>

#include "auditlog/compressed_bytes.h"
#include "auditlog/pruned.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using std::chrono::hours;

constexpr std::int64_t kBegan = 1'700'000'000'000'000'000;

// Four segments, two hours apart.
class Keeping : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder builder(directory_.path());
        for (int i = 0; i < 4; ++i) builder.block_of(300).roll();
        builder.close();
        before_ = segments_in(directory_.path());
    }
    std::string forms() {
        std::string found;
        for (const auto& path : segments_in(directory_.path()))
            found += is_compressed(path) ? 'z' : '-';
        return found;
    }
    void expect_sound() {
        const auto report = verify(directory_.path());
        ASSERT_TRUE(report) << report.error().context;
        EXPECT_EQ(report->damage, std::nullopt);
        EXPECT_EQ(report->entries, 1200u);
    }

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
    std::vector<std::filesystem::path> before_;
};

TEST_F(Keeping, CompressesWhatWasSealedLongEnoughAgo) {
    const auto compress = [this](std::int64_t hours_later) {
        return compress_sealed(*files_, directory_.path(), hours(1), kBegan + hours_later * kHour,
                               [] { return true; });
    };
    EXPECT_EQ(*compress(2), 0u);
    EXPECT_EQ(*compress(3), 1u);
    EXPECT_EQ(forms(), "z---");
    EXPECT_EQ(*compress(100), 2u);
    EXPECT_EQ(forms(), "zzz-");
    EXPECT_EQ(*compress(100), 0u);
    expect_sound();
}

TEST_F(Keeping, ACrashAtAnyStepOfCompressionLeavesAWholeLogAndIsFinishedLater) {
    for (std::uint64_t n = 0;; ++n) {
        std::filesystem::remove_all(directory_.path());
        std::filesystem::create_directory(directory_.path());
        SetUp();
        FaultPlan plan;
        FaultyFileSystem faulty(plan);
        plan.fail_from(n, Fault::enospc);
        const auto done = compress_sealed(faulty, directory_.path(), hours(1), kBegan + 100 * kHour,
                                          [] { return true; });
        expect_sound();
        const bool hit = plan.hit();
        EXPECT_EQ(!done, hit);
        ASSERT_TRUE(compress_sealed(*files_, directory_.path(), hours(1), kBegan + 100 * kHour,
                                    [] { return true; }));
        EXPECT_EQ(forms(), "zzz-");
        for (int i = 0; i < 3; ++i) EXPECT_FALSE(std::filesystem::exists(before_[i]));
        expect_sound();
        if (!hit) break;
    }
}

TEST_F(Keeping, TheThreadCompressesAndDrops) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<DroppedEntries> told;
    KeepOptions options;
    options.directory = directory_.path();
    options.compress_after = hours(1);
    options.retention.keep = hours(5);
    options.dropped = [&](const DroppedEntries& entries) {
        const std::lock_guard lock(mutex);
        told.push_back(entries);
        changed.notify_all();
        return ok();
    };
    {
        const Keeper keeper(real_file_system(), options, [] { return kBegan + 7 * kHour; });
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !told.empty(); });
    }
    EXPECT_EQ(told, (std::vector<DroppedEntries>{{0, 300}}));
    EXPECT_EQ(read_pruned(directory_.path())->first_index, 300u);
}

TEST_F(Keeping, NothingIsDoneWhereNothingIsAsked) {
    KeepOptions options;
    options.directory = directory_.path();
    options.compress_after = std::nullopt;
    {
        const Keeper keeper(real_file_system(), options, [] { return kBegan + 7000 * kHour; });
    }
    EXPECT_EQ(segments_in(directory_.path()), before_);
}

}  // namespace
}  // namespace sluice::auditlog
