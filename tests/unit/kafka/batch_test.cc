#include "kafka/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <random>

#include "support/batches.h"

namespace sluice::kafka {

void PrintTo(const BatchSummary& s, std::ostream* out) {
    *out << "{first " << s.first_offset << ", last " << s.last_offset << ", records " << s.records
         << ", control " << s.control_records << ", batches " << s.batches << ", codecs "
         << int{s.codecs} << ", magic " << int{s.magic} << (s.truncated_tail ? ", truncated" : "")
         << (s.malformed ? ", malformed" : "") << ", producer " << s.producer_id << '/'
         << s.producer_epoch << '/' << s.base_sequence << '}';
}

namespace {

using tests::BatchFields;
using tests::join;
using tests::make_batch;
using tests::make_message;

BatchSummary scan(Bytes blob) {
    BatchScanner scanner;
    scanner.feed(blob);
    scanner.finish();
    return scanner.summary();
}

BatchSummary scan_in_steps(Bytes blob, std::size_t step) {
    BatchScanner scanner;
    for (std::size_t at = 0; at < blob.size(); at += step)
        scanner.feed(blob.subspan(at, std::min(step, blob.size() - at)));
    scanner.finish();
    return scanner.summary();
}

constexpr std::uint16_t kTransactional = 0x10;
constexpr std::uint16_t kControl = 0x20;

Buffer three_batches() {
    return join({make_batch({.base_offset = 10,
                             .last_offset_delta = 4,
                             .records = 5,
                             .attributes = kTransactional | 4,
                             .producer_id = 4000,
                             .producer_epoch = 2,
                             .base_sequence = 77}),
                 make_batch({.base_offset = 15, .attributes = kTransactional | kControl}),
                 make_batch({.base_offset = 16, .last_offset_delta = 9, .records = 3})});
}

BatchSummary three_batches_summary() {
    return {.first_offset = 10,
            .last_offset = 25,
            .records = 8,
            .control_records = 1,
            .batches = 3,
            .codecs = 1 << 4 | 1 << 0,
            .producer_id = 4000,
            .producer_epoch = 2,
            .base_sequence = 77};
}

TEST(BatchScanner, AnEmptyBlobHoldsNothing) {
    EXPECT_EQ(scan({}), BatchSummary{});
}

TEST(BatchScanner, SumsUpTheBatchesOfABlob) {
    EXPECT_EQ(scan(three_batches()), three_batches_summary());
}

TEST(BatchScanner, DoesNotMindHowTheBytesArrive) {
    const Buffer blob = three_batches();
    for (std::size_t step = 1; step <= blob.size(); ++step)
        EXPECT_EQ(scan_in_steps(blob, step), three_batches_summary()) << step;
}

TEST(BatchScanner, CountsABatchThatCompactionEmptied) {
    const Buffer blob =
        make_batch({.base_offset = 3, .last_offset_delta = 6, .records = 0, .payload_bytes = 0});
    const BatchSummary expected{.first_offset = 3, .last_offset = 9, .batches = 1, .codecs = 1};
    EXPECT_EQ(scan(blob), expected);
    EXPECT_EQ(scan_in_steps(blob, 1), expected);
}

TEST(BatchScanner, CountsOldMessagesByTheirOuterEntries) {
    const Buffer blob =
        join({make_message(1, 40, 10), make_message(0, 41, 0), make_message(1, 49, 200, 2)});
    EXPECT_EQ(scan(blob), (BatchSummary{.first_offset = 40,
                                        .last_offset = 49,
                                        .records = 3,
                                        .batches = 3,
                                        .codecs = 1 << 2 | 1 << 0,
                                        .magic = 0}));
}

TEST(BatchScanner, TakesTheZeroOffsetsOfAnOldProducer) {
    const Buffer blob = join({make_message(0, 0, 10), make_message(0, 0, 10)});
    EXPECT_EQ(scan(blob), (BatchSummary{.first_offset = 0,
                                        .last_offset = 0,
                                        .records = 2,
                                        .batches = 2,
                                        .codecs = 1,
                                        .magic = 0}));
}

TEST(BatchScanner, ReadsALogThatChangedItsFormat) {
    const Buffer blob = join({make_message(1, 7, 10), make_batch({.base_offset = 8})});
    EXPECT_EQ(scan(blob), (BatchSummary{.first_offset = 7,
                                        .last_offset = 8,
                                        .records = 2,
                                        .batches = 2,
                                        .codecs = 1,
                                        .magic = 1}));
}

TEST(BatchScanner, ATruncatedTailCountsNowhere) {
    const Buffer first = make_batch({.base_offset = 10, .last_offset_delta = 4, .records = 5});
    const Buffer second = make_batch({.base_offset = 15, .attributes = 3});
    const Buffer blob = join({first, second});
    const BatchSummary whole{
        .first_offset = 10, .last_offset = 14, .records = 5, .batches = 1, .codecs = 1};
    for (std::size_t bytes = 0; bytes < blob.size(); ++bytes) {
        BatchSummary expected = bytes < first.size() ? BatchSummary{} : whole;
        expected.truncated_tail = bytes != 0 && bytes != first.size();
        const Bytes cut = Bytes(blob).first(bytes);
        EXPECT_EQ(scan(cut), expected) << bytes;
        EXPECT_EQ(scan_in_steps(cut, 1), expected) << bytes;
    }
}

TEST(BatchScanner, ATruncatedOldMessageCountsNowhere) {
    const Buffer blob = join({make_message(1, 5, 10), make_message(1, 6, 10)});
    BatchSummary expected{.first_offset = 5,
                          .last_offset = 5,
                          .records = 1,
                          .batches = 1,
                          .codecs = 1,
                          .magic = 1,
                          .truncated_tail = true};
    for (std::size_t bytes = blob.size() / 2 + 1; bytes < blob.size(); ++bytes)
        EXPECT_EQ(scan(Bytes(blob).first(bytes)), expected) << bytes;
}

// One good batch, then `bad`, then a good one: what was read before stays, nothing after is read.
void expect_malformed(const Buffer& bad) {
    const Buffer before = make_batch({.base_offset = 10});
    const Buffer blob = join({before, bad, make_batch({.base_offset = 1000})});
    const BatchSummary expected{.first_offset = 10,
                                .last_offset = 10,
                                .records = 1,
                                .batches = 1,
                                .codecs = 1,
                                .malformed = true};
    EXPECT_EQ(scan(blob), expected);
    EXPECT_EQ(scan_in_steps(blob, 1), expected);
}

Buffer with_length(std::int32_t length, Byte magic) {
    Buffer batch = make_batch({.base_offset = 11, .magic = magic});
    store_be(batch.data() + 8, length);
    return batch;
}

TEST(BatchScanner, RejectsALengthThatCannotHoldAHeader) {
    for (std::int32_t length : {48, 0, -1, std::numeric_limits<std::int32_t>::min()})
        expect_malformed(with_length(length, 2));
    expect_malformed(with_length(13, 0));
    expect_malformed(with_length(21, 1));
}

TEST(BatchScanner, RejectsAnUnknownMagic) {
    for (const Byte magic : {Byte{3}, Byte{0x7f}, Byte{0x80}, Byte{0xff}})
        expect_malformed(make_batch({.base_offset = 11, .magic = magic}));
}

TEST(BatchScanner, RejectsNegativeNumbersInAHeader) {
    EXPECT_TRUE(scan(make_batch({.base_offset = -1})).malformed);
    expect_malformed(make_message(1, -1, 10));
    expect_malformed(make_batch({.base_offset = 11, .last_offset_delta = -1, .records = 0}));
    expect_malformed(make_batch({.base_offset = 11, .records = -1}));
}

TEST(BatchScanner, RejectsOffsetsThatRunBackOrOver) {
    expect_malformed(make_batch({.base_offset = 10}));
    expect_malformed(make_batch({.base_offset = 9}));
    expect_malformed(make_batch(
        {.base_offset = std::numeric_limits<std::int64_t>::max(), .last_offset_delta = 1}));
}

TEST(BatchScanner, RejectsMoreRecordsThanOffsetsOrBytes) {
    expect_malformed(make_batch({.base_offset = 11, .last_offset_delta = 1, .records = 3}));
    expect_malformed(make_batch(
        {.base_offset = 11, .last_offset_delta = 99, .records = 15, .payload_bytes = 104}));
    const Buffer fits = make_batch(
        {.base_offset = 11, .last_offset_delta = 99, .records = 15, .payload_bytes = 105});
    EXPECT_EQ(scan(fits).records, 15u);
}

TEST(BatchScanner, ABatchLongerThanTheBlobIsATruncatedTail) {
    const BatchSummary expected{.truncated_tail = true};
    EXPECT_EQ(scan(with_length(std::numeric_limits<std::int32_t>::max(), 2)), expected);
}

// Whatever the bytes: chunking never changes the summary, and the summary never contradicts itself.
TEST(BatchScanner, ReadsDamagedBlobsTheSameInAnyPieces) {
    std::mt19937 random(20240607);
    for (int round = 0; round < 2000; ++round) {
        Buffer blob = three_batches();
        append(blob, make_message(1, 60, 30));
        for (unsigned flips = random() % 4; flips > 0; --flips)
            blob[random() % blob.size()] = static_cast<Byte>(random());
        blob.resize(random() % (blob.size() + 1));
        const BatchSummary whole = scan(blob);
        EXPECT_EQ(scan_in_steps(blob, 1 + random() % 70), whole);
        EXPECT_EQ(whole.batches == 0, whole.first_offset == -1 && whole.last_offset == -1);
        EXPECT_FALSE(whole.truncated_tail && whole.malformed);
    }
}

}  // namespace
}  // namespace sluice::kafka
