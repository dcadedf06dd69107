#include "app/approval_clerk.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "approval/approvals.h"
#include "base/limits.h"
#include "base/time.h"
#include "store/approvals_store.h"
#include "unit/app/approval_fakes.h"
#include "unit/store/faulty_vfs.h"
#include "unit/store/support.h"

namespace sluice::app {
namespace {

using namespace approval::support;
using approval::Ballot;
using approval::Happening;
using approval::Refusal;
using approval::Request;
using approval::State;
using fakes::Asker;
using Failing = fakes::ApprovalWorld::Failing;
using Leaving = ApprovalClerk::Leaving;
using Reasons = std::vector<std::string>;
using Told = std::vector<std::pair<approval::Answer::What, std::string>>;
constexpr auto waiting = approval::Answer::What::waiting;
constexpr auto passed = approval::Answer::What::passed;
constexpr auto denied = approval::Answer::What::denied;
constexpr auto unavailable = approval::Answer::What::unavailable;

class Clerk : public testing::Test {
  protected:
    // Session n asks with the number n.
    void ask(std::uint64_t n, approval::Ask wish = approval::support::ask()) {
        wish.session = n;
        clerk.ask(wish, n, [this, n](approval::Answer answer) {
            world.order.push_back("told " + std::to_string(static_cast<int>(answer.what)));
            askers[n].answers.push_back(std::move(answer));
        });
    }
    Told told(std::uint64_t n) { return askers[n].told(); }
    Result<Request> vote(std::uint8_t n, const std::string& human,
                         Ballot ballot = Ballot::approve) {
        return clerk.vote(id(n), owner(human), ballot, "as agreed");
    }
    State state(std::uint8_t n) { return clerk.approvals().find(id(n))->state; }
    // What the machine has is what the store has.
    void expect_in_step() {
        for (const auto& request :
             clerk.approvals().list({approval::Filter::Which::all, {}, {}, {}}))
            EXPECT_EQ(world.kept[request.id], request);
        EXPECT_EQ(world.kept.size(),
                  clerk.approvals().list({approval::Filter::Which::all, {}, {}, {}}).size());
    }

    fakes::ApprovalWorld world;
    std::map<std::uint64_t, Asker> askers;
    ApprovalClerk clerk{{}, world.options()};
};

TEST_F(Clerk, RecordsEachStepBeforeAnybodyIsTold) {
    ask(1);
    ASSERT_TRUE(vote(1, "bob"));
    EXPECT_EQ(world.order, (Reasons{"write", "event requested", "commit", "told 0",             //
                                    "write", "event vote_approve", "event approved", "commit",  //
                                    "write", "event used", "commit", "told 1"}));
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}, {passed, id(1)}}));
    EXPECT_EQ(state(1), State::used);
    expect_in_step();
}

TEST_F(Clerk, ATicketWithNobodyWaitingStaysForTheRetry) {
    ask(1);
    clerk.leave(1, 1, Leaving::comes_again);
    ASSERT_TRUE(vote(1, "bob"));
    EXPECT_EQ(state(1), State::approved);
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}}));
    ask(2);
    EXPECT_EQ(told(2), (Told{{passed, id(1)}}));
    ask(3);
    EXPECT_EQ(told(3).front().first, waiting);
    EXPECT_NE(told(3).front().second, id(1));
}

TEST_F(Clerk, OneOfManyWaitersPassesAndTheOthersWaitOnANewRequest) {
    for (const std::uint64_t n : {5, 3, 4}) ask(n);
    clerk.leave(5, 5, Leaving::gone);
    ASSERT_TRUE(vote(1, "bob"));
    EXPECT_EQ(told(5), (Told{{waiting, id(1)}}));
    EXPECT_EQ(told(3), (Told{{waiting, id(1)}, {passed, id(1)}}));
    ASSERT_EQ(told(4).size(), 2u);
    const std::string next = told(4)[1].second;
    EXPECT_EQ(told(4), (Told{{waiting, id(1)}, {waiting, next}}));
    EXPECT_NE(next, id(1));
    EXPECT_EQ(clerk.approvals().find(next)->state, State::pending);
    EXPECT_EQ(clerk.counters().waiting, 1u);
    ASSERT_TRUE(clerk.vote(next, owner("carol"), Ballot::approve, ""));
    EXPECT_EQ(told(4).back(), (std::pair{passed, next}));
    expect_in_step();
}

