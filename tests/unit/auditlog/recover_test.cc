#include "auditlog/recover.h"

#include <gtest/gtest.h>

#include "auditlog/compressed_bytes.h"
#include "auditlog/reader.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

class Recovery : public ::testing::Test {
  protected:
    // Entries 0-2 in the first segment; 3-4 and 5-7, a block each, in the second.
    void SetUp() override {
        LogBuilder builder(directory_.path());
        end_ = builder.block_of(3).roll().block_of(2).block_of(3).close();
        segments_ = segments_in(directory_.path());
        newest_ = contents(segments_.back());
        starts_ = block_starts(newest_);
    }
    Result<LogEnd> recovered() {
        auto writer = recover(*files_, options_);
        if (!writer) return std::move(writer).error();
        return (*writer)->end();
    }
    Error refusal() {
        const auto end = recovered();
        return end ? Error{Errc::io, "recovered"} : end.error();
    }
    Error corrupt(std::size_t byte, std::uint64_t entry, const std::string& what) {
        return {Errc::corrupt, segments_.back().string() + " at byte " + std::to_string(byte) +
                                   " (entry " + std::to_string(entry) + "): " + what};
    }
    // The log goes on after entry `count` - 1, and is sound.
    void expect_goes_on_after(std::uint64_t count) {
        auto writer = recover(*files_, options_);
        ASSERT_TRUE(writer) << writer.error().context;
        ASSERT_EQ((*writer)->end().next_index(), count);
        Buffer body;
        append_entry(body, numbered(count));
        ASSERT_TRUE((*writer)->append({body}, 1, {}));
        ASSERT_TRUE((*writer)->close());
        EXPECT_EQ(entries_of(directory_.path()), numbered_entries(count + 1));
        const auto report = verify(directory_.path());
        ASSERT_TRUE(report);
        EXPECT_EQ(report->damage, std::nullopt);
    }

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
    WriterOptions options_{directory_.path(), kOrigin, 1u << 20};
    LogEnd end_;
    std::vector<std::filesystem::path> segments_;
    Buffer newest_;
    std::vector<std::size_t> starts_;
};

TEST_F(Recovery, FindsTheEndOfALogThatWasClosed) {
    const auto end = recovered();
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, end_);
    expect_goes_on_after(8);
}

TEST_F(Recovery, AnEmptyDirectoryIsALogWithoutEntries) {
    const TempDirectory directory;
    options_.directory = directory.path();
    const auto end = recovered();
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, LogEnd());
}

// However many sectors of the last block reached the disk; the rest is space taken ahead.
TEST_F(Recovery, TornTailOfTheNewestSegmentIsCut) {
    const TempDirectory directory;
    options_.directory = directory.path();
    LogBuilder(directory.path()).block_of(5).block_of(45).close();
    const auto path = segments_in(directory.path())[0];
    const Buffer whole = contents(path);
    const std::size_t last = block_starts(whole)[1];
    ASSERT_GT(whole.size(), last + 10 * 512);
    for (std::size_t size = last; size < whole.size(); size = (size / 512 + 1) * 512) {
        Buffer torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        torn.resize(whole.size() + 5000);
        replace_contents(path, torn);
        const auto end = recovered();
        ASSERT_TRUE(end) << size << ": " << end.error().context;
        ASSERT_EQ(end->next_index(), 5u) << size;
        ASSERT_EQ(std::filesystem::file_size(path), last) << size;
    }
}

TEST_F(Recovery, ATornBlockThatLacksNothingButASectorOfOneByteIsCut) {
    // A block that ends one byte into a sector, which is all that is not there.
    Buffer block;
    audit::Event event = numbered(8);
    for (std::size_t ends_at = 0; ends_at % 512 != 1; event.reason += 'x') {
        block.clear();
        append_entry(block, event);
        ends_at = newest_.size() + audit::kBlockHeaderBytes + block.size();
    }
    auto writer = recover(*files_, options_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append({block}, 1, {}));
    ASSERT_TRUE((*writer)->close());
    Buffer torn = contents(segments_.back());
    ASSERT_EQ(torn.size() % 512, 1u);
    torn.back() = 0;
    replace_contents(segments_.back(), torn);
    const auto report = verify(directory_.path());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->damage, std::nullopt);
    expect_goes_on_after(8);
}

TEST_F(Recovery, ATornBlockWhoseFirstBytesNeverReachedTheDiskIsCut) {
    Buffer torn = newest_;
    std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(starts_[1]), 100, Byte{0});
    replace_contents(segments_.back(), torn);
    expect_goes_on_after(5);
}

TEST_F(Recovery, AClientsTextCannotPassForABlockAfterATornOne) {
    // A client id that is a good block of the next entries, except for the mark, which no client
    // knows.
    const auto header = audit::decode_segment_header(newest_);
    ASSERT_TRUE(header);
    Buffer torn = newest_;
    torn.resize(starts_[1] + 30);
    Buffer forged(newest_.begin() + static_cast<std::ptrdiff_t>(starts_[1]), newest_.end());
    store_be(forged.data(), header->mark + 1);
    append(torn, forged);
    replace_contents(segments_.back(), torn);
    expect_goes_on_after(5);
}

TEST_F(Recovery, FlippedByteOfTheNewestSegmentIsRefusedAndNamed) {
    for (std::size_t at = audit::kSegmentHeaderBytes; at < newest_.size(); ++at) {
        flip(segments_.back(), at);
        const std::size_t block = at < starts_[1] ? 3 : 5;
        const std::string what = "a byte is " + std::to_string(newest_[at] ^ 0x5a) + " and was " +
                                 std::to_string(newest_[at]);
        ASSERT_EQ(refusal(), corrupt(at, block, what));
        flip(segments_.back(), at);
    }
}

