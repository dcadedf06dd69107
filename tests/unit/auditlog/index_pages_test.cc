#include "auditlog/index_pages.h"

#include <gtest/gtest.h>

#include "auditlog/index_file.h"

namespace sluice::auditlog {
namespace {

Buffer counting(std::size_t bytes) {
    Buffer all(bytes);
    for (std::size_t i = 0; i < bytes; ++i) all[i] = static_cast<Byte>(i * 7 + i / 251);
    return all;
}

TEST(IndexPages, GiveBackWhatWasPutIn) {
    const Buffer content = counting(3 * kPageContentBytes + 100);
    PageWriter writer;
    EXPECT_EQ(writer.position(), kPageContentBytes);
    for (std::size_t at = 0; at < content.size(); at += 1000)
        writer.append(Bytes(content).subspan(at, std::min<std::size_t>(1000, content.size() - at)));
    EXPECT_EQ(writer.position(), kPageContentBytes + content.size());
    const Buffer pages = writer.finish(Buffer{1, 2, 3});
    EXPECT_EQ(pages.size(), 5 * kPageBytes);
    PageReader reader(reader_of(pages));
    Buffer head(4), all(content.size());
    ASSERT_TRUE(reader.read(0, head));
    EXPECT_EQ(head, (Buffer{1, 2, 3, 0}));
    ASSERT_TRUE(reader.read(kPageContentBytes, all));
    EXPECT_EQ(all, content);
    Buffer over_the_edge(20);
    ASSERT_TRUE(reader.read(2 * kPageContentBytes - 10, over_the_edge));
    EXPECT_TRUE(std::equal(over_the_edge.begin(), over_the_edge.end(),
                           content.begin() + kPageContentBytes - 10));
}

TEST(IndexPages, EachByteIsChecked) {
    PageWriter writer;
    writer.append(counting(100));
    const Buffer pages = writer.finish({});
    for (std::size_t at = 0; at < pages.size(); at += 97) {
        Buffer wrong = pages;
        wrong[at] ^= 1;
        PageReader reader(reader_of(wrong));
        Byte byte = 0;
        const auto read = reader.read(at / kPageBytes * kPageContentBytes, {&byte, 1});
        ASSERT_FALSE(read) << at;
        EXPECT_EQ(read.error().code, Errc::corrupt);
    }
}

TEST(IndexPages, APageStandsInItsPlaceOnly) {
    PageWriter writer;
    writer.append(counting(3 * kPageContentBytes));
    Buffer pages = writer.finish({});
    std::swap_ranges(pages.begin() + kPageBytes, pages.begin() + 2 * kPageBytes,
                     pages.begin() + 2 * kPageBytes);
    PageReader reader(reader_of(pages));
    Byte byte = 0;
    EXPECT_FALSE(reader.read(kPageContentBytes, {&byte, 1}));
    EXPECT_TRUE(reader.read(3 * kPageContentBytes, {&byte, 1}));
}

TEST(IndexPages, WhatIsNotThereIsTruncated) {
    PageReader reader(reader_of(PageWriter().finish({})));
    Byte byte = 0;
    for (const std::uint64_t at : {std::uint64_t{kPageContentBytes}, UINT64_MAX / 2, UINT64_MAX}) {
        const auto read = reader.read(at, {&byte, 1});
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Errc::truncated);
    }
}

}  // namespace
}  // namespace sluice::auditlog
