#include "auditlog/retention.h"

#include <gtest/gtest.h>

#include "audit/tree_proof.h"
#include "auditlog/checkpoints.h"
#include "auditlog/prove.h"
#include "auditlog/pruned.h"
#include "auditlog/recover.h"
#include "auditlog/tiles.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;
using std::chrono::hours;

constexpr std::int64_t kBegan = 1'700'000'000'000'000'000;

// Six segments of 500, 300, 700, 10, 600 and 4 entries, two hours apart; signed as a whole, and
// after 400 and after 1,024 entries.
class Retention : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder builder(directory_.path());
        std::uint64_t size = 0;
        for (const std::uint64_t count : {500, 300, 700, 10, 600, 4}) {
            std::vector<audit::Event> events;
            for (std::uint64_t i = 0; i < count; ++i) {
                events.push_back(numbered(size++));
                events.back().wall_ns =
                    kBegan + static_cast<std::int64_t>(firsts_.size()) * 2 * kHour;
            }
            firsts_.push_back(size - count);
            builder.block(events).roll();
        }
        end_ = builder.close();
        files_of_log_ = segments_in(directory_.path());
        for (const std::uint64_t at : {400u, 1024u, 1600u, 2114u})
            heads_.push_back({at, *root_of_first(directory_.path(), at)});
        sign(2114);
    }
    void sign(std::uint64_t size) {
        const auto root = *root_of_first(directory_.path(), size);
        const std::string note =
            audit::sign_note(audit::to_text({kOrigin, {size, root}}), std::span(&signer_, 1));
        replace_contents(directory_.path() / kCheckpointFile, {});
        append_contents(directory_.path() / kCheckpointFile, note);
    }
    Result<std::optional<DroppedEntries>> drop(const RetentionOptions& options,
                                               std::int64_t hours_later = 100) {
        return drop_old_segments(
            *files_, directory_.path(), options, kBegan + hours_later * kHour,
            [this](const DroppedEntries& entries) {
                told_.push_back(entries);
                return ok();
            });
    }
    std::uint64_t first_kept() { return read_pruned(directory_.path())->first_index; }
    VerifyReport verified(const VerifyOptions& options = {}) {
        auto report = verify(directory_.path(), options);
        EXPECT_TRUE(report) << (report ? "" : report.error().context);
        return report ? *report : VerifyReport();
    }
    void expect_whole_from(std::uint64_t first) {
        VerifyOptions options;
        options.keys = {signer_.verifier()};
        const auto report = verified(options);
        EXPECT_EQ(report.damage, std::nullopt) << report.damage->what;
        EXPECT_EQ(report.first_entry, first);
        EXPECT_EQ(report.entries, 2114 - first);
        EXPECT_EQ(entries_of(directory_.path()).front().index, first);
    }

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
    audit::NoteSigner signer_ = *audit::NoteSigner::make(kOrigin, std::array<Byte, 32>{1, 2, 3});
    std::vector<std::uint64_t> firsts_;
    std::vector<std::filesystem::path> files_of_log_;
    std::vector<audit::TreeHead> heads_;
    LogEnd end_;
    std::vector<DroppedEntries> told_;
};

TEST_F(Retention, KeepsEverythingWhereNobodyAsks) {
    EXPECT_EQ(*drop({}), std::nullopt);
    EXPECT_EQ(segments_in(directory_.path()), files_of_log_);
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / kPrunedFile));
}

TEST_F(Retention, DropsWholeSegmentsThatAreOldEnough) {
    // Segment 2 was sealed 6 hours after the first was begun; 30 hours later it is a day old.
    EXPECT_EQ(*drop({hours(24), {}}, 30), (DroppedEntries{0, 1500}));
    EXPECT_EQ(told_, (std::vector<DroppedEntries>{{0, 1500}}));
    EXPECT_EQ(segments_in(directory_.path()).front(), files_of_log_[3]);
    expect_whole_from(1500);
    EXPECT_EQ(*drop({hours(24), {}}, 30), std::nullopt);
    EXPECT_EQ(*drop({hours(24), {}}, 32), (DroppedEntries{1500, 1510}));
    expect_whole_from(1510);
}

