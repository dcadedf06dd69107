#include "auditlog/index_format.h"

#include <gtest/gtest.h>

namespace sluice::auditlog {
namespace {

template <class Record>
void goes_round(const Record& record) {
    Buffer bytes;
    append_record(bytes, record);
    ASSERT_EQ(bytes.size(), Record::kBytes);
    Record back;
    load_record(bytes.data(), back);
    EXPECT_EQ(back, record);
}

TEST(IndexFormat, RecordsGoRound) {
    goes_round(IndexTopic{7, 8, true, TopicId{{1, 2}}, 3, 4});
    goes_round(IndexTopic{7, 8, false, {}, 3, 4});
    goes_round(IndexId{TopicId{{1, 2}}, 5});
    goes_round(IndexStream{-1, {1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
    goes_round(IndexSession{1, 2, 3, 4});
    goes_round(IndexSession{1, 2, 3, 0});
    goes_round(IndexSession{1, 2, 3, {}});
    goes_round(IndexSubject{audit::SubjectId{{1, 2}}});
    goes_round(IndexBlock{1, 1ull << 40});
    goes_round(IndexNode{-1, INT64_MAX, 3, 4});
}

IndexHeader a_header() {
    IndexHeader header;
    header.segment = {1, 2, 3, 4, 5, Digest{{6}}};
    header.min_wall_ns = -7;
    header.max_wall_ns = 8;
    header.types = 9;
    header.names = {10, 11};
    header.topics = {12, 13};
    header.ids = {14, 15};
    header.streams = {16, 17};
    header.sessions = {18, 19};
    header.subjects = {20, 21};
    header.blocks = {22, 23};
    return header;
}

TEST(IndexFormat, TheHeaderGoesRound) {
    const Buffer bytes = encode_index_header(a_header());
    const auto back = decode_index_header(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, a_header());
}

TEST(IndexFormat, AHeaderOfSomethingElseIsNone) {
    const Buffer good = encode_index_header(a_header());
    Buffer bytes = good;
    bytes[0] ^= 1;
    EXPECT_EQ(decode_index_header(bytes).error().code, Errc::malformed);
    bytes = good;
    ++bytes[11];
    EXPECT_EQ(decode_index_header(bytes).error().code, Errc::unsupported);
    bytes = good;
    bytes[112] = 0xff;  // a section behind all files
    EXPECT_EQ(decode_index_header(bytes).error().code, Errc::malformed);
    EXPECT_FALSE(decode_index_header(Bytes(good).first(good.size() - 1)));
}

TEST(IndexFormat, GroupsGoRound) {
    const std::vector<IndexInterval> intervals = {
        {0, 9, 100, 3}, {0, 0, 4'000'000'000, 0}, {5, INT64_MAX, 7, 4'000'000'000}};
    Buffer bytes;
    append_group(bytes, intervals.data(), intervals.data() + 3, true);
    const IndexNode node{0, INT64_MAX, 7, 0};
    const auto back = decode_group(bytes, node, 3, true);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, intervals);
    EXPECT_FALSE(decode_group(Bytes(bytes).first(bytes.size() - 1), node, 3, true));
    EXPECT_FALSE(decode_group(bytes, node, 4, true));
}

TEST(IndexFormat, AProduceTakesFiveBytes) {
    std::vector<IndexInterval> intervals;
    for (std::uint32_t i = 0; i < 64; ++i) intervals.push_back({100 * i, 100 * i + 99, 50 * i, 0});
    Buffer bytes;
    append_group(bytes, intervals.data(), intervals.data() + 64, false);
    EXPECT_LE(bytes.size(), 64 * 5u);
}

TEST(IndexFormat, AccessesGoRound) {
    using Kind = AccessKind;
    const std::vector<IndexAccess> accesses = {
        {Kind::read_lease, 0, 5, 100},    {Kind::write_lease, 0, 9, 0},
        {Kind::read_outcome, 0, 10, 40},  {Kind::write_outcome, 3, 1, 0},
        {Kind::read_lease, 70'000, 2, 7}, {Kind::read_lease, 70'000, 4'000'000'000, 1ll << 60}};
    const Buffer bytes = encode_accesses(accesses);
    const auto back = decode_accesses(bytes, 6);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, accesses);
    EXPECT_FALSE(decode_accesses(Bytes(bytes).first(bytes.size() - 1), 6));
    EXPECT_FALSE(decode_accesses(bytes, UINT32_MAX));
}

}  // namespace
}  // namespace sluice::auditlog
