#include "auditlog/segment_writer.h"

#include <gtest/gtest.h>

#include "auditlog/reader.h"
#include "base/crc32c.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

Buffer body_of(std::uint64_t first, std::uint64_t count) {
    Buffer body;
    for (std::uint64_t i = first; i < first + count; ++i) append_entry(body, numbered(i));
    return body;
}

class Writing : public ::testing::Test {
  protected:
    Writing() : files_(plan_), writer_(files_, {directory_.path(), kOrigin, 1u << 20}) {}

    Status write(std::uint64_t first, std::uint64_t count) {
        return writer_.append({body_of(first, count)}, count, now_);
    }
    void expect_sound(std::uint64_t entries) {
        EXPECT_EQ(entries_of(directory_.path()), numbered_entries(entries));
        const auto report = verify(directory_.path());
        ASSERT_TRUE(report);
        EXPECT_EQ(report->damage, std::nullopt);
        EXPECT_EQ(report->entries, entries);
    }

    TempDirectory directory_;
    FaultPlan plan_;
    FaultyFileSystem files_;
    SegmentWriter writer_;
    Instant now_{0, 1'700'000'000'000'000'000};
};

TEST_F(Writing, WritesABlockFromSeveralPieces) {
    ASSERT_TRUE(writer_.append({body_of(0, 2), body_of(2, 1), body_of(3, 4)}, 7, now_));
    ASSERT_TRUE(write(7, 1));
    ASSERT_TRUE(writer_.close());
    expect_sound(8);
}

TEST_F(Writing, OneWriteAndOneSyncACommit) {
    ASSERT_TRUE(write(0, 1));
    const std::size_t before = plan_.calls().size();
    ASSERT_TRUE(write(1, 1));
    const auto calls = plan_.calls();
    EXPECT_EQ(std::vector(calls.begin() + static_cast<std::ptrdiff_t>(before), calls.end()),
              (std::vector<std::string>{"pwritev", "fdatasync"}));
}

TEST_F(Writing, RollsWhenTheSegmentIsFull) {
    SegmentWriter small(files_, {directory_.path(), kOrigin, audit::kSegmentHeaderBytes + 500});
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(small.append({body_of(i, 1)}, 1, now_));
    ASSERT_TRUE(small.close());
    EXPECT_EQ(segments_in(directory_.path()).size(), 5u);
    expect_sound(10);
}

TEST_F(Writing, WritesABlockLargerThanTheSegmentMayBeIntoOneOfItsOwn) {
    SegmentWriter small(files_, {directory_.path(), kOrigin, 1});
    ASSERT_TRUE(small.append({body_of(0, 50)}, 50, now_));
    ASSERT_TRUE(small.append({body_of(50, 50)}, 50, now_));
    ASSERT_TRUE(small.close());
    EXPECT_EQ(segments_in(directory_.path()).size(), 2u);
    expect_sound(100);
}

TEST_F(Writing, RollsWhenTheSegmentIsOld) {
    ASSERT_TRUE(write(0, 1));
    now_.wall += nanoseconds(limits::audit_segment_age_max);
    ASSERT_TRUE(write(1, 1));
    now_.wall += 1;
    ASSERT_TRUE(write(2, 1));
    ASSERT_TRUE(writer_.close());
    EXPECT_EQ(segments_in(directory_.path()).size(), 2u);
    expect_sound(3);
}

TEST_F(Writing, ASealedSegmentKeepsNoSpaceTakenAhead) {
    ASSERT_TRUE(write(0, 1));
    const auto first = segments_in(directory_.path())[0];
    EXPECT_EQ(std::filesystem::file_size(first), 1u << 20);
    now_.wall += 2 * kHour;
    ASSERT_TRUE(write(1, 1));
    EXPECT_EQ(std::filesystem::file_size(first), block_starts(contents(first)).back());
}

TEST_F(Writing, WritesNothingAgainToAFileWhoseSyncFailed) {
    ASSERT_TRUE(write(0, 1));
    const auto first = segments_in(directory_.path())[0];
    const auto end = block_starts(contents(first)).back();
    plan_.fail_once(1, Fault::eio);  // after the write, the sync
    EXPECT_FALSE(write(1, 2));
    EXPECT_EQ(writer_.end().next_index(), 1u);
    ASSERT_TRUE(write(1, 2));
    ASSERT_TRUE(writer_.close());
    EXPECT_EQ(std::filesystem::file_size(first), end);
    EXPECT_EQ(segments_in(directory_.path()).size(), 2u);
    expect_sound(3);
}