TEST_F(Retention, NeverDropsTheNewestSegment) {
    ASSERT_TRUE(drop({hours(1), {}}, 100'000));
    expect_whole_from(2110);
}

TEST_F(Retention, DropsWhatIsTooMuchButNothingYoung) {
    std::uint64_t bytes = 0;
    for (const auto& file : files_of_log_) bytes += std::filesystem::file_size(file);
    const std::uint64_t first = std::filesystem::file_size(files_of_log_[0]);
    EXPECT_EQ(*drop({{}, bytes}), std::nullopt);
    EXPECT_EQ(*drop({hours(1000), 0}), std::nullopt);
    EXPECT_EQ(*drop({{}, bytes - first}), (DroppedEntries{0, 500}));
    EXPECT_EQ(*drop({{}, bytes - first - 1}), (DroppedEntries{500, 800}));
    EXPECT_EQ(*drop({hours(24), 0}, 30), (DroppedEntries{800, 1500}));
    expect_whole_from(1500);
}

TEST_F(Retention, ALegalHoldKeepsItsSegmentAndAllAfterIt) {
    const auto hold =
        add_hold(*files_, directory_.path(), {0, Hold::Over::entries, 799, 799, 0, "case 12"});
    ASSERT_TRUE(hold);
    EXPECT_EQ(*drop({hours(1), {}}), (DroppedEntries{0, 500}));
    EXPECT_EQ(*drop({hours(1), {}}), std::nullopt);
    ASSERT_TRUE(release_hold(*files_, directory_.path(), *hold));
    const std::int64_t third = kBegan + 4 * kHour;
    ASSERT_TRUE(add_hold(*files_, directory_.path(),
                         {0, Hold::Over::time, third - 5, third, 0, "case 13"}));
    EXPECT_EQ(*drop({hours(1), {}}), (DroppedEntries{500, 800}));
    expect_whole_from(800);
}

TEST_F(Retention, DropsNothingWhereTheHoldsCannotBeRead) {
    append_contents(directory_.path() / kHoldsFile, "?");
    EXPECT_FALSE(drop({hours(1), {}}));
    EXPECT_EQ(segments_in(directory_.path()), files_of_log_);
}

TEST_F(Retention, DropsNothingThatIsNotSigned) {
    sign(799);
    EXPECT_EQ(*drop({hours(1), {}}), (DroppedEntries{0, 500}));
}

TEST_F(Retention, DropsNothingThatIsDamaged) {
    flip(files_of_log_[1], 5000);
    const auto done = drop({hours(1), {}});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::corrupt);
    EXPECT_EQ(segments_in(directory_.path()), files_of_log_);
}

TEST_F(Retention, EveryKeptEntryCanStillBeProven) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    for (std::uint64_t index = 1500; index < 2114; ++index) {
        const auto proof = prove_entry(directory_.path(), index);
        ASSERT_TRUE(proof) << index << ": " << proof.error().context;
        ASSERT_TRUE(audit::is_included(audit::leaf_hash(proof->entry), index, 2114, proof->path,
                                       heads_.back().root))
            << index;
    }
    const auto gone = prove_entry(directory_.path(), 1499);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error(), (Error{Errc::unavailable, "entry 1499 is no longer in the log"}));
}

TEST_F(Retention, CheckpointsFromBeforeCanStillBeHeldAgainstTheLog) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    TreeReader reader(directory_.path());
    // 1,024 is whole tiles, and 1,600 is kept; 400 is within a tile that is gone.
    for (const std::size_t i : {1u, 2u}) {
        const auto proof = audit::prove_consistency(heads_[i].size, 2114, reader.reader());
        ASSERT_TRUE(proof) << proof.error().context;
        EXPECT_TRUE(audit::is_consistent(heads_[i], heads_.back(), *proof));
    }
    EXPECT_EQ(audit::prove_consistency(400, 2114, reader.reader()).error().code, Errc::unavailable);
    VerifyOptions options;
    options.keys = {signer_.verifier()};
    options.checkpoint = directory_.path() / "old";
    const auto checked = [&](audit::TreeHead head) {
        replace_contents(options.checkpoint, {});
        append_contents(options.checkpoint,
                        audit::sign_note(audit::to_text({kOrigin, head}), std::span(&signer_, 1)));
        return verify(directory_.path(), options);
    };
    EXPECT_EQ(checked(heads_[1])->damage, std::nullopt);
    EXPECT_EQ(checked(heads_[2])->damage, std::nullopt);
    EXPECT_EQ(checked(heads_[0]).error().code, Errc::unavailable);
    heads_[1].root.bytes[3] ^= 1;
    EXPECT_TRUE(checked(heads_[1])->damage);
}

TEST_F(Retention, TheLogGoesOn) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    auto writer = recover(*files_, {directory_.path(), kOrigin, 1u << 20});
    ASSERT_TRUE(writer) << writer.error().context;
    EXPECT_EQ((*writer)->end(), end_);
}

TEST_F(Retention, LostTilesAreWrittenAgainAsFarAsTheyCanBe) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    std::filesystem::remove(directory_.path() / tile_file_name(1));
    ASSERT_TRUE(recover(*files_, {directory_.path(), kOrigin, 1u << 20}));
    // Of the tile that has kept entries, and of those after it.
    TreeReader reader(directory_.path());
    for (const std::uint64_t tile : {5u, 6u, 7u}) EXPECT_TRUE(reader.read({8, tile}));
    EXPECT_EQ(reader.read({8, 4}).error().code, Errc::unavailable);
}