TEST_F(Clerk, EveryWaiterWithAnUnusedUnitPasses) {
    ask(1, ask_for_unit("partition 1"));
    ask(2, ask_for_unit("partition 2"));
    ask(3, ask_for_unit("partition 1"));
    ASSERT_TRUE(vote(1, "bob"));
    EXPECT_EQ(told(1).back(), (std::pair{passed, id(1)}));
    EXPECT_EQ(told(2).back(), (std::pair{passed, id(1)}));
    EXPECT_EQ(told(3).back().first, waiting);
    EXPECT_NE(told(3).back().second, id(1));
    EXPECT_EQ(state(1), State::approved);
    EXPECT_EQ(world.events.back().event.reason, "requested");
    const auto& used = world.events[world.events.size() - 2].event;
    EXPECT_EQ(used.reason, "used");
    EXPECT_EQ(used.resource, "orders: partition 2");
    EXPECT_EQ(used.session, 2u);
    expect_in_step();
}

TEST_F(Clerk, ADenialEndsTheWaitOfAll) {
    ask(1);
    ask(2);
    ASSERT_TRUE(vote(1, "bob", Ballot::deny));
    for (const std::uint64_t n : {1, 2})
        EXPECT_EQ(told(n), (Told{{waiting, id(1)}, {denied, id(1)}}));
    EXPECT_EQ(askers[1].answers.back().message, id(1) + " was denied: as agreed");
    EXPECT_EQ(world.events.back().event.outcome, audit::Outcome::refused);
    EXPECT_EQ(clerk.counters().waiting, 0u);
}

TEST_F(Clerk, TheLastToGoCancels) {
    ask(1);
    ask(2);
    clerk.leave(1, 1, Leaving::gone);
    EXPECT_EQ(state(1), State::pending);
    clerk.leave(2, 2, Leaving::gone);
    EXPECT_EQ(state(1), State::cancelled);
    EXPECT_EQ(world.reasons(), (Reasons{"requested", "cancelled"}));
    clerk.leave(2, 2, Leaving::gone);  // again, and of nobody
    clerk.leave(9, 9, Leaving::gone);
    EXPECT_EQ(world.reasons().size(), 2u);
    EXPECT_EQ(told(2), (Told{{waiting, id(1)}}));
}

TEST_F(Clerk, WhatSomebodyComesAgainForIsNotCancelled) {
    ask(1);
    ask(2);
    clerk.leave(1, 1, Leaving::comes_again);
    clerk.leave(2, 2, Leaving::gone);
    EXPECT_EQ(state(1), State::pending);
}

TEST_F(Clerk, WhatRunsOutEndsTheWait) {
    ask(1);
    EXPECT_EQ(clerk.next_expiry(), kNow + kLife);
    world.now += kLife;
    clerk.expire();
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}, {denied, id(1)}}));
    EXPECT_EQ(askers[1].answers.back().message, "nobody decided " + id(1) + " in time");
    EXPECT_EQ(state(1), State::expired);
    EXPECT_EQ(clerk.next_expiry(), std::nullopt);
    expect_in_step();
}

TEST_F(Clerk, HoweverManyRunOutTogetherAllEnd) {
    approval::Ask wish = approval::support::ask();
    const std::uint64_t count = 2 * limits::approval_expired_at_once_max + 1;
    ASSERT_GT(limits::approval_requests_per_principal_max, count - 2);
    for (std::uint64_t n = 1; n <= count; ++n) {
        wish.digest.bytes[1] = static_cast<std::uint8_t>(n);
        wish.principal = n % 2 == 0 ? "user:alice" : "user:zoe";
        ask(n, wish);
    }
    world.now += kLife;
    clerk.expire();
    for (std::uint64_t n = 1; n <= count; ++n) EXPECT_EQ(told(n).back().first, denied);
    EXPECT_EQ(clerk.counters().happened[static_cast<std::size_t>(Happening::expired)], count);
}

