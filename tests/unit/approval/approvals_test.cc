#include "approval/approvals.h"

#include <gtest/gtest.h>

#include "unit/approval/support.h"

namespace sluice::approval {
namespace {

using namespace support;
using What = Answer::What;
using Happenings = std::vector<Happening>;

TEST(Approvals, ARequestWaitsIsApprovedAndPassesOnce) {
    Approvals approvals;
    const Asked asked = ask_now(approvals, ask(), kNow, 1);
    EXPECT_EQ(asked.what, What::waiting);
    EXPECT_EQ(asked.id, id(1));
    EXPECT_EQ(happenings(asked.change), Happenings{Happening::requested});
    EXPECT_EQ(happenings(vote(approvals, id(1), owner("bob"))),
              (Happenings{Happening::vote_approve, Happening::approved}));

    Ask again = ask();
    again.session = 22;
    again.client_id = "other";
    const Asked passed = ask_now(approvals, again, kNow + 1, 2);
    EXPECT_EQ(passed.what, What::passed);
    EXPECT_EQ(passed.id, id(1));
    ASSERT_EQ(happenings(passed.change), Happenings{Happening::used});
    EXPECT_EQ(passed.change.transitions[0].session, 22u);
    EXPECT_EQ(passed.change.transitions[0].client_id, "other");
    EXPECT_EQ(passed.change.transitions[0].request.ask.session, 21u);

    const Asked third = ask_now(approvals, again, kNow + 2, 3);
    EXPECT_EQ(third.what, What::waiting);
    EXPECT_EQ(third.id, id(3));
}

TEST(Approvals, NothingChangesUntilItIsApplied) {
    Approvals approvals;
    const Asked asked = approvals.ask(ask(), kNow, id(1));
    EXPECT_EQ(approvals.find(id(1)), nullptr);
    EXPECT_EQ(approvals.next_expiry(), std::nullopt);
    approvals.apply(asked.change);
    const Request before = *approvals.find(id(1));
    (void)approvals.vote(id(1), owner("bob"), Ballot::approve, "", kNow);
    (void)approvals.cancel(id(1), kNow);
    (void)approvals.expire(kNow + kLife);
    EXPECT_EQ(*approvals.find(id(1)), before);
}

TEST(Approvals, AChangeDecidedOnAnOlderStateIsNotApplied) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    vote(approvals, id(1), owner("bob"));
    const Asked first = approvals.ask(ask(), kNow, id(2));
    const Asked second = approvals.ask(ask(), kNow, id(2));
    approvals.apply(first.change);
    EXPECT_DEATH(approvals.apply(second.change), "revision");
}

TEST(Approvals, TheSameWishWaitsOnTheSameRequest) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    Ask again = ask();
    again.session = 99;
    const Asked asked = ask_now(approvals, again, kNow + 1, 2);
    EXPECT_EQ(asked.what, What::waiting);
    EXPECT_EQ(asked.id, id(1));
    EXPECT_TRUE(asked.change.transitions.empty());
}

TEST(Approvals, AnotherWishIsAnotherRequest) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    vote(approvals, id(1), owner("bob"));
    std::vector<Ask> others(5, ask());
    others[0].digest.bytes[31] = 1;
    others[1].principal = "user:mallory";
    others[2].human = "mallory";
    others[3].cluster = "west";
    others[4].unit = "partition 1";
    for (const Ask& other : others) {
        const Asked asked = approvals.ask(other, kNow, id(2));
        EXPECT_EQ(asked.what, What::waiting);
        EXPECT_EQ(asked.id, id(2));
    }
}

TEST(Approvals, ATicketOfUnitsPassesEachUnitOnce) {
    Approvals approvals;
    ask_now(approvals, ask_for_unit("partition 1"), kNow, 1);
    EXPECT_EQ(ask_now(approvals, ask_for_unit("partition 2"), kNow, 2).id, id(1));
    vote(approvals, id(1), owner("bob"));
    const Asked two = ask_now(approvals, ask_for_unit("partition 2"), kNow, 2);
    EXPECT_EQ(two.what, What::passed);
    EXPECT_EQ(two.change.transitions[0].unit, "partition 2");
    EXPECT_EQ(ask_now(approvals, ask_for_unit("partition 1"), kNow, 2).what, What::passed);
    EXPECT_EQ(approvals.find(id(1))->state, State::approved);
    const Asked again = ask_now(approvals, ask_for_unit("partition 2"), kNow, 2);
    EXPECT_EQ(again.what, What::waiting);
    EXPECT_EQ(again.id, id(2));
    EXPECT_EQ(ask_now(approvals, ask_for_unit("partition 3"), kNow, 3).what, What::passed);
}