TEST_F(Writing, WhatAFailedCommitLeftBehindIsNoPartOfTheLog) {
    ASSERT_TRUE(write(0, 1));
    plan_.fail_once(1, Fault::eio);
    EXPECT_FALSE(write(1, 2));
    ASSERT_TRUE(write(1, 3));
    ASSERT_TRUE(writer_.close());
    // As if cutting the old segment had failed too: the whole block that was never durable stands
    // there.
    const auto first = segments_in(directory_.path())[0];
    Buffer bytes = contents(first);
    const auto header = audit::decode_segment_header(bytes);
    ASSERT_TRUE(header);
    const Buffer body = body_of(1, 2);
    audit::BlockHeader block{header->mark, static_cast<std::uint32_t>(body.size()), 1, 2, 0, {}};
    block.crc = crc32c(body, audit::block_header_crc(block));
    bytes.resize(bytes.size() + audit::kBlockHeaderBytes);
    audit::encode_block_header(block, std::span(bytes).last<audit::kBlockHeaderBytes>());
    append(bytes, body);
    replace_contents(first, bytes);
    expect_sound(4);
}

TEST_F(Writing, ADiskWithoutSpaceAheadIsTriedAgainOnTheSameFile) {
    ASSERT_TRUE(writer_.start(now_));
    plan_.fail_writes(Fault::enospc);
    EXPECT_FALSE(write(0, 1));
    plan_.fail_nothing();
    ASSERT_TRUE(write(0, 1));
    ASSERT_TRUE(writer_.close());
    EXPECT_EQ(segments_in(directory_.path()).size(), 1u);
    expect_sound(1);
}

TEST_F(Writing, ADiskWithoutSpaceAheadTakesABlockThatFits) {
    ASSERT_TRUE(writer_.start(now_));
    plan_.fail_once(0, Fault::enospc);  // of 16 MiB; the block alone is taken
    ASSERT_TRUE(write(0, 1));
    ASSERT_TRUE(write(1, 1));
    ASSERT_TRUE(writer_.close());
    EXPECT_EQ(segments_in(directory_.path()).size(), 1u);
    expect_sound(2);
}

TEST_F(Writing, AFailingDiskLeavesNoRowOfEmptySegments) {
    ASSERT_TRUE(write(0, 1));
    for (int i = 0; i < 20; ++i) {
        // The first time the sync, then the write to each new segment.
        plan_.fail_once(i == 0 ? 1 : 6, Fault::eio);
        EXPECT_FALSE(write(1, 1)) << i;
    }
    ASSERT_TRUE(write(1, 1));
    ASSERT_TRUE(writer_.close());
    EXPECT_EQ(segments_in(directory_.path()).size(), 2u);
    expect_sound(2);
}

TEST_F(Writing, EveryFailedStepMayBeTriedAgain) {
    for (const Fault fault : {Fault::eio, Fault::enospc, Fault::short_write}) {
        for (std::uint64_t n = 0;; ++n) {
            const TempDirectory directory;
            SegmentWriter writer(files_, {directory.path(), kOrigin, 1});  // rolls every time
            plan_.fail_once(n, fault);
            for (std::uint64_t i = 0; i < 4; ++i) {
                const bool first_try = writer.append({body_of(i, 1)}, 1, now_).has_value();
                ASSERT_TRUE(first_try || writer.append({body_of(i, 1)}, 1, now_)) << n;
            }
            const bool hit = plan_.hit();
            plan_.fail_nothing();
            ASSERT_TRUE(writer.close());
            ASSERT_EQ(entries_of(directory.path()), numbered_entries(4)) << n;
            const auto report = verify(directory.path());
            ASSERT_TRUE(report);
            ASSERT_EQ(report->damage, std::nullopt) << n << ": " << report->damage->what;
            if (!hit) break;
        }
    }
}

}  // namespace
}  // namespace sluice::auditlog