TEST_F(Clerk, ARevokedTicketPassesNothing) {
    ask(1);
    clerk.leave(1, 1, Leaving::comes_again);
    ASSERT_TRUE(vote(1, "bob"));
    const auto revoked = clerk.revoke(id(1), owner("carol"), "wrong topic");
    ASSERT_TRUE(revoked);
    EXPECT_EQ(revoked->state, State::revoked);
    const NamedEvent& named = world.events.back();
    EXPECT_EQ(named.event.reason, "revoked");
    EXPECT_EQ(named.actor->human, "carol");
    EXPECT_EQ(named.actor->comment, "wrong topic");
    EXPECT_EQ(named.event.outcome, audit::Outcome::ok);
    ask(2);
    EXPECT_EQ(told(2).back().first, waiting);
}

TEST_F(Clerk, AnEventSaysWhoAskedForWhatAndWhoVoted) {
    approval::Ask wish = approval::support::ask();
    wish.requirements.push_back({"second", {"owners"}, {}, 1});
    ask(1, wish);
    world.now += 7;
    ASSERT_TRUE(vote(1, "bob"));
    NamedEvent named;
    audit::Event& expected = named.event;
    expected.type = audit::EventType::approval;
    expected.outcome = audit::Outcome::ok;
    expected.wall_ns = kNow + 7;
    expected.session = 1;
    expected.cluster = "east";
    named.subject.emplace();
    named.subject->principal = "user:alice";
    named.subject->human = "alice@example.org";
    named.subject->client_id = "admin-cli";
    expected.operation = "topic.delete";
    expected.resource = "orders";
    expected.reason = "vote_approve";
    expected.rules = "topic-lifecycle,second";
    expected.ticket = id(1);
    named.actor.emplace();
    named.actor->human = "bob";
    named.actor->comment = "as agreed";
    ASSERT_EQ(world.reasons(), (Reasons{"requested", "vote_approve", "approved", "used"}));
    EXPECT_EQ(world.events[1], named);
}

TEST_F(Clerk, NobodyDecidesOnTheirOwnWishUnderAnotherName) {
    ask(1);
    const approval::Voter other_self{
        "ALICE@example.org", "user:alice-admin", {"owners"}, true, true};
    for (const Ballot ballot : {Ballot::approve, Ballot::deny})
        EXPECT_EQ(clerk.vote(id(1), other_self, ballot, "").error(),
                  error_of(Refusal::self_approval));
    const approval::Voter nobody{"", "user:root", {"owners"}, true, true};
    EXPECT_EQ(clerk.vote(id(1), nobody, Ballot::approve, "").error(), error_of(Refusal::no_human));
    EXPECT_EQ(state(1), State::pending);
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}}));
    EXPECT_EQ(world.reasons(), Reasons{"requested"});
}

TEST_F(Clerk, NobodyPassesBeforeTheLastVoteThatIsNeeded) {
    approval::Ask wish = approval::support::ask();
    wish.requirements[0].count = 2;
    ask(1, wish);
    ASSERT_TRUE(vote(1, "bob"));
    EXPECT_EQ(vote(1, "Bob").error(), error_of(Refusal::voted_already));
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}}));
    EXPECT_EQ(state(1), State::pending);
    ASSERT_TRUE(vote(1, "carol"));
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}, {passed, id(1)}}));
}

TEST_F(Clerk, ATicketThatRanOutPassesNobody) {
    ask(1);
    clerk.leave(1, 1, Leaving::comes_again);
    ASSERT_TRUE(vote(1, "bob"));
    world.now += kLife;
    ask(2);  // before anybody looked for what ran out
    EXPECT_EQ(told(2), (Told{{waiting, id(2)}}));
    clerk.expire();
    EXPECT_EQ(state(1), State::expired);
    EXPECT_EQ(state(2), State::pending);
    expect_in_step();
}