TEST(Approvals, NobodyVotesOnTheirOwnRequest) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    Voter alice = owner("ALICE@Example.org");
    alice.principal = "user:root";  // another principal of hers
    alice.is_admin = true;
    EXPECT_EQ(refusal(vote(approvals, id(1), alice)), Refusal::self_approval);
    EXPECT_EQ(refusal(vote(approvals, id(1), alice, Ballot::deny)), Refusal::self_approval);
    EXPECT_EQ(approvals.find(id(1))->votes.size(), 0u);
}

TEST(Approvals, WhoVotesMustBeAHumanAndAnApprover) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    const std::string long_name(limits::identity_name_bytes_max + 1, 'x');
    EXPECT_EQ(refusal(vote(approvals, id(1), owner(""))), Refusal::no_human);
    EXPECT_EQ(refusal(vote(approvals, id(1), owner(long_name))), Refusal::no_human);
    Voter outsider = owner("bob");
    outsider.groups = {"owner", "Owners"};
    EXPECT_EQ(refusal(vote(approvals, id(1), outsider)), Refusal::not_an_approver);
    Voter without_role = owner("bob");
    without_role.may_approve = false;
    without_role.is_admin = true;
    EXPECT_EQ(refusal(vote(approvals, id(1), without_role)), Refusal::not_an_approver);
    const Voter by_name{"bob", "user:root", {}, true, false};
    EXPECT_EQ(happenings(vote(approvals, id(1), by_name)),
              (Happenings{Happening::vote_approve, Happening::approved}));
}

TEST(Approvals, WhatNobodyAnswersForCanOnlyBeDenied) {
    Approvals approvals;
    Ask nobody = ask();
    nobody.human.clear();
    ask_now(approvals, nobody, kNow, 1);
    EXPECT_EQ(refusal(vote(approvals, id(1), owner("bob"))), Refusal::asker_unknown);
    EXPECT_EQ(happenings(vote(approvals, id(1), owner("bob"), Ballot::deny)),
              (Happenings{Happening::vote_deny, Happening::denied}));
}

TEST(Approvals, OneDenialDecidesWhateverWasApproved) {
    Approvals approvals;
    Ask two = ask();
    two.requirements[0].count = 2;
    ask_now(approvals, two, kNow, 1);
    EXPECT_EQ(happenings(vote(approvals, id(1), owner("bob"))),
              Happenings{Happening::vote_approve});
    EXPECT_EQ(refusal(vote(approvals, id(1), owner("BOB"))), Refusal::voted_already);
    const Verdict denial =
        apply(approvals, approvals.vote(id(1), owner("carol"), Ballot::deny, "no", kNow + 3));
    EXPECT_EQ(happenings(denial), (Happenings{Happening::vote_deny, Happening::denied}));
    const auto& transitions = std::get<Change>(denial).transitions;
    EXPECT_EQ(transitions[0].actor, "carol");
    EXPECT_EQ(transitions[0].comment, "no");
    EXPECT_EQ(transitions[1].actor, "");
    EXPECT_EQ(approvals.find(id(1))->ended_ns, kNow + 3);
    EXPECT_EQ(refusal(vote(approvals, id(1), owner("dave"))), Refusal::not_pending);
    EXPECT_EQ(approvals.ask(two, kNow, id(2)).id, id(2));
}

TEST(Approvals, EveryRequirementNeedsItsOwnHumans) {
    Approvals approvals;
    Ask both = ask();
    both.requirements = {{"owners", {"owners"}, {}, 2}, {"security", {"security"}, {}, 1}};
    ask_now(approvals, both, kNow, 1);
    Voter bob = owner("bob");
    bob.groups.emplace_back("security");  // counts for both
    EXPECT_EQ(happenings(vote(approvals, id(1), bob)), Happenings{Happening::vote_approve});
    const Voter sec{"sec", "user:sec", {"security"}, true, false};
    EXPECT_EQ(happenings(vote(approvals, id(1), sec)), Happenings{Happening::vote_approve});
    EXPECT_EQ(happenings(vote(approvals, id(1), owner("carol"))),
              (Happenings{Happening::vote_approve, Happening::approved}));
    const auto& votes = approvals.find(id(1))->votes;
    EXPECT_EQ(votes[0].meets, (std::vector<std::uint32_t>{0, 1}));
    EXPECT_EQ(votes[1].meets, (std::vector<std::uint32_t>{1}));
    EXPECT_EQ(votes[2].meets, (std::vector<std::uint32_t>{0}));
}

