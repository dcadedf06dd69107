#include "auditlog/sequencer.h"

#include <gtest/gtest.h>

#include <thread>

#include "auditlog/open.h"
#include "unit/auditlog/bell.h"
#include "unit/auditlog/faulty_files.h"
#include "unit/auditlog/support.h"

namespace sluice::auditlog {
namespace {

using namespace testing;

Buffer encoded(std::uint64_t i) {
    Buffer entry;
    audit::encode(numbered(i), entry);
    return entry;
}

class Sequencing : public ::testing::Test {
  protected:
    Status keep(std::span<const Buffer> subjects) {
        ++keeps_;
        if (!keepable_) return Error{Errc::io, "the names' disk is full"};
        for (const Buffer& body : subjects) names_.emplace(audit::subject_id(body), body);
        return ok();
    }
    Result<std::unique_ptr<Log>> try_open(std::uint64_t segment_bytes = 1u << 20,
                                          std::uint64_t reserve_bytes = 0) {
        auto ticks = std::make_shared<std::atomic<std::int64_t>>(0);
        OpenOptions open{std::make_unique<FaultyFileSystem>(plan_), 256 * 1024,
                         std::chrono::nanoseconds(0), std::chrono::nanoseconds(0), [ticks] {
                             const std::int64_t now = ticks->fetch_add(1000);
                             return Instant{now, 1'700'000'000'000'000'000 + now};
                         }};
        LogOptions options{directory_.path(), kOrigin, segment_bytes};
        options.reserve_bytes = reserve_bytes;
        options.keep_subjects = [this](auto subjects) { return keep(subjects); };
        return open_log(options, std::move(open));
    }
    std::unique_ptr<Log> open(std::uint64_t segment_bytes = 1u << 20) {
        auto log = try_open(segment_bytes);
        EXPECT_TRUE(log) << (log ? "" : log.error().context);
        return *std::move(log);
    }
    void expect_sound(std::uint64_t entries) {
        EXPECT_EQ(entries_of(directory_.path()), numbered_entries(entries));
        const auto report = verify(directory_.path());
        ASSERT_TRUE(report);
        EXPECT_EQ(report->damage, std::nullopt);
    }

    TempDirectory directory_;
    FaultPlan plan_;
    Bell bell_;
    std::map<audit::SubjectId, Buffer> names_;  // the sequencer's, until it made entries durable
    std::atomic<bool> keepable_{true};
    std::atomic<int> keeps_{0};
};

TEST_F(Sequencing, MakesEntriesDurableAndSaysSo) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    EXPECT_EQ(producer->durable(), 0u);
    EXPECT_EQ(producer->submit(encoded(0)), 1u);
    EXPECT_EQ(producer->submit(encoded(1)), 2u);
    bell_.until([&] { return producer->durable() == 2; });
    EXPECT_EQ(log->size(), 2u);
    expect_sound(2);
}

TEST_F(Sequencing, CommitsAgainAfterItSlept) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    for (std::uint64_t i = 0; i < 50; ++i) {
        ASSERT_EQ(producer->submit(encoded(i)), i + 1);
        bell_.until([&] { return producer->durable() == i + 1; });
    }
    expect_sound(50);
    EXPECT_EQ(log->counters().entries.load(), 50u);
    EXPECT_EQ(log->counters().commits.load(), 50u);
}

audit::Subject alice() {
    audit::Subject subject;
    subject.principal = "user:alice";
    return subject;
}

TEST_F(Sequencing, NamesAreKeptBeforeAnEntryWithTheirIdIsDurable) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    audit::Event event = numbered(0);
    event.subject = producer->subject(alice());
    EXPECT_EQ(producer->subject(alice()), event.subject);
    Buffer entry;
    audit::encode(event, entry);
    ASSERT_EQ(producer->submit(entry), 1u);
    bell_.until([&] { return producer->durable() == 1; });
    const auto named = audit::decode_subject(names_.at(event.subject));
    ASSERT_TRUE(named);
    EXPECT_EQ(*named, alice());
    EXPECT_EQ(names_.size(), 1u);
}