TEST_F(Clerk, ARefusedVoteIsCountedByItsReason) {
    ask(1);
    const auto own = clerk.vote(id(1), owner("Alice@Example.org"), Ballot::approve, "");
    ASSERT_FALSE(own);
    EXPECT_EQ(own.error().code, Errc::denied);
    EXPECT_TRUE(own.error().context.starts_with("self_approval: ")) << own.error().context;
    ASSERT_FALSE(clerk.vote("R-ZZZZZZZZ", owner("bob"), Ballot::approve, ""));
    ASSERT_FALSE(clerk.revoke(id(1), owner("bob"), ""));
    const auto counters = clerk.counters();
    for (std::size_t i = 0; i < approval::kRefusals; ++i) {
        const auto refusal = static_cast<Refusal>(i);
        const bool expected = refusal == Refusal::self_approval ||
                              refusal == Refusal::unknown_request ||
                              refusal == Refusal::not_approved;
        EXPECT_EQ(counters.refused[i], expected ? 1u : 0u) << name(refusal);
    }
    EXPECT_EQ(counters.pending, 1u);
    EXPECT_EQ(counters.waiting, 1u);
    EXPECT_EQ(world.reasons(), Reasons{"requested"});
}

// -- The store or the audit log fails

class FailingClerk : public Clerk, public testing::WithParamInterface<Failing> {};

TEST_P(FailingClerk, NobodyWaitsOnWhatIsNotKept) {
    world.failing = GetParam();
    ask(1);
    EXPECT_EQ(told(1), (Told{{unavailable, ""}}));
    EXPECT_EQ(clerk.counters().failures, 1u);
    EXPECT_EQ(clerk.counters().unavailable, 1u);
    EXPECT_EQ(clerk.counters().pending, 0u);
    expect_in_step();
    world.failing = Failing::nothing;
    ask(2);
    EXPECT_EQ(told(2).back().first, waiting);
    expect_in_step();
}

TEST_P(FailingClerk, AVoteThatCannotBeRecordedDidNotHappen) {
    ask(1);
    world.failing = GetParam();
    const auto lost = vote(1, "bob");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error(),
              (Error{Errc::unavailable, "it could not be recorded and did not happen"}));
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}}));
    EXPECT_TRUE(clerk.approvals().find(id(1))->votes.empty());
    expect_in_step();
    world.failing = Failing::nothing;
    ASSERT_TRUE(vote(1, "bob"));  // the same human may vote
    EXPECT_EQ(told(1).back(), (std::pair{passed, id(1)}));
    expect_in_step();
}

TEST_P(FailingClerk, ATicketThatCannotBeUsedUpPassesNothingAndStays) {
    ask(1);
    clerk.leave(1, 1, Leaving::comes_again);
    ASSERT_TRUE(vote(1, "bob"));
    world.failing = GetParam();
    ask(2);
    EXPECT_EQ(told(2), (Told{{unavailable, ""}}));
    EXPECT_EQ(state(1), State::approved);
    expect_in_step();
    world.failing = Failing::nothing;
    ask(3);
    EXPECT_EQ(told(3), (Told{{passed, id(1)}}));
}

TEST_P(FailingClerk, ARevocationThatCannotBeRecordedDidNotHappen) {
    ask(1);
    clerk.leave(1, 1, Leaving::comes_again);
    ASSERT_TRUE(vote(1, "bob"));
    world.failing = GetParam();
    EXPECT_FALSE(clerk.revoke(id(1), owner("bob"), ""));
    EXPECT_EQ(state(1), State::approved);
    expect_in_step();
}

TEST_P(FailingClerk, ACancellationThatCannotBeRecordedLeavesItPending) {
    ask(1);
    world.failing = GetParam();
    clerk.leave(1, 1, Leaving::gone);
    EXPECT_EQ(state(1), State::pending);
    expect_in_step();
}

TEST_P(FailingClerk, AnEndThatCannotBeRecordedIsTriedAgainAfterAWhile) {
    ask(1);
    world.failing = GetParam();
    world.now += kLife;
    clerk.expire();
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}}));
    EXPECT_EQ(clerk.next_expiry(), world.now + nanoseconds(limits::approval_retry_interval));
    clerk.expire();
    EXPECT_EQ(clerk.counters().failures, 1u) << "not before its time";
    EXPECT_EQ(vote(1, "bob").error().context.substr(0, 11), "not_pending");
    world.failing = Failing::nothing;
    world.now += nanoseconds(limits::approval_retry_interval);
    clerk.expire();
    EXPECT_EQ(told(1).back(), (std::pair{denied, id(1)}));
    expect_in_step();
}