TEST(Approvals, VotesOnWhatIsNotThereAreRefused) {
    Approvals approvals;
    EXPECT_EQ(refusal(vote(approvals, id(1), owner("bob"))), Refusal::unknown_request);
    EXPECT_EQ(refusal(approvals.revoke(id(1), owner("bob"), "", kNow)), Refusal::unknown_request);
    ask_now(approvals, ask(), kNow, 1);
    vote(approvals, id(1), owner("bob"));
    EXPECT_EQ(refusal(vote(approvals, id(1), owner("carol"))), Refusal::not_pending);
}

TEST(Approvals, ACommentIsShortAndPrintable) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    const std::string longest(limits::approval_comment_bytes_max, 'c');
    for (const std::string& comment : {longest + "c", std::string("a\x1b[2J"), std::string("\xff")})
        EXPECT_EQ(refusal(approvals.vote(id(1), owner("bob"), Ballot::approve, comment, kNow)),
                  Refusal::bad_comment);
    apply(approvals, approvals.vote(id(1), owner("bob"), Ballot::approve, longest, kNow));
    EXPECT_EQ(approvals.find(id(1))->votes[0].comment, longest);
    EXPECT_EQ(refusal(approvals.revoke(id(1), owner("bob"), "\n", kNow)), Refusal::bad_comment);
}

TEST(Approvals, AnApprovedTicketCanBeRevokedByAdminsAndApprovers) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    const Voter admin{"root", "user:adm", {}, false, true};
    EXPECT_EQ(refusal(approvals.revoke(id(1), admin, "", kNow)), Refusal::not_approved);
    vote(approvals, id(1), owner("bob"));
    const Voter outsider{"eve", "user:eve", {"others"}, true, false};
    EXPECT_EQ(refusal(approvals.revoke(id(1), outsider, "", kNow)), Refusal::not_an_approver);
    EXPECT_EQ(refusal(approvals.revoke(id(1), Voter{"", "x", {"owners"}, true, true}, "", kNow)),
              Refusal::no_human);
    EXPECT_EQ(refusal(approvals.revoke(id(1), owner("carol"), "", kNow)), std::nullopt);
    const Verdict revoked = apply(approvals, approvals.revoke(id(1), admin, "oops", kNow + 1));
    ASSERT_EQ(happenings(revoked), Happenings{Happening::revoked});
    EXPECT_EQ(std::get<Change>(revoked).transitions[0].actor, "root");
    EXPECT_EQ(std::get<Change>(revoked).transitions[0].comment, "oops");
    EXPECT_EQ(ask_now(approvals, ask(), kNow + 1, 2).id, id(2));
}

TEST(Approvals, OnlyWhatWaitsIsCancelled) {
    Approvals approvals;
    EXPECT_TRUE(approvals.cancel(id(1), kNow).transitions.empty());
    ask_now(approvals, ask(), kNow, 1);
    const Change change = approvals.cancel(id(1), kNow + 1);
    EXPECT_EQ(happenings(change), Happenings{Happening::cancelled});
    approvals.apply(change);
    EXPECT_TRUE(approvals.cancel(id(1), kNow + 2).transitions.empty());
    EXPECT_EQ(refusal(vote(approvals, id(1), owner("bob"))), Refusal::not_pending);
    ask_now(approvals, ask(), kNow, 2);
    vote(approvals, id(2), owner("bob"));
    EXPECT_TRUE(approvals.cancel(id(2), kNow).transitions.empty());
}

TEST(Approvals, APendingRequestRunsOut) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    EXPECT_EQ(approvals.next_expiry(), kNow + kLife);
    EXPECT_TRUE(approvals.expire(kNow + kLife - 1).transitions.empty());
    // Nobody has said yet that it ended, and yet it is over.
    EXPECT_EQ(refusal(approvals.vote(id(1), owner("bob"), Ballot::approve, "", kNow + kLife)),
              Refusal::not_pending);
    EXPECT_EQ(approvals.ask(ask(), kNow + kLife, id(2)).id, id(2));
    approvals.apply(approvals.expire(kNow + kLife));
    EXPECT_EQ(approvals.find(id(1))->state, State::expired);
    EXPECT_EQ(approvals.next_expiry(), std::nullopt);
}

