#include "auditlog/ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "audit/segment.h"
#include "base/limits.h"

namespace sluice::auditlog {
namespace {

constexpr std::size_t kCapacity = 256 * 1024;

Buffer entry_of(std::size_t bytes, Byte fill) {
    return Buffer(bytes, fill);
}

// What peek hands out, as single entries.
std::vector<Buffer> entries_in(const std::vector<Bytes>& pieces) {
    std::vector<Buffer> entries;
    for (const Bytes piece : pieces) {
        EXPECT_TRUE(audit::for_each_entry(piece, [&entries](Bytes entry) {
            entries.emplace_back(entry.begin(), entry.end());
            return true;
        }));
    }
    return entries;
}

TEST(Ring, HandsOutWhatWasPushedInOrder) {
    Ring ring(kCapacity);
    EXPECT_TRUE(ring.push(entry_of(3, 1)));
    EXPECT_TRUE(ring.push(entry_of(1, 2)));
    EXPECT_EQ(ring.pending_bytes(), 8u);
    std::vector<Bytes> pieces;
    const auto take = ring.peek(1000, pieces);
    EXPECT_EQ(entries_in(pieces), (std::vector<Buffer>{entry_of(3, 1), entry_of(1, 2)}));
    EXPECT_EQ(pieces.size(), 1u);
    EXPECT_EQ(take.entries, 2u);
    EXPECT_EQ(take.bytes, 8u);
}

TEST(Ring, KeepsEverythingUntilItIsReleased) {
    Ring ring(kCapacity);
    ASSERT_TRUE(ring.push(entry_of(3, 1)));
    std::vector<Bytes> pieces, again;
    ring.peek(1000, pieces);
    const auto take = ring.peek(1000, again);
    EXPECT_EQ(entries_in(pieces), entries_in(again));
    ring.release(take);
    EXPECT_EQ(ring.pending_bytes(), 0u);
    std::vector<Bytes> after;
    EXPECT_EQ(ring.peek(1000, after).entries, 0u);
    EXPECT_TRUE(after.empty());
}

TEST(Ring, TakesNoMoreThanFits) {
    Ring ring(kCapacity);
    for (Byte i = 0; i < 10; ++i) ASSERT_TRUE(ring.push(entry_of(98, i)));
    std::vector<Bytes> pieces;
    const auto take = ring.peek(350, pieces);
    EXPECT_EQ(take.entries, 3u);
    EXPECT_EQ(take.bytes, 300u);
    ring.release(take);
    pieces.clear();
    ring.peek(100, pieces);
    EXPECT_EQ(entries_in(pieces), std::vector<Buffer>{entry_of(98, 3)});
}

TEST(Ring, RefusesWhenFullAndTakesAgainAfterARelease) {
    Ring ring(kCapacity);
    std::size_t pushed = 0;
    while (ring.push(entry_of(1000, 7))) ++pushed;
    EXPECT_EQ(pushed, kCapacity / 1002);
    EXPECT_FALSE(ring.push(entry_of(1000, 7)));
    std::vector<Bytes> pieces;
    ring.release(ring.peek(1002, pieces));
    // The room is at the start, what is left at the end is too little: both count.
    EXPECT_TRUE(ring.push(entry_of(600, 8)));
}

TEST(Ring, NeverSplitsAnEntryAcrossItsEnd) {
    Ring ring(kCapacity);
    std::deque<Buffer> expected;
    std::size_t bytes = 1;
    for (int round = 0; round < 5000; ++round) {
        bytes = bytes * 7 % 4999 + 1;
        const Buffer entry = entry_of(bytes, static_cast<Byte>(round));
        while (!ring.push(entry)) {
            std::vector<Bytes> pieces;
            const auto take = ring.peek(100'000, pieces);
            ASSERT_LE(pieces.size(), 2u);
            for (const Buffer& seen : entries_in(pieces)) {
                ASSERT_EQ(seen, expected.front());
                expected.pop_front();
            }
            ring.release(take);
        }
        expected.push_back(entry);
    }
}

TEST(Ring, TakesTheLargestEntry) {
    Ring ring(kCapacity);
    ASSERT_TRUE(ring.push(entry_of(limits::audit_entry_bytes_max, 9)));
    std::vector<Bytes> pieces;
    EXPECT_EQ(ring.peek(limits::audit_commit_bytes_max, pieces).entries, 1u);
    EXPECT_EQ(entries_in(pieces)[0], entry_of(limits::audit_entry_bytes_max, 9));
}

TEST(Ring, CarriesEveryEntryFromOneThreadToAnother) {
    Ring ring(kCapacity);
    constexpr std::uint32_t kEntries = 200'000;
    std::thread producer([&ring] {
        for (std::uint32_t i = 0; i < kEntries; ++i) {
            Buffer entry(4 + i % 50);
            store_be(entry.data(), i);
            while (!ring.push(entry)) std::this_thread::yield();
        }
    });
    std::uint32_t next = 0;
    while (next < kEntries) {
        std::vector<Bytes> pieces;
        const auto take = ring.peek(64 * 1024, pieces);
        if (take.entries == 0) std::this_thread::yield();
        for (const Buffer& entry : entries_in(pieces))
            ASSERT_EQ(load_be<std::uint32_t>(entry.data()), next++);
        ring.release(take);
    }
    producer.join();
    EXPECT_EQ(ring.pending_bytes(), 0u);
}

}  // namespace
}  // namespace sluice::auditlog