TEST_P(FailingClerk, AClockThatWasSetBackDoesNotPutTheNextAttemptOff) {
    ask(1);
    world.failing = GetParam();
    world.now += 3 * kLife;
    clerk.expire();
    world.failing = Failing::nothing;
    world.now -= kLife;
    clerk.expire();
    EXPECT_EQ(state(1), State::expired);
}

INSTANTIATE_TEST_SUITE_P(Each, FailingClerk,
                         testing::Values(Failing::write, Failing::audit, Failing::commit));

TEST_F(Clerk, WhatTheAuditLogWasToldAndDidNotHappenIsTakenBack) {
    ask(1);
    world.failing = Failing::commit;
    ASSERT_FALSE(vote(1, "bob"));
    EXPECT_EQ(world.reasons(),
              (Reasons{"requested", "vote_approve", "approved", "no vote_approve", "no approved"}));
}

TEST_F(Clerk, TheAuditLogMayFailBetweenTwoEventsOfOneVote) {
    ask(1);
    world.audit_events_left = 1;
    ASSERT_FALSE(vote(1, "bob"));
    EXPECT_EQ(world.reasons(), (Reasons{"requested", "vote_approve"}));
    EXPECT_EQ(state(1), State::pending);
    expect_in_step();
}

// A clerk at the real store, whose every operation on the file may fail.
class StoredClerk {
  public:
    explicit StoredClerk(int nth) { vfs_.fail(nth, store::testing::FaultyVfs::Lasting::once); }

    // Asks until it is not refused.
    const Asker& ask() {
        do {
            Asker& asker = askers_.emplace_back();
            clerk_.ask(approval::support::ask(), askers_.size(), [&asker](approval::Answer answer) {
                asker.answers.push_back(std::move(answer));
            });
        } while (was_refused(askers_.back()) && vfs_.has_failed());
        return askers_.back();
    }
    void vote(const std::string& id, Ballot ballot) {
        auto done = clerk_.vote(id, owner("bob"), ballot, "");
        if (done) return;
        ++refused_;
        EXPECT_EQ(done.error().code, Errc::unavailable);
        EXPECT_TRUE(clerk_.approvals().find(id)->votes.empty());
        EXPECT_TRUE(clerk_.vote(id, owner("bob"), ballot, ""));
    }
    bool was_refused(const Asker& asker) {
        if (asker.answers.back().what != unavailable) return false;
        ++refused_;
        return true;
    }
    State state(const std::string& id) { return clerk_.approvals().find(id)->state; }
    // What a restart finds.
    std::map<std::string, Request> kept() {
        vfs_.heal();
        store_.reset();  // it is one process' at a time
        store_ = open();
        std::map<std::string, Request> found;
        const auto loaded = store_->load();
        EXPECT_TRUE(loaded);
        for (const auto& request : *loaded) found.emplace(request.id, request);
        return found;
    }
    std::map<std::string, Request> known() {
        std::map<std::string, Request> found;
        for (const auto& request :
             clerk_.approvals().list({approval::Filter::Which::all, {}, {}, {}}))
            found.emplace(request.id, request);
        return found;
    }
    [[nodiscard]] bool has_failed() const { return vfs_.has_failed(); }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    [[nodiscard]] ApprovalCounters counters() const { return clerk_.counters(); }

  private:
    [[nodiscard]] std::unique_ptr<store::ApprovalsStore> open() const {
        auto store = store::ApprovalsStore::open(directory_.file());
        EXPECT_TRUE(store) << store.error().context;
        return *std::move(store);
    }
    ApprovalOptions options() {
        ApprovalOptions options = world_.options();
        options.keep = [this](auto requests, const auto& recorded) {
            return store_->put(requests, recorded);
        };
        return options;
    }

    store::testing::TempDirectory directory_;
    store::testing::FaultyVfs vfs_;
    std::unique_ptr<store::ApprovalsStore> store_ = open();
    fakes::ApprovalWorld world_;
    ApprovalClerk clerk_{{}, options()};
    std::deque<Asker> askers_;
    std::uint64_t refused_ = 0;
};