TEST_F(Sequencing, WhileNamesCannotBeKeptNothingIsDurable) {
    keepable_ = false;
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    audit::Event event = numbered(0);
    event.subject = producer->subject(alice());
    Buffer entry;
    audit::encode(event, entry);
    ASSERT_EQ(producer->submit(entry), 1u);
    bell_.until([&] { return log->failed(); });
    EXPECT_EQ(producer->durable(), 0u);
    EXPECT_EQ(log->size(), 0u);
    keepable_ = true;
    bell_.until([&] { return producer->durable() == 1; });
    EXPECT_FALSE(log->failed());
    EXPECT_EQ(names_.count(event.subject), 1u);
}

TEST_F(Sequencing, AfterAnErasureTheSameNamesHaveAnotherId) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    const auto before = producer->subject(alice());
    const auto epoch = producer->subject_epoch();
    log->forget_subjects();
    EXPECT_NE(producer->subject_epoch(), epoch);
    EXPECT_NE(producer->subject(alice()), before);
}

TEST_F(Sequencing, TheDestructorCommitsWhatIsLeft) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    for (std::uint64_t i = 0; i < 100; ++i) ASSERT_NE(producer->submit(encoded(i)), 0u);
    log.reset();
    expect_sound(100);
    EXPECT_EQ(producer->durable(), 100u);
}

TEST_F(Sequencing, WhatAProducerLeftBehindStillGoesToDisk) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    for (std::uint64_t i = 0; i < 100; ++i) ASSERT_NE(producer->submit(encoded(i)), 0u);
    producer.reset();
    log.reset();
    expect_sound(100);
}

TEST_F(Sequencing, KeepsTheOrderOfEachProducer) {
    constexpr std::uint64_t kEach = 5000;
    auto log = open(200'000);  // rolls on the way
    std::vector<std::thread> threads;
    for (std::int32_t partition = 0; partition < 4; ++partition) {
        threads.emplace_back([&log, partition] {
            Bell bell;
            auto producer = log->producer(bell.ringer());
            audit::Event event = audit::examples::fetch();
            event.partition = partition;
            for (std::uint64_t i = 0; i < kEach; ++i) {
                event.correlation_id = static_cast<std::int32_t>(i);
                Buffer entry;
                audit::encode(event, entry);
                const auto before = producer->durable();
                Ticket ticket = producer->submit(entry);
                while (ticket == 0) {
                    bell.until([&] { return producer->durable() > before; });
                    ticket = producer->submit(entry);
                }
                ASSERT_EQ(ticket, i + 1);
            }
            bell.until([&] { return producer->durable() == kEach; });
        });
    }
    for (auto& thread : threads) thread.join();
    log.reset();
    std::map<std::int32_t, std::int32_t> next;
    std::uint64_t index = 0;
    for (const Entry& entry : entries_of(directory_.path())) {
        ASSERT_EQ(entry.index, index++);
        ASSERT_EQ(entry.event.correlation_id, next[entry.event.partition]++);
    }
    EXPECT_EQ(index, 4 * kEach);
    const auto report = verify(directory_.path());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->damage, std::nullopt);
    EXPECT_GT(report->segments, 2u);
}

TEST_F(Sequencing, NothingIsDurableWhileTheDiskFailsAndEverythingAfterwards) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    ASSERT_EQ(producer->submit(encoded(0)), 1u);
    bell_.until([&] { return producer->durable() == 1; });
    plan_.fail_writes(Fault::enospc);
    std::uint64_t submitted = 1;
    while (producer->submit(encoded(submitted)) != 0) ++submitted;  // until the ring is full
    bell_.until([&] { return log->failed(); });
    EXPECT_EQ(producer->durable(), 1u);
    EXPECT_EQ(producer->submit(encoded(submitted)), 0u);
    plan_.fail_nothing();
    bell_.until([&] { return !log->failed() && producer->durable() == submitted; });
    EXPECT_EQ(producer->submit(encoded(submitted)), submitted + 1);
    log.reset();
    expect_sound(submitted + 1);
}

