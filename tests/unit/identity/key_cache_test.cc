#include "identity/key_cache.h"

#include <gtest/gtest.h>

namespace sluice::identity {
namespace {

using namespace std::chrono_literals;

constexpr KeyCache::Options kOptions{600s, 30s, 24h};

Instant at(std::chrono::nanoseconds mono) {
    return {mono.count(), 0};
}

std::shared_ptr<const Keys> some_keys() {
    static const auto keys = std::make_shared<const Keys>();
    return keys;
}

TEST(KeyCache, WithoutKeysTheFirstTokenWantsThem) {
    const KeyCache cache(kOptions);
    EXPECT_TRUE(cache.due(at(0s)));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(5s)), KeyDecision::refresh_wanted);
}

TEST(KeyCache, WithoutKeysAFailedFetchDeniesUntilTheCooldownIsOver) {
    KeyCache cache(kOptions);
    cache.on_failed(at(10s));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(10s)), KeyDecision::deny);
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(40s - 1ns)), KeyDecision::deny);
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(40s)), KeyDecision::refresh_wanted);
}

TEST(KeyCache, FetchedKeysAreUsedAtOnce) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(10s));
    EXPECT_EQ(cache.snapshot().keys, some_keys());
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(10s)), KeyDecision::use);
}

TEST(KeyCache, AnUnknownKidWantsARefreshWhenTheCooldownIsOver) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(10s));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::other, at(40s - 1ns)), KeyDecision::deny);
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::other, at(40s)), KeyDecision::refresh_wanted);
}

TEST(KeyCache, AStormOfUnknownKidsCausesOneFetchInEachCooldown) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(0s));
    int fetches = 0, waiting = 0;
    for (std::chrono::nanoseconds now = 0s; now < 300s; now += 1ms) {
        if (decide(cache.snapshot(), KeyNeed::other, at(now)) == KeyDecision::refresh_wanted) {
            ++waiting;
            cache.on_wanted();
        }
        if (!cache.due(at(now))) continue;
        ++fetches;
        cache.on_fetched(some_keys(), at(now));
        ASSERT_EQ(decide(cache.snapshot(), KeyNeed::any, at(now)), KeyDecision::use);
    }
    EXPECT_EQ(fetches, 9);  // at 30 s, 60 s, ... 270 s
    EXPECT_EQ(waiting, 9);  // the others were refused on the spot
}

TEST(KeyCache, WhoeverComesWhileAFetchIsUnderWayWaitsForTheSameFetch) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(0s));
    cache.on_wanted();
    cache.on_wanted();
    ASSERT_TRUE(cache.due(at(30s)));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::other, at(31s)), KeyDecision::refresh_wanted);
    cache.on_fetched(some_keys(), at(32s));
    EXPECT_FALSE(cache.due(at(32s)));
    EXPECT_FALSE(cache.due(at(62s)));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::other, at(32s)), KeyDecision::deny);
}

TEST(KeyCache, WhatIsWantedDuringTheCooldownIsFetchedBehindIt) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(0s));
    cache.on_wanted();
    EXPECT_FALSE(cache.due(at(30s - 1ns)));
    EXPECT_TRUE(cache.due(at(30s)));
}

TEST(KeyCache, KeysAreFetchedAgainThoughNobodyAsks) {
    KeyCache cache(kOptions);
    EXPECT_EQ(cache.due_at(), 0);
    cache.on_fetched(some_keys(), at(10s));
    EXPECT_EQ(cache.due_at(), at(610s).mono);
    EXPECT_FALSE(cache.due(at(610s - 1ns)));
    EXPECT_TRUE(cache.due(at(610s)));
}

TEST(KeyCache, AFailedFetchKeepsTheKeysAndIsTriedAgainAfterTheCooldown) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(0s));
    cache.on_failed(at(600s));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(600s)), KeyDecision::use);
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::other, at(600s)), KeyDecision::deny);
    EXPECT_EQ(cache.due_at(), at(630s).mono);
}

TEST(KeyCache, NoKeysAreTrustedBeyondTheCeilingAndAGoodFetchBringsThemBack) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(0s));
    for (auto now = 600s; now < 24h; now += 30s) cache.on_failed(at(now));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(24h - 1ns)), KeyDecision::use);
    cache.on_failed(at(24h));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(24h)), KeyDecision::deny);
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(24h + 30s)), KeyDecision::refresh_wanted);
    cache.on_fetched(some_keys(), at(24h + 31s));
    EXPECT_EQ(decide(cache.snapshot(), KeyNeed::any, at(24h + 31s)), KeyDecision::use);
}

TEST(KeyCache, ASetOfNoKeysReplacesTheOneBefore) {
    KeyCache cache(kOptions);
    cache.on_fetched(some_keys(), at(0s));
    const auto none = std::make_shared<const Keys>();
    cache.on_fetched(none, at(600s));
    EXPECT_EQ(cache.snapshot().keys, none);
}

}  // namespace
}  // namespace sluice::identity
