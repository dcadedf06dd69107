#include "auditlog/indexer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "auditlog/index_file.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

class Indexing : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder log(directory_.path());
        log.block_of(5).roll().block_of(6).roll().block_of(7).roll().block_of(1).close();
    }
    IndexingReport index(const IndexingOptions& options = {}) {
        const auto report = index_segments(*files_, directory_.path(), options);
        EXPECT_TRUE(report);
        return *report;
    }
    std::vector<bool> there() {
        std::vector<bool> all;
        const auto segments = indexable_segments(directory_.path());
        for (const IndexableSegment& segment : *segments)
            all.push_back(open_index(segment).has_value());
        return all;
    }
    using There = std::vector<bool>;

    TempDirectory directory_;
    std::unique_ptr<FileSystem> files_ = real_file_system();
};

TEST_F(Indexing, MakesWhatIsMissing) {
    EXPECT_EQ(index(), (IndexingReport{3, 0, 0, 18, 3}));
    EXPECT_EQ(there(), (There{true, true, true, false}));
    EXPECT_EQ(index(), (IndexingReport{0, 3, 0, 0, 3}));
    const auto segments = indexable_segments(directory_.path());
    std::filesystem::resize_file(index_path((*segments)[1].file), 100);
    EXPECT_EQ(index(), (IndexingReport{1, 2, 0, 6, 3}));
    EXPECT_EQ(there(), (There{true, true, true, false}));
}

TEST_F(Indexing, MakesAllAgain) {
    index();
    IndexingOptions options;
    options.which = IndexingOptions::Which::all;
    EXPECT_EQ(index(options).made, 3u);
}

TEST_F(Indexing, GoesOnWhereItWasStopped) {
    int asked = 0;
    IndexingOptions options;
    options.stopped = [&asked] { return ++asked > 1; };
    const auto report = index(options);
    EXPECT_EQ(report, (IndexingReport{1, 0, 0, 5, 1}));
    options = {};
    options.from_number = report.next_number;
    EXPECT_EQ(index(options), (IndexingReport{2, 0, 0, 13, 3}));
}

TEST_F(Indexing, ADamagedSegmentKeepsNoOtherFromItsIndex) {
    flip(segments_in(directory_.path())[0], audit::kSegmentHeaderBytes + 60);
    std::string said;
    IndexingOptions options;
    options.failed = [&said](const Error& why) { said = why.context; };
    EXPECT_EQ(index(options), (IndexingReport{2, 0, 1, 13, 3}));
    EXPECT_NE(said.find("0000000000-00000000000000000000.seg at byte 4096"), std::string::npos)
        << said;
}

TEST_F(Indexing, RemovesWhatIsLeftOfSegmentsThatAreGone) {
    index();
    append_contents(directory_.path() / "0000000000-00000000000000000000.idx.tmp", "half");
    const auto gone = segments_in(directory_.path())[0];
    std::filesystem::remove(gone);
    index();
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
        if (entry.path().string().find(".idx") != std::string::npos)
            left.push_back(entry.path().filename());
    std::ranges::sort(left);
    EXPECT_EQ(left, (std::vector<std::string>{"0000000001-00000000000000000005.idx",
                                              "0000000002-00000000000000000011.idx"}));
}

TEST_F(Indexing, TheThreadIndexesWhatIsSealed) {
    Indexer indexer(directory_.path(), std::chrono::milliseconds(1));
    indexer.wait_until_made(3);
    EXPECT_EQ(there(), (There{true, true, true, false}));
    // A log that goes on: the newest segment is sealed, and another one begun.
    const auto end = entries_of(directory_.path()).size();
    const audit::Frontier tree = [&] {
        audit::Frontier all;
        for (const Entry& entry : entries_of(directory_.path())) {
            Buffer bytes;
            audit::encode(entry.event, bytes);
            all.add(audit::leaf_hash(bytes));
        }
        return all;
    }();
    audit::SegmentHeader header;
    header.number = 4;
    header.mark = 9;
    header.origin = kOrigin;
    header.tree = tree;
    header.previous_bytes = std::filesystem::file_size(segments_in(directory_.path())[3]);
    replace_contents(directory_.path() / segment_name(4, end),
                     audit::encode_segment_header(header));
    indexer.wait_until_made(4);
    EXPECT_EQ(there(), (There{true, true, true, true, false}));
}

TEST_F(Indexing, TheThreadStopsWithoutALog) {
    const TempDirectory empty;
    Indexer indexer(empty.path(), std::chrono::hours(1));
    EXPECT_EQ(indexer.made(), 0u);
}

}  // namespace
}  // namespace sluice::auditlog