TEST_F(Recovery, ABrokenBlockWithAGoodOneAfterItIsRefused) {
    flip(segments_.back(), starts_[0] + 60);
    flip(segments_.back(), starts_[0] + 61);
    EXPECT_EQ(refusal(), corrupt(starts_[0], 3,
                                 "the checksum of a block does not match, and good ones follow"));
}

TEST_F(Recovery, ABrokenHeaderIsRefused) {
    flip(segments_.back(), 20);
    EXPECT_EQ(refusal(),
              (Error{Errc::corrupt,
                     segments_.back().string() + ": segment header: the checksum does not match"}));
}

TEST_F(Recovery, ABlockThatDoesNotGoOnWithTheTreeIsRefused) {
    auto header = audit::decode_segment_header(newest_);
    ASSERT_TRUE(header);
    const auto subtrees = header->tree.subtrees();
    std::vector<Digest> changed(subtrees.begin(), subtrees.end());
    changed.front().bytes[0] ^= 1;
    header->tree = *audit::Frontier::from(header->first_index(), changed);
    Buffer bytes = audit::encode_segment_header(*header);
    append(bytes, Bytes(newest_).subspan(audit::kSegmentHeaderBytes));
    replace_contents(segments_.back(), bytes);
    EXPECT_EQ(refusal(), corrupt(starts_[0], 3, "the block does not go on with the hash tree"));
}

TEST_F(Recovery, ARepeatedBlockIsRefused) {
    Buffer bytes = newest_;
    append(bytes, Bytes(newest_).subspan(starts_[1]));
    replace_contents(segments_.back(), bytes);
    EXPECT_EQ(refusal(), corrupt(newest_.size(), 8, "another entry's block stands here"));
}

TEST_F(Recovery, TheLogOfAnotherOriginIsRefused) {
    options_.origin = "gw2.example/main";
    EXPECT_EQ(refusal(), (Error{Errc::config, "audit log " + directory_.path().string() +
                                                  " is that of `gw1.example/main`, not of "
                                                  "`gw2.example/main`"}));
}

TEST_F(Recovery, ARenamedSegmentIsRefused) {
    const auto other = directory_.path() / segment_name(7, 3);
    std::filesystem::rename(segments_.back(), other);
    segments_.back() = other;
    EXPECT_EQ(refusal(), corrupt(0, 3, "the name is that of another segment"));
}

TEST_F(Recovery, AnUnfinishedNextSegmentIsPassedOver) {
    replace_contents(directory_.path() / "next.tmp", Buffer(100, 0));
    expect_goes_on_after(8);
}

TEST_F(Recovery, AnEmptyNewestSegmentIsGoneOnWith) {
    replace_contents(segments_.back(), Buffer(newest_.begin(), newest_.begin() + 4096));
    expect_goes_on_after(3);
}

TEST_F(Recovery, NotesTheRootsThatAreAskedFor) {
    // Before, at the start of, and within the newest segment; at a block's end, and in its middle.
    const std::vector<std::uint64_t> sizes{2, 3, 4, 5, 6, 8, 9};
    std::vector<SignedHead> heads;
    for (const std::uint64_t size : sizes) heads.push_back({"x", {size, {}}});
    KnownRoots roots(heads);
    LogEnd seen;
    ASSERT_TRUE(recover(*files_, options_, roots, [&](const LogEnd& end) {
        seen = end;
        return ok();
    }));
    EXPECT_EQ(seen, end_);
    audit::Frontier tree;
    for (std::uint64_t i = 0; i < 8; ++i) {
        Buffer entry;
        audit::encode(numbered(i), entry);
        tree.add(audit::leaf_hash(entry));
        const bool noted = i + 1 >= 3 && std::ranges::find(sizes, i + 1) != sizes.end();
        EXPECT_EQ(roots.at(i + 1), noted ? std::optional(tree.root()) : std::nullopt) << i + 1;
    }
    EXPECT_EQ(roots.at(9), std::nullopt);
}

TEST_F(Recovery, CutsNothingOfALogThatIsRefused) {
    append_contents(segments_.back(), "the start of another block");
    const Buffer before = contents(segments_.back());
    KnownRoots none({});
    const auto refuses = [](const LogEnd&) -> Status { return Error{Errc::denied, "no"}; };
    EXPECT_EQ(recover(*files_, options_, none, refuses).error().code, Errc::denied);
    EXPECT_EQ(contents(segments_.back()), before);
}

TEST_F(Recovery, ACompressedNewestSegmentIsGoneOnAfter) {
    ASSERT_TRUE(compress_segment(*files_, segments_.back(), [] { return true; }));
    std::filesystem::remove(segments_.back());
    expect_goes_on_after(8);
    EXPECT_EQ(segments_in(directory_.path()).size(), 3u);
}

TEST_F(Recovery, WritesTheLastBlockAgain) {
    FaultPlan plan;
    FaultyFileSystem files(plan);
    ASSERT_TRUE(recover(files, options_));
    EXPECT_EQ(plan.calls(), (std::vector<std::string>{"open", "truncate", "pwritev", "fdatasync"}));
    EXPECT_EQ(contents(segments_.back()), newest_);
}

TEST_F(Recovery, EveryStepThatFailsIsAnErrorAndMayBeTriedAgain) {
    for (std::uint64_t n = 0; n < 4; ++n) {
        FaultPlan plan;
        FaultyFileSystem files(plan);
        plan.fail_once(n, Fault::eio);
        const auto writer = recover(files, options_);
        ASSERT_FALSE(writer) << n;
        EXPECT_EQ(writer.error().code, Errc::io);
        ASSERT_TRUE(recovered()) << n;
    }
    expect_goes_on_after(8);
}

}  // namespace
}  // namespace sluice::auditlog
