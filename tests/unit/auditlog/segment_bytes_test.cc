#include "auditlog/segment_bytes.h"

#include <gtest/gtest.h>

#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

class BytesOfASegment : public ::testing::Test {
  protected:
    void SetUp() override {
        LogBuilder(directory_.path()).block_of(20).block_of(3).close();
        path_ = segments_in(directory_.path())[0];
        written_ = contents(path_);
    }
    std::unique_ptr<SegmentBytes> open() {
        auto bytes = open_segment_bytes(path_);
        EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().context);
        return *std::move(bytes);
    }
    Buffer read(SegmentBytes& bytes, std::uint64_t offset, std::size_t wanted) {
        Buffer to(wanted);
        const auto got = bytes.read(offset, to);
        EXPECT_TRUE(got) << (got ? "" : got.error().context);
        to.resize(got ? *got : 0);
        return to;
    }
    Buffer part(std::size_t from, std::size_t to) {
        return {written_.begin() + static_cast<std::ptrdiff_t>(from),
                written_.begin() + static_cast<std::ptrdiff_t>(to)};
    }

    TempDirectory directory_;
    std::filesystem::path path_;
    Buffer written_;
};

TEST_F(BytesOfASegment, AreThoseOfItsFile) {
    const auto bytes = open();
    EXPECT_EQ(*bytes->size(), written_.size());
    EXPECT_EQ(read(*bytes, 0, written_.size()), written_);
    EXPECT_EQ(read(*bytes, 4100, 50), part(4100, 4150));
}

TEST_F(BytesOfASegment, EndWhereTheFileEnds) {
    const auto bytes = open();
    EXPECT_EQ(read(*bytes, written_.size() - 10, 50), part(written_.size() - 10, written_.size()));
    EXPECT_EQ(read(*bytes, written_.size() + 10, 50), Buffer());
}

TEST_F(BytesOfASegment, GrowWithTheFile) {
    const auto bytes = open();
    append_contents(path_, "more");
    EXPECT_EQ(*bytes->size(), written_.size() + 4);
    EXPECT_EQ(as_text(read(*bytes, written_.size(), 50)), "more");
}

TEST_F(BytesOfASegment, OfAFileThatIsNotThereAreAnErrorWithItsName) {
    std::filesystem::remove(path_);
    const auto bytes = open_segment_bytes(path_);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, Errc::io);
    EXPECT_NE(bytes.error().context.find(path_.string()), std::string::npos);
}

}  // namespace
}  // namespace sluice::auditlog