TEST(Approvals, RequestsThatRunOutTogetherEndSomeAtATime) {
    Approvals approvals;
    Ask wish = ask();
    for (std::uint8_t n = 1; n <= limits::approval_expired_at_once_max + 1; ++n) {
        wish.digest.bytes[1] = n;
        ask_now(approvals, wish, kNow, n);
    }
    for (const std::size_t expected :
         {limits::approval_expired_at_once_max, std::size_t{1}, std::size_t{0}}) {
        const Change change = approvals.expire(kNow + kLife);
        EXPECT_EQ(change.transitions.size(), expected);
        approvals.apply(change);
    }
}

TEST(Approvals, ATicketLivesFromItsApprovalOn) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    vote(approvals, id(1), owner("bob"), Ballot::approve, kNow + kLife - 1);
    EXPECT_EQ(approvals.next_expiry(), kNow + 2 * kLife - 1);
    EXPECT_EQ(approvals.ask(ask(), kNow + 2 * kLife - 2, id(2)).what, What::passed);
    EXPECT_EQ(approvals.ask(ask(), kNow + 2 * kLife - 1, id(2)).what, What::waiting);
    EXPECT_EQ(refusal(approvals.revoke(id(1), owner("bob"), "", kNow + 2 * kLife - 1)),
              Refusal::not_approved);
}

TEST(Approvals, NoTicketOutlivesTheLongestThereMayBe) {
    Approvals approvals;
    Ask forever = ask();
    forever.ticket_life = std::chrono::nanoseconds::max();
    ask_now(approvals, forever, kNow, 1);
    EXPECT_EQ(approvals.next_expiry(), kNow + nanoseconds(limits::ticket_max));
}

TEST(Approvals, TooManyRequestsAreRefused) {
    Approvals approvals({3, 2, 10});
    Ask wish = ask();
    const auto next = [&] {
        ++wish.digest.bytes[1];
        return ask_now(approvals, wish, kNow, wish.digest.bytes[1]);
    };
    EXPECT_EQ(next().what, What::waiting);
    EXPECT_EQ(next().what, What::waiting);
    Asked refused = next();
    EXPECT_EQ(refused.what, What::unavailable);
    EXPECT_EQ(refused.why, "too many requests of this principal wait");
    vote(approvals, id(1), owner("bob"));  // waits no longer
    EXPECT_EQ(next().what, What::waiting);
    wish.principal = "user:other";
    refused = next();
    EXPECT_EQ(refused.what, What::unavailable);
    EXPECT_EQ(refused.why, "too many requests wait");
    approvals.apply(approvals.cancel(id(2), kNow));
    EXPECT_EQ(next().what, What::waiting);
}

TEST(Approvals, AWishThatCannotBeShownOrDecidedIsRefused) {
    const Approvals approvals;
    Ask large = ask();
    large.resources = std::string(limits::approval_ask_bytes_max, 'x');
    Ask long_unit = ask_for_unit(std::string(limits::approval_unit_bytes_max + 1, 'x'));
    Ask free = ask();
    free.requirements.clear();
    Ask instant = ask();
    instant.ticket_life = 0s;
    for (const Ask& one : {large, long_unit, free, instant}) {
        const Asked asked = approvals.ask(one, kNow, id(1));
        EXPECT_EQ(asked.what, What::unavailable);
        EXPECT_FALSE(asked.why.empty());
        EXPECT_TRUE(asked.change.transitions.empty());
    }
}

TEST(Approvals, AnApproverSeesWhatWasAskedAndNothingHidden) {
    Approvals approvals;
    Ask wish = ask();
    wish.client_id = "a\x1b[2Jb";
    wish.resources =
        "orders,\u202e"
        "etirw";
    wish.details = "partitions 3\nrecords\t5";
    ask_now(approvals, wish, kNow, 1);
    const Ask& kept = approvals.find(id(1))->ask;
    EXPECT_EQ(kept.client_id, "a?[2Jb");
    EXPECT_EQ(kept.resources, "orders,???etirw");
    EXPECT_EQ(kept.details, "partitions 3\nrecords?5");
}

TEST(Approvals, EndedRequestsAreForgottenOldestFirst) {
    Approvals approvals({10, 10, 2});
    for (std::uint8_t n = 1; n <= 3; ++n) {
        ask_now(approvals, ask(), kNow + n, n);
        approvals.apply(approvals.cancel(id(n), kNow + n));
    }
    EXPECT_EQ(approvals.find(id(1)), nullptr);
    EXPECT_NE(approvals.find(id(2)), nullptr);
    EXPECT_NE(approvals.find(id(3)), nullptr);
}

