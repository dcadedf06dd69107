#include "auditlog/compressed_bytes.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

bool always() {
    return true;
}

class Compressing : public ::testing::Test {
  protected:
    // A sealed segment of three frames, and one after it.
    void SetUp() override {
        LogBuilder builder(directory_.path(), 8u << 20);
        for (int i = 0; i < 6; ++i) builder.block_of(4000);
        builder.roll().block_of(10).close();
        plain_ = segments_in(directory_.path())[0];
        written_ = contents(plain_);
        ASSERT_GT(written_.size(), 2 * limits::audit_frame_bytes);
    }
    void compress() {
        const auto done = compress_segment(*files_, plain_, always);
        ASSERT_TRUE(done) << done.error().context;
        std::filesystem::remove(plain_);
    }
    Buffer read_all(SegmentBytes& bytes) {
        Buffer all(written_.size() + 1);
        const auto got = bytes.read(0, all);
        EXPECT_TRUE(got) << (got ? "" : got.error().context);
        all.resize(got ? *got : 0);
        return all;
    }

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
    std::filesystem::path plain_;
    Buffer written_;
};

TEST_F(Compressing, KeepsEveryByteInItsPlace) {
    compress();
    const auto bytes = open_compressed_bytes(compressed_name(plain_));
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*(*bytes)->size(), written_.size());
    EXPECT_EQ(read_all(**bytes), written_);
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
        const std::size_t at = random() % written_.size();
        Buffer some(std::min<std::size_t>(random() % 3000, written_.size() - at));
        ASSERT_EQ(*(*bytes)->read(at, some), some.size());
        ASSERT_TRUE(std::equal(some.begin(), some.end(),
                               written_.begin() + static_cast<std::ptrdiff_t>(at)));
    }
}

TEST_F(Compressing, MakesAThirdOfIt) {
    compress();
    EXPECT_LT(std::filesystem::file_size(compressed_name(plain_)), written_.size() / 3);
}

TEST_F(Compressing, LeavesALogThatReadsAndVerifiesAsBefore) {
    const auto before = verify(directory_.path());
    const auto entries = entries_of(directory_.path());
    compress();
    EXPECT_EQ(entries_of(directory_.path()), entries);
    const auto after = verify(directory_.path());
    ASSERT_TRUE(before && after);
    EXPECT_EQ(*after, *before);
    EXPECT_EQ(after->damage, std::nullopt);
    EXPECT_EQ(entries_of(directory_.path(), 23'990).front().event, numbered(23'990));
}

TEST_F(Compressing, AReaderThatKnewThePlainFileFindsTheOther) {
    const auto listed = *list_segments(directory_.path());
    compress();
    const auto bytes = open_segment_bytes(listed[0].path);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(read_all(**bytes), written_);
}

TEST_F(Compressing, OfBothFormsOnlyOneCounts) {
    ASSERT_TRUE(compress_segment(*files_, plain_, always));
    const auto listed = *list_segments(directory_.path());
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0].path, plain_);
    EXPECT_EQ(verify(directory_.path())->entries, 24'010u);
}

TEST_F(Compressing, AFlippedByteIsNamed) {
    compress();
    const auto path = compressed_name(plain_);
    const Buffer good = contents(path);
    std::mt19937 random(11);
    for (int i = 0; i < 60; ++i) {
        const std::size_t at = random() % (good.size() - 200);
        flip(path, at);
        const auto report = verify(directory_.path());
        ASSERT_TRUE(report) << report.error().context;
        ASSERT_TRUE(report->damage) << at;
        EXPECT_EQ(report->damage->file, path);
        EXPECT_EQ(report->damage->byte, at);
        char what[64];
        std::snprintf(what, sizeof what, "this byte is 0x%02x and was 0x%02x", good[at] ^ 0x5a,
                      good[at]);
        EXPECT_NE(report->damage->what.find(what), std::string::npos) << report->damage->what;
        flip(path, at);
    }
}

TEST_F(Compressing, AnyChangeOfTheFrameTableIsFound) {
    compress();
    const auto path = compressed_name(plain_);
    const std::size_t size = contents(path).size();
    for (std::size_t at = size - 8 - 3 * 8 - 28; at < size; ++at) {
        flip(path, at);
        const auto report = verify(directory_.path());
        ASSERT_TRUE(report) << report.error().context;
        ASSERT_TRUE(report->damage) << at;
        EXPECT_EQ(report->damage->file, path);
        flip(path, at);
    }
    append_contents(path, "x");
    EXPECT_TRUE(verify(directory_.path())->damage);
}

TEST_F(Compressing, WhatItWroteIsReadAgainBeforeItCounts) {
    FaultPlan plan;
    FaultyFileSystem lying(plan);
    plan.corrupt_writes();
    const auto done = compress_segment(lying, plain_, always);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::corrupt);
    EXPECT_FALSE(std::filesystem::exists(compressed_name(plain_)));
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "compress.tmp"));
    EXPECT_EQ(contents(plain_), written_);
}

TEST_F(Compressing, StopsWhenItIsTold) {
    int asked = 0;
    const auto done = compress_segment(*files_, plain_, [&] { return ++asked < 2; });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::unavailable);
    EXPECT_EQ(list_segments(directory_.path())->front().path, plain_);
}

TEST_F(Compressing, AnyOtherToolOfTheFormatReadsIt) {
    compress();
    const auto path = compressed_name(plain_);
    const std::string command =
        "zstd -dc " + path.string() + " > " + plain_.string() + " 2>/dev/null";
    if (std::system("zstd --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no zstd here";
    ASSERT_EQ(std::system(command.c_str()), 0);
    EXPECT_EQ(contents(plain_), written_);
}

}  // namespace
}  // namespace sluice::auditlog