TEST(ClerkAtAFailingStore, DeniesAndSaysSoWhateverOperationOnTheFileFails) {
    std::uint64_t refused = 0;
    for (int nth = 0; !testing::Test::HasFailure(); ++nth) {
        SCOPED_TRACE(nth);
        StoredClerk at(nth);
        const Asker& first = at.ask();
        ASSERT_EQ(first.answers.back().what, waiting);
        const std::string ticket = first.answers.back().id;
        at.vote(ticket, Ballot::approve);
        if (at.was_refused(first)) {  // the ticket could not be used up, and is not
            EXPECT_EQ(at.state(ticket), State::approved);
            EXPECT_EQ(at.ask().answers.back().what, passed);
        } else {
            EXPECT_EQ(first.told(), (Told{{waiting, ticket}, {passed, ticket}}));
        }
        EXPECT_EQ(at.state(ticket), State::used);
        const Asker& second = at.ask();
        const std::string other = second.answers.back().id;
        EXPECT_NE(other, ticket);
        at.vote(other, Ballot::deny);
        EXPECT_EQ(second.told(), (Told{{waiting, other}, {denied, other}}));
        EXPECT_EQ(at.counters().failures, at.refused()) << "whoever it failed for was told";
        refused += at.refused();
        const bool reached_end = !at.has_failed();
        EXPECT_EQ(at.kept(), at.known());
        if (reached_end) break;
    }
    EXPECT_GT(refused, 10u);
}

// -- Limits and restarts

TEST_F(Clerk, ASecondAskOfOneNumberIsRefused) {
    ask(1);
    ask(1);
    EXPECT_EQ(told(1), (Told{{waiting, id(1)}, {unavailable, ""}}));
    EXPECT_EQ(clerk.counters().waiting, 1u);
}

TEST_F(Clerk, NoMoreWaitThanThereMayBe) {
    for (std::uint64_t n = 1; n <= limits::approval_waiters_max; ++n) {
        world.next_id = 2;
        ask(n);
    }
    EXPECT_EQ(clerk.counters().waiting, limits::approval_waiters_max);
    ask(limits::approval_waiters_max + 1);
    EXPECT_EQ(told(limits::approval_waiters_max + 1), (Told{{unavailable, ""}}));
}

TEST_F(Clerk, AnIdThatIsTakenIsNotTakenAgain) {
    ask(1);
    world.next_id = 1;
    ask(2, ask_for_unit("x"));
    EXPECT_EQ(told(2), (Told{{waiting, id(2)}}));
    fakes::ApprovalWorld stuck;
    auto options = stuck.options();
    options.fresh_id = [] { return id(1); };
    ApprovalClerk other({approval::support::request_in(State::pending)}, options);
    Asker asker;
    other.ask(ask_for_unit("x"), 1,
              [&](approval::Answer answer) { asker.answers.push_back(std::move(answer)); });
    EXPECT_EQ(asker.told(), (Told{{unavailable, ""}}));
}

TEST_F(Clerk, AfterARestartAWishWhoseClientLeftIsStillOver) {
    ask(1);
    clerk.leave(1, 1, Leaving::gone);
    ApprovalClerk after({world.kept[id(1)]}, world.options());
    EXPECT_EQ(after.vote(id(1), owner("bob"), Ballot::approve, "").error(),
              error_of(Refusal::not_pending));
    Asker asker;
    after.ask(approval::support::ask(), 1,
              [&](approval::Answer answer) { asker.answers.push_back(std::move(answer)); });
    EXPECT_EQ(asker.told(), (Told{{waiting, id(2)}}));
}

TEST_F(Clerk, AfterARestartARetryFindsWhatWaited) {
    ask(1);
    std::vector<Request> kept;
    for (const auto& [key, request] : world.kept) kept.push_back(request);
    ApprovalClerk after(kept, world.options());
    Asker asker;
    const auto listen = [&](approval::Answer answer) {
        asker.answers.push_back(std::move(answer));
    };
    after.ask(approval::support::ask(), 1, listen);
    after.leave(approval::support::ask().session, 1, Leaving::gone);
    EXPECT_EQ(after.approvals().find(id(1))->state, State::pending)
        << "the one of before may come again";
    after.ask(approval::support::ask(), 2, listen);
    ASSERT_TRUE(after.vote(id(1), owner("bob"), Ballot::approve, ""));
    EXPECT_EQ(asker.told(), (Told{{waiting, id(1)}, {waiting, id(1)}, {passed, id(1)}}));
}

}  // namespace
}  // namespace sluice::app
