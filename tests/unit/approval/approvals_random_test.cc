// Random operations on the machine beside a model that is as naive as can be: it keeps what humans
// said and when, and works everything out from that each time.
#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <set>

#include "approval/encode.h"
#include "unit/approval/support.h"

namespace sluice::approval {
namespace {

using namespace support;
using What = Answer::What;

struct Wish {
    Ask ask;
    bool by_unit = false;
};

struct Said {
    std::string human;  // lower case
    bool approve = false;
    std::set<std::size_t> requirements;
};

struct Case {
    std::string id;
    std::size_t wish = 0;
    std::int64_t created = 0, approved = 0;  // 0: not approved
    std::vector<Said> votes;
    std::set<std::string> passed;  // units, "" where there is none
    State end = State::pending;    // how it ended; pending: it did not
};

std::string folded(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

class World {
  public:
    explicit World(std::uint32_t seed) : random_(seed) {
        make_wishes();
        make_voters();
    }

    void run(int steps) {
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
    }
    [[nodiscard]] std::size_t passes() const { return passes_; }
    [[nodiscard]] std::size_t ends(State state) const { return ends_[static_cast<int>(state)]; }
    [[nodiscard]] std::size_t refusals(Refusal refusal) const {
        return refusals_[static_cast<int>(refusal)];
    }

  private:
    std::size_t below(std::size_t bound) { return random_() % bound; }

    void make_wishes() {
        for (std::uint8_t i = 0; i < 8; ++i) {
            Wish wish{ask(), i >= 6};
            wish.ask.digest.bytes[0] = i;
            if (i == 1) wish.ask.human.clear();
            if (i == 2) wish.ask.human = "BOB";
            if (i == 3 || i == 7) wish.ask.requirements[0].count = 2;
            if (i == 4) {
                wish.ask.digest.bytes[0] = 0;  // a digest made wrongly
                wish.ask.principal = "user:mallory";
            }
            if (i == 5) wish.ask.requirements.push_back({"sec", {"security"}, {}, 1});
            wishes_.push_back(wish);
        }
    }
    void make_voters() {
        voters_ = {
            owner("bob"), owner("Bob"), owner("carol"), owner("dave"), owner("Alice@example.org"),
            owner("")};
        voters_.push_back({"sec", "user:sec", {"security", "owners"}, true, false});
        voters_.push_back({"root", "user:root", {}, true, true});
        voters_.push_back({"eve", "user:eve", {"others"}, true, false});
        voters_.push_back({"clerk", "user:clerk", {"owners"}, false, false});
    }

    // -- The model

    [[nodiscard]] bool runs(const Case& one) const {
        if (one.end != State::pending) return false;
        return now_ < (one.approved != 0 ? one.approved : one.created) + kLife;
    }
    [[nodiscard]] bool has_ticket(const Case& one) const {
        if (!runs(one)) return false;
        const auto& wish = wishes_[one.wish].ask;
        if (wish.human.empty()) return false;
        for (std::size_t i = 0; i < wish.requirements.size(); ++i) {
            std::set<std::string> humans;
            for (const Said& said : one.votes) {
                if (!said.approve || said.human == folded(wish.human)) return false;
                if (said.requirements.count(i) != 0) humans.insert(said.human);
            }
            if (humans.size() < wish.requirements[i].count) return false;
        }
        return true;
    }
    [[nodiscard]] std::set<std::size_t> met(const Voter& voter, const Ask& wish) const {
        std::set<std::size_t> met;
        for (std::size_t i = 0; i < wish.requirements.size(); ++i) {
            for (const auto& group : wish.requirements[i].groups)
                for (const auto& in : voter.groups)
                    if (group == in && voter.may_approve) met.insert(i);
            for (const auto& principal : wish.requirements[i].principals)
                if (principal == voter.principal && voter.may_approve) met.insert(i);
        }
        return met;
    }
    [[nodiscard]] std::optional<Refusal> objection(const Case& one, const Voter& voter,
                                                   bool approve) const {
        const Ask& wish = wishes_[one.wish].ask;
        if (!runs(one) || one.approved != 0) return Refusal::not_pending;
        if (voter.human.empty()) return Refusal::no_human;
        if (folded(voter.human) == folded(wish.human)) return Refusal::self_approval;
        if (wish.human.empty() && approve) return Refusal::asker_unknown;
        if (met(voter, wish).empty()) return Refusal::not_an_approver;
        for (const Said& said : one.votes)
            if (said.human == folded(voter.human)) return Refusal::voted_already;
        return std::nullopt;
    }
    void end(Case& one, State state) {
        one.end = state;
        ++ends_[static_cast<int>(state)];
    }

    // -- One operation in both

    void step() {
        const std::size_t what = below(100);
        if (what < 40)
            ask_something();
        else if (what < 75)
            vote_on_something();
        else if (what < 80)
            revoke_something();
        else if (what < 83)
            cancel_something();
        else if (what < 93)
            now_ += kLife / 100 * static_cast<std::int64_t>(below(20));
        else if (what < 99)
            expire();
        else
            restart();
        compare();
    }
    // Now and then nothing is put into force, as when the store fails.
    bool happens(const Change& change) {
        if (below(10) == 0) return false;
        approvals_.apply(change);
        return true;
    }

    void ask_something() {
        const std::size_t w = below(wishes_.size());
        Ask wish = wishes_[w].ask;
        if (wishes_[w].by_unit) wish.unit = std::string("partition ") + std::to_string(below(3));
        const std::string fresh = id_of(
            {0, 0, 0, static_cast<std::uint8_t>(next_ >> 8), static_cast<std::uint8_t>(next_)});
        const Asked asked = approvals_.ask(wish, now_, fresh);
        Case* ticket = nullptr;
        Case* pending = nullptr;
        for (Case& one : cases_) {
            if (one.wish != w || !runs(one)) continue;
            if (one.approved == 0 && pending == nullptr) pending = &one;
            if (has_ticket(one) && one.passed.count(wish.unit) == 0 &&
                (ticket == nullptr || one.created < ticket->created))
                ticket = &one;
        }
        if (ticket != nullptr) {
            EXPECT_EQ(asked.what, What::passed);
            EXPECT_EQ(asked.id, ticket->id);
            if (!happens(asked.change)) return;
            ++passes_;
            EXPECT_TRUE(ticket->passed.insert(wish.unit).second);
            if (wish.unit.empty()) end(*ticket, State::used);
        } else if (pending != nullptr) {
            EXPECT_EQ(asked.what, What::waiting);
            EXPECT_EQ(asked.id, pending->id);
            EXPECT_TRUE(asked.change.transitions.empty());
        } else {
            EXPECT_EQ(asked.what, What::waiting);
            EXPECT_EQ(asked.id, fresh);
            if (!happens(asked.change)) return;
            ++next_;
            Case one;
            one.id = fresh;
            one.wish = w;
            one.created = now_++;  // so that ages differ
            cases_.push_back(one);
        }
    }
    Case* any_case() {
        if (cases_.empty()) return nullptr;
        // Mostly the newest: the others have ended.
        const std::size_t back = below(below(4) == 0 ? cases_.size() : 8);
        return &cases_[cases_.size() - 1 - std::min(back, cases_.size() - 1)];
    }
    void vote_on_something() {
        Case* one = any_case();
        if (one == nullptr) return;
        const Voter& voter = voters_[below(voters_.size())];
        const bool approve = below(8) != 0;
        const Verdict verdict =
            approvals_.vote(one->id, voter, approve ? Ballot::approve : Ballot::deny, "", now_);
        const auto expected = objection(*one, voter, approve);
        ASSERT_EQ(refusal(verdict), expected);
        if (expected) ++refusals_[static_cast<int>(*expected)];
        if (expected || !happens(std::get<Change>(verdict))) return;
        one->votes.push_back({folded(voter.human), approve, met(voter, wishes_[one->wish].ask)});
        if (!approve) return end(*one, State::denied);
        if (has_ticket(*one)) one->approved = now_;
    }
    void revoke_something() {
        Case* one = any_case();
        if (one == nullptr) return;
        const Voter& voter = voters_[below(voters_.size())];
        const Verdict verdict = approvals_.revoke(one->id, voter, "", now_);
        std::optional<Refusal> expected;
        if (!runs(*one) || one->approved == 0)
            expected = Refusal::not_approved;
        else if (voter.human.empty())
            expected = Refusal::no_human;
        else if (!voter.is_admin && met(voter, wishes_[one->wish].ask).empty())
            expected = Refusal::not_an_approver;
        ASSERT_EQ(refusal(verdict), expected);
        if (!expected && happens(std::get<Change>(verdict))) end(*one, State::revoked);
    }
    void cancel_something() {
        Case* one = any_case();
        if (one == nullptr) return;
        const Change change = approvals_.cancel(one->id, now_);
        const bool waits = one->end == State::pending && one->approved == 0;
        ASSERT_EQ(change.transitions.size(), waits ? 1u : 0u);
        if (happens(change) && waits) end(*one, State::cancelled);
    }
    void expire() {
        const Change change = approvals_.expire(now_);
        std::set<std::string> expected, found;
        for (const Case& one : cases_)
            if (one.end == State::pending && !runs(one)) expected.insert(one.id);
        for (const Transition& transition : change.transitions) found.insert(transition.request.id);
        const std::size_t most = limits::approval_expired_at_once_max;
        ASSERT_EQ(found.size(), std::min(expected.size(), most));
        for (const std::string& id : found) ASSERT_EQ(expected.count(id), 1u) << id;
        if (!happens(change)) return;
        for (Case& one : cases_)
            if (found.count(one.id) != 0) end(one, State::expired);
    }
    void restart() {
        std::vector<Request> stored;
        for (const Request& request : approvals_.list({Filter::Which::all, {}, {}, {}})) {
            Buffer form;
            encode(request, form);
            const auto read = decode(form);
            ASSERT_TRUE(read) << read.error().context;
            stored.push_back(*read);
        }
        approvals_.load(std::move(stored));
    }
    void compare() {
        std::size_t live = 0;
        for (const Case& one : cases_) {
            if (one.end == State::pending) ++live;
            const Request* request = approvals_.find(one.id);
            if (request == nullptr) {  // long ago
                ASSERT_NE(one.end, State::pending);
                continue;
            }
            const State expected = one.end != State::pending ? one.end
                                   : one.approved != 0       ? State::approved
                                                             : State::pending;
            ASSERT_EQ(request->state, expected) << one.id;
        }
        ASSERT_EQ(approvals_.count(State::pending) + approvals_.count(State::approved), live);
    }

    std::mt19937 random_;
    std::int64_t now_ = kNow;
    std::vector<Wish> wishes_;
    std::vector<Voter> voters_;
    std::vector<Case> cases_;
    std::uint32_t next_ = 0;
    std::size_t passes_ = 0;
    std::size_t ends_[kStates] = {};
    std::size_t refusals_[kRefusals] = {};
    Approvals approvals_;
};

TEST(ApprovalsAtRandom, AgreeWithAModelThatWorksEverythingOutAgain) {
    std::size_t passes = 0;
    std::size_t ends[kStates] = {};
    std::size_t refusals[kRefusals] = {};
    for (std::uint32_t seed = 1; seed <= 40 && !HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        World world(seed);
        world.run(1000);
        passes += world.passes();
        for (std::size_t i = 0; i < kStates; ++i) ends[i] += world.ends(static_cast<State>(i));
        for (std::size_t i = 0; i < kRefusals; ++i)
            refusals[i] += world.refusals(static_cast<Refusal>(i));
    }
    // Everything happened often enough to mean something.
    EXPECT_GT(passes, 500u);
    for (const State state :
         {State::used, State::denied, State::cancelled, State::revoked, State::expired})
        EXPECT_GT(ends[static_cast<int>(state)], 20u) << name(state);
    for (const Refusal refused :
         {Refusal::not_pending, Refusal::no_human, Refusal::self_approval, Refusal::asker_unknown,
          Refusal::not_an_approver, Refusal::voted_already})
        EXPECT_GT(refusals[static_cast<int>(refused)], 20u) << name(refused);
    RecordProperty("passes", static_cast<int>(passes));
}

}  // namespace
}  // namespace sluice::approval
