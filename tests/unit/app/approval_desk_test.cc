#include "app/approval_desk.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "base/limits.h"
#include "store/approvals_store.h"
#include "support/temp_directory.h"
#include "unit/app/approval_fakes.h"

namespace sluice::app {
namespace {

using namespace approval::support;
using approval::Answer;
using approval::Ask;
using approval::Ballot;
using approval::Request;
using approval::State;
using approval::Voter;

// All an asker was told, as futures of the first answers.
class Ear {
  public:
    explicit Ear(std::size_t answers) : promises_(answers) {}
    std::function<void(Answer)> told() {
        return [this](Answer answer) { promises_.at(next_++).set_value(std::move(answer)); };
    }
    Answer answer(std::size_t n) { return promises_.at(n).get_future().get(); }

  private:
    std::vector<std::promise<Answer>> promises_;
    std::size_t next_ = 0;
};

TEST(ApprovalDesk, AsksAndVotesMeetOnItsThread) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    Ear ear(2);
    desk.ask(ask(), 1, ear.told());
    EXPECT_EQ(ear.answer(0).what, Answer::What::waiting);
    const auto listed = desk.list({});
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 1u);
    EXPECT_EQ(listed->front(), *desk.show(id(1)));
    const auto after = desk.vote(id(1), owner("bob"), Ballot::approve, "");
    ASSERT_TRUE(after);
    EXPECT_EQ(after->state, State::approved);
    EXPECT_EQ(ear.answer(1).what, Answer::What::passed);
    EXPECT_EQ(desk.show(id(1))->state, State::used);
    const auto counters = desk.counters();
    EXPECT_EQ(counters.happened[static_cast<std::size_t>(approval::Happening::used)], 1u);
}

TEST(ApprovalDesk, UnderstandsIdsAsPeopleTypeThem) {
    fakes::ApprovalWorld world;
    world.next_id = 0x41;  // R-00000021
    ApprovalDesk desk({}, world.options());
    Ear ear(2);
    desk.ask(ask(), 1, ear.told());
    for (const auto* typed : {"R-00000021", "r-oooooo2i", "0000002L"})
        EXPECT_TRUE(desk.show(typed)) << typed;
    EXPECT_EQ(desk.show("21").error(), error_of(approval::Refusal::unknown_request));
    ASSERT_TRUE(desk.vote("oooooo2l", owner("bob"), Ballot::deny, ""));
    EXPECT_EQ(desk.revoke("oooooo2l", owner("bob"), "").error(),
              error_of(approval::Refusal::not_approved));
    EXPECT_EQ(ear.answer(1).what, Answer::What::denied);
}

TEST(ApprovalDesk, WhoLeavesIsToldNoMore) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    Ear first(1), second(2);  // the first has room for no second answer
    const Ask one = ask();
    desk.ask(one, 1, first.told());
    desk.ask(one, 2, second.told());
    desk.leave(one.session, 1, true);
    ASSERT_TRUE(desk.vote(id(1), owner("bob"), Ballot::approve, ""));
    EXPECT_EQ(second.answer(1).what, Answer::What::passed);
}

TEST(ApprovalDesk, WhatRanOutIsOverBeforeTheNextJob) {
    fakes::ApprovalWorld world;
    std::atomic<std::int64_t> now = kNow;
    auto options = world.options();
    options.wall_now = [&] { return now.load(); };
    ApprovalDesk desk({}, options);
    Ear ear(2);
    desk.ask(ask(), 1, ear.told());
    EXPECT_EQ(ear.answer(0).what, Answer::What::waiting);
    now += kLife;
    EXPECT_EQ(desk.vote(id(1), owner("bob"), Ballot::approve, "").error(),
              error_of(approval::Refusal::not_pending));
    EXPECT_EQ(ear.answer(1).what, Answer::What::denied);
    EXPECT_EQ(desk.show(id(1))->state, State::expired);
}

TEST(ApprovalDesk, WakesByItselfWhenSomethingRunsOut) {
    fakes::ApprovalWorld world;
    // A clock that moves by a third of the ticket's life whenever it is looked at.
    std::atomic<std::int64_t> now = kNow;
    auto options = world.options();
    options.wall_now = [&] { return now += 1'000'000; };
    ApprovalDesk desk({}, options);
    Ear ear(2);
    Ask brief = ask();
    brief.ticket_life = 3ms;
    desk.ask(brief, 1, ear.told());
    EXPECT_EQ(ear.answer(1).what, Answer::What::denied);
}