TEST_F(Sequencing, OnAFullDiskEssentialEntriesAreRecordedFromTheReserve) {
    constexpr std::uint64_t kMiB = 1u << 20;
    auto opened = try_open(kMiB, 4 * kMiB);
    ASSERT_TRUE(opened);
    auto log = *std::move(opened);
    ASSERT_EQ(log->counters().reserve_bytes.load(), 4 * kMiB);
    auto producer = log->producer(bell_.ringer());
    auto essential = log->essential_producer(bell_.ringer());
    ASSERT_EQ(producer->submit(encoded(0)), 1u);
    bell_.until([&] { return producer->durable() == 1; });
    plan_.set_room(0);
    // More than the room that was taken ahead.
    std::uint64_t submitted = 1;
    while (producer->submit(encoded(submitted)) != 0) ++submitted;
    while (!log->failed()) {
        bell_.until([&] { return log->failed() || producer->durable() > submitted / 2; });
        while (!log->failed() && producer->submit(encoded(submitted)) != 0) ++submitted;
    }
    const auto before = producer->durable();
    ASSERT_EQ(essential->submit(encoded(1'000'000)), 1u);
    bell_.until([&] { return essential->durable() == 1; });
    EXPECT_TRUE(log->failed());
    EXPECT_EQ(producer->durable(), before);
    ASSERT_EQ(essential->submit(encoded(1'000'001)), 2u);
    bell_.until([&] { return essential->durable() == 2; });
    EXPECT_TRUE(log->failed());
    plan_.set_room(100 * kMiB);
    bell_.until([&] { return !log->failed() && producer->durable() == submitted; });
    EXPECT_EQ(log->counters().reserve_bytes.load(), 4 * kMiB);
    log.reset();
    const auto entries = entries_of(directory_.path());
    EXPECT_EQ(entries.size(), submitted + 2);
    EXPECT_EQ(entries[before].event, numbered(1'000'000));
    EXPECT_EQ(verify(directory_.path())->damage, std::nullopt);
}

TEST_F(Sequencing, AFullDiskThatOnlyEssentialEntriesMetRecoversByItself) {
    constexpr std::uint64_t kMiB = 1u << 20;
    auto opened = try_open(1, 4 * kMiB);  // a segment for each commit
    ASSERT_TRUE(opened);
    auto log = *std::move(opened);
    auto essential = log->essential_producer(bell_.ringer());
    plan_.set_room(0);
    ASSERT_EQ(essential->submit(encoded(0)), 1u);
    bell_.until([&] { return essential->durable() == 1 && log->failed(); });
    plan_.set_room(100 * kMiB);
    bell_.until([&] { return !log->failed(); });
    log.reset();
    expect_sound(1);
}

TEST_F(Sequencing, StopsWhileTheDiskFails) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    plan_.fail_writes(Fault::eio);
    ASSERT_EQ(producer->submit(encoded(0)), 1u);
    bell_.until([&] { return log->failed(); });
    log.reset();
    EXPECT_EQ(producer->durable(), 0u);
    plan_.fail_nothing();
    expect_sound(0);
}

TEST_F(Sequencing, EveryStepThatFailsOnceLosesNothing) {
    for (const Fault fault : {Fault::eio, Fault::enospc, Fault::short_write}) {
        for (std::uint64_t n = 0;; ++n) {
            std::filesystem::remove_all(directory_.path());
            plan_.fail_once(n, fault);
            auto log = try_open(1);  // a segment for each commit
            if (!log) {
                ASSERT_EQ(log.error().code, Errc::io) << n;
                log = try_open(1);
            }
            ASSERT_TRUE(log) << n;
            auto producer = (*log)->producer(bell_.ringer());
            for (std::uint64_t i = 0; i < 5; ++i) {
                ASSERT_EQ(producer->submit(encoded(i)), i + 1);
                bell_.until([&] { return producer->durable() == i + 1; });
            }
            bell_.until([&] { return !(*log)->failed(); });
            const bool hit = plan_.hit();
            plan_.fail_nothing();
            log->reset();
            expect_sound(5);
            if (!hit) break;
        }
    }
}

TEST_F(Sequencing, CountsCommitsAndFailures) {
    auto log = open();
    auto producer = log->producer(bell_.ringer());
    plan_.fail_once(1, Fault::eio);  // fallocate, pwritev
    ASSERT_EQ(producer->submit(encoded(0)), 1u);
    bell_.until([&] { return producer->durable() == 1 && !log->failed(); });
    const LogCounters& counters = log->counters();
    EXPECT_EQ(counters.failures.load(), 1u);
    EXPECT_EQ(counters.commits.load(), 1u);
    EXPECT_EQ(counters.entries.load(), 1u);
    EXPECT_EQ(counters.bytes.load(), encoded(0).size() + 2);
    std::uint64_t in_buckets = 0;
    for (const auto& bucket : counters.commit_buckets) in_buckets += bucket.load();
    EXPECT_EQ(in_buckets, 1u);
}

}  // namespace
}  // namespace sluice::auditlog
