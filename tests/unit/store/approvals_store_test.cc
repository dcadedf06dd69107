#include "store/approvals_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "approval/encode.h"
#include "unit/store/faulty_vfs.h"
#include "unit/store/support.h"

namespace sluice::store {
namespace {

using approval::Request;
using approval::State;
using approval::support::id;
using testing::FaultyVfs;
using testing::meddle;
using testing::request;
using testing::TempDirectory;
using Kept = std::map<std::string, Request>;

std::unique_ptr<ApprovalsStore> open(const TempDirectory& directory, std::size_t ended_kept = 10) {
    auto store = ApprovalsStore::open(directory.file(), {ended_kept, 64 * 1024 * 1024});
    EXPECT_TRUE(store) << store.error().context;
    return store ? *std::move(store) : nullptr;
}

Kept kept(ApprovalsStore& store) {
    auto requests = store.load();
    EXPECT_TRUE(requests) << requests.error().context;
    Kept found;
    if (!requests) return found;
    for (Request& one : *requests) {
        const std::string key = one.id;
        EXPECT_TRUE(found.emplace(key, std::move(one)).second) << key;
    }
    return found;
}

Kept of(std::initializer_list<Request> requests) {
    Kept found;
    for (const Request& one : requests) found.emplace(one.id, one);
    return found;
}

TEST(ApprovalsStore, GivesBackWhatWasPut) {
    const TempDirectory directory;
    Kept expected;
    for (std::uint8_t i = 0; i < approval::kStates; ++i) {
        const Request one = request(i, static_cast<State>(i));
        expected.emplace(one.id, one);
        ASSERT_TRUE(open(directory)->put(one));
    }
    auto store = open(directory);
    EXPECT_EQ(kept(*store), expected);
    ASSERT_TRUE(store->put(request(0, State::approved)));
    expected[id(0)] = request(0, State::approved);
    EXPECT_EQ(kept(*store), expected);
}

TEST(ApprovalsStore, KeepsAllThatIsLiveAndTheLastThatEnded) {
    const TempDirectory directory;
    {
        auto store = open(directory, 2);
        ASSERT_TRUE(store->put(request(9)));
        for (const int n : {4, 1, 3, 2})
            ASSERT_TRUE(store->put(request(static_cast<std::uint8_t>(n), State::denied)));
        EXPECT_EQ(kept(*store),
                  of({request(9), request(4, State::denied), request(3, State::denied)}));
    }
    // With less room than before.
    auto store = open(directory, 1);
    EXPECT_EQ(kept(*store), of({request(9), request(4, State::denied)}));
}

TEST(ApprovalsStore, WhatCouldNotBeRecordedDoesNotCount) {
    const TempDirectory directory;
    const Error full{Errc::unavailable, "the audit queue is full"};
    auto store = open(directory);
    ASSERT_TRUE(store->put(request(1)));
    const Request both[] = {request(1, State::approved), request(2)};
    int calls = 0;
    const auto refused = store->put(both, [&]() -> Status {
        ++calls;
        return full;
    });
    EXPECT_EQ(calls, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), full);
    EXPECT_EQ(kept(*store), of({request(1)}));
    ASSERT_TRUE(store->put(both));
    store.reset();
    EXPECT_EQ(kept(*open(directory)), of({request(1, State::approved), request(2)}));
}

TEST(ApprovalsStore, WhatIsDroppedIsInNoByteOfItsFiles) {
    const TempDirectory directory;
    auto store = open(directory);
    Request mine = request(1, State::denied);
    mine.ask.human = "mallory@example.org";
    ASSERT_TRUE(store->put(mine));
    ASSERT_TRUE(store->put(request(2, State::denied)));
    const auto holds_mallory = [&] {
        for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
            std::ifstream in(file.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            if (bytes.find("mallory@example.org") != std::string::npos) return true;
        }
        return false;
    };
    EXPECT_TRUE(holds_mallory());
    const std::string ids[] = {id(1), id(9)};
    const auto dropped = store->drop(ids);
    ASSERT_TRUE(dropped) << dropped.error().context;
    EXPECT_FALSE(holds_mallory());
    EXPECT_EQ(kept(*store), of({request(2, State::denied)}));
}

TEST(ApprovalsStore, ADamagedRowIsAnErrorThatNamesIt) {
    struct Case {
        const char* damage;
        Error error;
    };
    const std::string where = "load requests: request " + id(1) + ": ";
    const std::vector<Case> cases{
        {"UPDATE request SET body = substr(body, 1, 50)",
         {Errc::corrupt, where + "its checksum is wrong"}},
        {"UPDATE request SET body = x''", {Errc::corrupt, where + "too short"}},
        {"UPDATE request SET body = zeroblob(1048577)", {Errc::corrupt, where + "too long"}},
        {"UPDATE request SET ended_ns = 5", {Errc::corrupt, where + "its row contradicts it"}},
        {"UPDATE request SET id = 'R-00000002'",
         {Errc::corrupt, "load requests: request R-00000002: its row contradicts it"}},
        {"UPDATE request SET id = 'x' || char(27)",
         {Errc::corrupt, "load requests: a request without an id: its row contradicts it"}},
        {"UPDATE request SET body = x'0248c96f5b'",
         {Errc::corrupt, where + "its checksum is wrong"}},
    };
    for (const Case& one : cases) {
        const TempDirectory directory;
        ASSERT_TRUE(open(directory)->put(request(1)));
        meddle(directory.file(), one.damage);
        auto store = open(directory);
        const auto loaded = store->load();
        ASSERT_FALSE(loaded) << one.damage;
        EXPECT_EQ(loaded.error(), one.error) << one.damage;
    }
}

TEST(ApprovalsStore, ARowTooLargeToReadIsAnError) {
    const TempDirectory directory;
    ASSERT_TRUE(open(directory)->put(request(1)));
    meddle(directory.file(), "UPDATE request SET body = zeroblob(5000000)");
    const auto loaded = open(directory)->load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::too_large);
}