TEST(Approvals, WhatIsLoadedGoesOnWhereItStood) {
    Approvals before;
    ask_now(before, ask(), kNow, 1);
    Ask other = ask();
    other.digest.bytes[2] = 1;
    ask_now(before, other, kNow, 2);
    vote(before, id(2), owner("bob"));
    ask_now(before, ask_for_unit("a"), kNow, 3);
    before.apply(before.cancel(id(3), kNow));
    Approvals after;
    after.load(before.list({Filter::Which::all, {}, {}, {}}));
    EXPECT_EQ(after.list({Filter::Which::all, {}, {}, {}}),
              before.list({Filter::Which::all, {}, {}, {}}));
    EXPECT_EQ(after.ask(ask(), kNow, id(4)).id, id(1));
    EXPECT_EQ(after.ask(other, kNow, id(4)).what, What::passed);
}

TEST(Approvals, AnApprovedRequestWithoutItsVotesPassesNothing) {
    Request forged = request_in(State::approved);
    forged.votes.clear();
    Approvals approvals;
    approvals.load({forged});
    EXPECT_EQ(approvals.ask(ask(), kNow, id(2)).what, What::waiting);
}

TEST(Approvals, ListsWhatIsAskedFor) {
    Approvals approvals;
    ask_now(approvals, ask(), kNow, 1);
    Ask west = ask();
    west.cluster = "west";
    west.principal = "user:zoe";
    ask_now(approvals, west, kNow + 1, 2);
    approvals.apply(approvals.cancel(id(2), kNow + 2));
    ask_now(approvals, ask_for_unit("a"), kNow + 3, 3);
    const auto ids = [&](const Filter& filter) {
        std::vector<std::string> found;
        for (const Request& request : approvals.list(filter)) found.push_back(request.id);
        return found;
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(ids({}), (Ids{id(3), id(1)}));
    EXPECT_EQ(ids({Filter::Which::all, {}, {}, {}}), (Ids{id(3), id(2), id(1)}));
    EXPECT_EQ(ids({Filter::Which::live, State::cancelled, {}, {}}), (Ids{id(2)}));
    EXPECT_EQ(ids({Filter::Which::all, {}, "west", {}}), (Ids{id(2)}));
    EXPECT_EQ(ids({Filter::Which::all, {}, {}, "user:alice"}), (Ids{id(3), id(1)}));
    EXPECT_EQ(approvals.count(State::pending), 2u);
    EXPECT_EQ(approvals.count(State::cancelled), 1u);
}

TEST(Forgetting, WhatIsOverAndOfOnePersonCanBeDropped) {
    using support::id;
    const auto request = [](std::uint8_t n, State state, const std::string& human) {
        Request made = support::request_in(state);
        made.id = id(n);
        made.ask.human = human;
        made.ask.principal = "user:" + human;
        made.votes = {{"carol", "user:carol", true, {0}, "fine", 1}};
        return made;
    };
    Request mentions = request(3, State::denied, "bob");
    mentions.votes[0].comment = "as Alice and alice said";
    Request voted = request(4, State::used, "bob");
    voted.votes[0].human = "ALICE";
    Approvals approvals;
    approvals.load(
        {request(1, State::denied, "alice"), request(2, State::denied, "bob"), mentions, voted});
    const auto ids = approvals.ended_of("alice");
    ASSERT_TRUE(ids);
    EXPECT_EQ(*ids, (std::vector<std::string>{id(1), id(3), id(4)}));
    approvals.forget(*ids);
    EXPECT_EQ(approvals.find(id(1)), nullptr);
    EXPECT_NE(approvals.find(id(2)), nullptr);
    EXPECT_TRUE(approvals.ended_of("alice")->empty());
    EXPECT_EQ(approvals.ended_of("user:bob")->size(), 1u);
}

TEST(Forgetting, ARequestThatIsNotOverKeepsItsPerson) {
    Request live = support::request_in(State::pending);
    live.id = support::id(7);
    live.ask.human = "alice";
    Approvals approvals;
    approvals.load({live});
    const auto ids = approvals.ended_of("alice");
    ASSERT_FALSE(ids);
    EXPECT_EQ(ids.error().code, Errc::denied);
    EXPECT_NE(ids.error().context.find(live.id), std::string::npos);
}

}  // namespace
}  // namespace sluice::approval