TEST_F(Retention, SegmentsThatAreGoneWithoutTheFileAreMissing) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    std::filesystem::remove(directory_.path() / kPrunedFile);
    const auto report = verified();
    ASSERT_TRUE(report.damage);
    EXPECT_TRUE(report.damage->missing);
    EXPECT_EQ(read_log(directory_.path(), 0, [](const Entry&) { return true; }).error().code,
              Errc::unavailable);
}

TEST_F(Retention, ASegmentTooManyThatIsGoneIsMissing) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    std::filesystem::remove(files_of_log_[3]);
    const auto report = verified();
    ASSERT_TRUE(report.damage);
    EXPECT_TRUE(report.damage->missing);
}

TEST_F(Retention, AnEditedFileDoesNotMakeAnEditedLogPass) {
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    Pruned pruned = *read_pruned(directory_.path());
    ASSERT_FALSE(pruned.leaves.empty());
    pruned.leaves[3].bytes[0] ^= 1;
    ASSERT_TRUE(write_pruned(*files_, directory_.path(), pruned));
    EXPECT_TRUE(verified().damage);
    pruned.leaves[3].bytes[0] ^= 1;
    ASSERT_TRUE(write_pruned(*files_, directory_.path(), pruned));
    EXPECT_EQ(verified().damage, std::nullopt);
    // As if the entries that were dropped had been others, in the file and in the first header.
    Buffer segment = contents(files_of_log_[3]);
    auto header = audit::decode_segment_header(segment);
    ASSERT_TRUE(header);
    const auto subtrees = header->tree.subtrees();
    std::vector<Digest> changed(subtrees.begin(), subtrees.end());
    changed.front().bytes[0] ^= 1;
    header->tree = *audit::Frontier::from(header->first_index(), changed);
    const Buffer forged = audit::encode_segment_header(*header);
    std::copy(forged.begin(), forged.end(), segment.begin());
    replace_contents(files_of_log_[3], segment);
    VerifyOptions options;
    options.keys = {signer_.verifier()};
    EXPECT_TRUE(verified(options).damage);
}

TEST_F(Retention, ACrashAtAnyStepLeavesAWholeLogAndIsFinishedLater) {
    for (std::uint64_t n = 0;; ++n) {
        std::filesystem::remove_all(directory_.path());
        std::filesystem::create_directory(directory_.path());
        firsts_.clear();
        heads_.clear();
        SetUp();
        FaultPlan plan;
        FaultyFileSystem faulty(plan);
        plan.fail_from(n, Fault::eio);
        told_.clear();
        const auto tell = [this](const DroppedEntries& entries) {
            told_.push_back(entries);
            return ok();
        };
        const auto done = drop_old_segments(faulty, directory_.path(), {hours(24), {}},
                                            kBegan + 30 * kHour, tell);
        const std::uint64_t first = first_kept();
        EXPECT_TRUE(first == 0 || first == 1500);
        expect_whole_from(first);
        const bool hit = plan.hit();
        EXPECT_EQ(!done, hit);
        ASSERT_TRUE(drop({hours(24), {}}, 30));
        expect_whole_from(1500);
        EXPECT_EQ(segments_in(directory_.path()).front(), files_of_log_[3]);
        ASSERT_FALSE(told_.empty());
        EXPECT_EQ(told_.front(), (DroppedEntries{0, 1500}));
        if (!hit) break;
    }
}

TEST_F(Retention, RemovesNoFileBeforeThatIsRecorded) {
    const auto fails = [](const DroppedEntries&) -> Status { return Error{Errc::io, "no"}; };
    EXPECT_FALSE(
        drop_old_segments(*files_, directory_.path(), {hours(24), {}}, kBegan + 30 * kHour, fails));
    EXPECT_EQ(segments_in(directory_.path()), files_of_log_);
    expect_whole_from(1500);
    EXPECT_EQ(*drop({}), (DroppedEntries{0, 1500}));
    EXPECT_EQ(segments_in(directory_.path()).front(), files_of_log_[3]);
}

TEST_F(Retention, RemovesWhatStandsBesideASegment) {
    const auto stem = files_of_log_[0].stem().string();
    append_contents(directory_.path() / (stem + ".idx"), "x");
    append_contents(directory_.path() / (files_of_log_[4].stem().string() + ".idx"), "x");
    ASSERT_TRUE(drop({hours(24), {}}, 30));
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / (stem + ".idx")));
    EXPECT_TRUE(
        std::filesystem::exists(directory_.path() / (files_of_log_[4].stem().string() + ".idx")));
}

}  // namespace
}  // namespace sluice::auditlog