TEST(ApprovalsStore, ATableThatIsGoneIsAnError) {
    const TempDirectory directory;
    open(directory).reset();
    meddle(directory.file(), "DROP TABLE request");
    EXPECT_FALSE(ApprovalsStore::open(directory.file()));
}

TEST(ApprovalsStore, SaysWhenItIsFullAndGoesOnWhenThereIsRoom) {
    const TempDirectory directory;
    auto opened = ApprovalsStore::open(directory.file(), {10, 32 * 4096});
    ASSERT_TRUE(opened);
    auto& store = **opened;
    std::uint8_t n = 0;
    Request large = request(0);
    large.ask.details = std::string(20'000, 'x');
    Kept expected;
    Status done = ok();
    int recorded = 0;
    while (n < 100) {
        large.id = id(n);
        done = store.put({&large, 1}, [&] {
            ++recorded;
            return ok();
        });
        if (!done) break;
        expected.emplace(large.id, large);
        ++n;
    }
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error(), (Error{Errc::io, "keep requests: database or disk is full"}));
    EXPECT_EQ(recorded, n) << "what is not written is not recorded";
    EXPECT_EQ(kept(store), expected);
    ASSERT_TRUE(store.put(request(0)));  // small
    large.id = id(n);
    EXPECT_TRUE(store.put(large));
}

// -- Every operation on the file fails once, or from then on

// What is put, in this order, and what the store holds after each.
struct Script {
    std::vector<Request> steps{request(1), request(1, State::approved), request(2),
                               request(1, State::used), request(3, State::revoked)};
    std::vector<Kept> states{
        {},
        of({request(1)}),
        of({request(1, State::approved)}),
        of({request(1, State::approved), request(2)}),
        of({request(1, State::used), request(2)}),
        of({request(3, State::revoked), request(2)}),  // one ended request is kept
    };
};

// Runs the script until something fails; how many steps were acknowledged, and whether the next one
// may have come through.
struct Reached {
    std::size_t acknowledged = 0;
    bool in_doubt = false;
};

Reached run_until_it_fails(const TempDirectory& directory, const Script& script, FaultyVfs& vfs) {
    Reached reached;
    auto store = ApprovalsStore::open(directory.file(), {1, 64 * 1024 * 1024});
    if (!store) return reached;
    for (const Request& step : script.steps) {
        bool recorded = false;
        const auto done = (*store)->put({&step, 1}, [&] {
            recorded = true;
            return ok();
        });
        if (!done) {
            EXPECT_TRUE(vfs.has_failed()) << done.error().context;
            reached.in_doubt = recorded;
            return reached;
        }
        EXPECT_TRUE(recorded);
        ++reached.acknowledged;
    }
    return reached;
}

TEST(ApprovalsStore, WhateverFailsOnceWhatWasAcknowledgedIsThereAfterwards) {
    const Script script;
    for (const auto lasting : {FaultyVfs::Lasting::once, FaultyVfs::Lasting::forever}) {
        int failed_steps = 0;
        for (int nth = 0;; ++nth) {
            SCOPED_TRACE(nth);
            const TempDirectory directory;
            FaultyVfs vfs;
            vfs.fail(nth, lasting);
            const Reached reached = run_until_it_fails(directory, script, vfs);
            const bool finished = reached.acknowledged == script.steps.size();
            failed_steps += finished ? 0 : 1;
            const bool reached_end = !vfs.has_failed();
            vfs.heal();
            const Kept found = kept(*open(directory, 1));
            if (!reached.in_doubt || found != script.states[reached.acknowledged + 1]) {
                ASSERT_EQ(found, script.states[reached.acknowledged]);
            }
            if (reached_end) break;
            ASSERT_LT(nth, 1000);
        }
        EXPECT_GT(failed_steps, 20);
    }
}

TEST(ApprovalsStore, GoesOnInTheSameProcessAfterOneFailure) {
    const Script script;
    int failures = 0;
    for (int nth = 0;; ++nth) {
        SCOPED_TRACE(nth);
        const TempDirectory directory;
        FaultyVfs vfs;
        auto store = open(directory, 1);
        vfs.fail(nth, FaultyVfs::Lasting::once);
        for (std::size_t i = 0; i < script.steps.size(); ++i) {
            if (!store->put(script.steps[i])) {
                ++failures;
                EXPECT_EQ(kept(*store), script.states[i]);
                ASSERT_TRUE(store->put(script.steps[i]));
            }
            EXPECT_EQ(kept(*store), script.states[i + 1]);
        }
        const bool reached_end = !vfs.has_failed();
        vfs.heal();
        store.reset();
        EXPECT_EQ(kept(*open(directory, 1)), script.states.back());
        if (reached_end || HasFailure()) break;
    }
    EXPECT_GT(failures, 10);
}

}  // namespace
}  // namespace sluice::store