TEST(ApprovalDesk, EndsAtItsStartWhatRanOutMeanwhile) {
    fakes::ApprovalWorld world;
    world.now = kNow + kLife;
    ApprovalDesk desk({approval::support::request_in(State::pending)}, world.options());
    EXPECT_EQ(desk.show(id(1))->state, State::expired);
    EXPECT_EQ(world.reasons(), std::vector<std::string>{"expired"});
}

// Holds the desk's thread inside the recording of its first event.
class Gate {
  public:
    std::function<Status(const NamedEvent&)> record() {
        return [this](const NamedEvent&) {
            if (!begun_) {
                begun_ = true;
                begin_.set_value();
                opened_.get_future().wait();
            }
            return ok();
        };
    }
    void wait() { begin_.get_future().wait(); }
    void open() { opened_.set_value(); }

  private:
    bool begun_ = false;
    std::promise<void> begin_, opened_;
};

TEST(ApprovalDesk, WhatIsTooMuchIsAnsweredFromItsThreadToo) {
    fakes::ApprovalWorld world;
    Gate gate;
    auto options = world.options();
    options.record = gate.record();
    ApprovalDesk desk({}, options);
    Ear first(2);
    desk.ask(ask(), 0, first.told());
    gate.wait();
    std::vector<std::thread::id> threads;
    std::vector<Answer> answers;
    const std::uint64_t count = limits::approval_jobs_max + 2;
    for (std::uint64_t n = 1; n <= count; ++n)
        desk.ask(ask(), n, [&](Answer answer) {
            threads.push_back(std::this_thread::get_id());
            answers.push_back(std::move(answer));
        });
    EXPECT_EQ(desk.list({}).error(),
              (Error{Errc::unavailable, "too many requests for approval come in"}));
    EXPECT_TRUE(answers.empty()) << "nobody is told inside ask()";
    for (std::uint64_t n = 1; n <= count; ++n) desk.leave(ask().session, n, true);
    gate.open();
    EXPECT_EQ(first.answer(0).what, Answer::What::waiting);
    while (!desk.list({})) std::this_thread::yield();
    ASSERT_EQ(answers.size(), count);
    for (std::uint64_t n = 0; n < count; ++n)
        EXPECT_EQ(answers[n].what, n < limits::approval_jobs_max ? Answer::What::waiting
                                                                 : Answer::What::unavailable);
    EXPECT_EQ(std::set(threads.begin(), threads.end()).count(std::this_thread::get_id()), 0u);
    // None of the leaves was lost: the first alone still waits.
    desk.leave(ask().session, 0, true);
    EXPECT_EQ(desk.show(id(1))->state, State::cancelled);
}

TEST(ApprovalDesk, WhatItDidNotBeginIsUnavailableWhenItCloses) {
    fakes::ApprovalWorld world;
    std::promise<void> begun, filled;
    ApprovalDesk* at = nullptr;
    auto options = world.options();
    options.record = [&](const NamedEvent&) {
        begun.set_value();
        filled.get_future().wait();
        // Full queues are refused at once, closed ones by other words.
        while (at->list({}).error().context != "the daemon stops") std::this_thread::yield();
        return ok();
    };
    auto desk = std::make_unique<ApprovalDesk>(std::vector<Request>{}, options);
    at = desk.get();
    Ear first(1);
    desk->ask(ask(), 0, first.told());
    begun.get_future().wait();
    std::vector<Answer> answers;
    for (std::uint64_t n = 1; n <= limits::approval_jobs_max; ++n)
        desk->ask(ask(), n, [&](Answer answer) { answers.push_back(std::move(answer)); });
    desk->leave(ask().session, 0, true);
    filled.set_value();
    desk.reset();
    EXPECT_EQ(first.answer(0).what, Answer::What::waiting);
    EXPECT_EQ(answers, std::vector<Answer>(limits::approval_jobs_max,
                                           {Answer::What::unavailable, "", "the daemon stops"}));
    EXPECT_EQ(world.kept.size(), 1u);
    EXPECT_EQ(world.kept[id(1)].state, State::pending) << "for after the restart";
}

// All at once; what each was answered.
std::vector<Result<Request>> vote_at_once(ApprovalDesk& desk, const std::vector<Voter>& voters,
                                          const std::function<Ballot(std::size_t)>& ballot) {
    std::vector<std::future<Result<Request>>> votes;
    std::promise<void> go;
    const std::shared_future<void> gone = go.get_future().share();
    for (std::size_t i = 0; i < voters.size(); ++i)
        votes.push_back(std::async(std::launch::async, [&, i] {
            gone.wait();
            return desk.vote(id(1), voters[i], ballot(i), "");
        }));
    go.set_value();
    std::vector<Result<Request>> results;
    for (auto& vote : votes) results.push_back(vote.get());
    return results;
}

TEST(ApprovalDesk, OfManyVotesAtOnceOneDecides) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    Ear ear(2);
    desk.ask(ask(), 1, ear.told());
    std::vector<Voter> voters;
    for (int i = 0; i < 8; ++i) voters.push_back(owner("owner" + std::to_string(i)));
    const auto ballot = [](std::size_t i) { return i % 2 == 0 ? Ballot::approve : Ballot::deny; };
    const auto results = vote_at_once(desk, voters, ballot);
    std::size_t decided = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (!results[i]) {
            EXPECT_EQ(results[i].error(), error_of(approval::Refusal::not_pending));
            continue;
        }
        ++decided;
        const bool approved = ballot(i) == Ballot::approve;
        EXPECT_EQ(results[i]->state, approved ? State::approved : State::denied);
        EXPECT_EQ(ear.answer(1).what, approved ? Answer::What::passed : Answer::What::denied);
    }
    EXPECT_EQ(decided, 1u);
    EXPECT_EQ(desk.show(id(1))->votes.size(), 1u);
}

TEST(ApprovalDesk, OneHumanVotesOnceHoweverManyTerminalsTheyHave) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    Ear ear(1);
    Ask wish = ask();
    wish.requirements[0].count = 2;
    desk.ask(wish, 1, ear.told());
    const std::vector<Voter> voters{owner("bob"), owner("Bob"), owner("bob"), owner("BOB")};
    const auto results = vote_at_once(desk, voters, [](std::size_t) { return Ballot::approve; });
    std::size_t counted = 0;
    for (const auto& result : results) {
        if (result)
            ++counted;
        else
            EXPECT_EQ(result.error(), error_of(approval::Refusal::voted_already));
    }
    EXPECT_EQ(counted, 1u);
    EXPECT_EQ(desk.show(id(1))->state, State::pending);
}

TEST(ApprovalDesk, ManyThreadsAskForOneTicketAndOnePasses) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    std::atomic<int> passed = 0, waiting = 0;
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::uint64_t n = 0; n < 50; ++n)
                desk.ask(ask(), 100 * t + n, [&](const Answer& answer) {
                    if (answer.what == Answer::What::passed) ++passed;
                    if (answer.what == Answer::What::waiting) ++waiting;
                });
        });
    for (auto& thread : threads) thread.join();
    ASSERT_TRUE(desk.vote(id(1), owner("bob"), Ballot::approve, ""));
    EXPECT_TRUE(desk.list({}));
    EXPECT_EQ(passed, 1);
    EXPECT_EQ(waiting, 200 + 199);
}

TEST(ApprovalDesk, RandomIdsAreIdsAndDiffer) {
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        const std::string one = random_request_id();
        EXPECT_TRUE(approval::is_id(one)) << one;
        ids.insert(one);
    }
    EXPECT_EQ(ids.size(), 100u);
}

// With the real store, over a restart.
TEST(ApprovalDesk, GoesOnAfterARestartWhereItStood) {
    const tests::TempDirectory directory;
    fakes::ApprovalWorld world;
    const auto run = [&](const std::function<void(ApprovalDesk&)>& what) {
        auto store = store::ApprovalsStore::open(directory.path() / "approvals.db");
        ASSERT_TRUE(store) << store.error().context;
        auto kept = (*store)->load();
        ASSERT_TRUE(kept) << kept.error().context;
        auto options = world.options();
        options.fresh_id = random_request_id;
        options.keep = [&](auto requests, const auto& recorded) {
            return (*store)->put(requests, recorded);
        };
        ApprovalDesk desk(*std::move(kept), options);
        what(desk);
    };
    std::string ticket;
    run([&](ApprovalDesk& desk) {
        Ear ear(1);
        desk.ask(ask(), 1, ear.told());
        ticket = ear.answer(0).id;
        desk.leave(ask().session, 1, false);
    });
    run([&](ApprovalDesk& desk) {
        ASSERT_TRUE(desk.vote(ticket, owner("bob"), Ballot::approve, ""));
    });
    run([&](ApprovalDesk& desk) {
        Ear ear(1);
        desk.ask(ask(), 1, ear.told());
        EXPECT_EQ(ear.answer(0).what, Answer::What::passed);
        EXPECT_EQ(desk.show(ticket)->state, State::used);
    });
    run([&](ApprovalDesk& desk) {
        Ear ear(1);
        desk.ask(ask(), 1, ear.told());
        EXPECT_EQ(ear.answer(0).what, Answer::What::waiting);
        EXPECT_EQ(desk.show(ticket)->state, State::used);
    });
}

}  // namespace
}  // namespace sluice::app
