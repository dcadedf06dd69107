#include "app/control_port.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "control/api.h"

#include "unit/app/approval_fakes.h"
#include "unit/control/support.h"

namespace sluice::app {
namespace {

TEST(ControlPort, KnowsEveryRefusalOfTheDeskByItsName) {
    for (std::size_t i = 0; i < approval::kRefusals; ++i) {
        const auto refusal = name(static_cast<approval::Refusal>(i));
        const auto code = control::code_of(refusal);
        ASSERT_TRUE(code) << refusal;
        EXPECT_EQ(control::name(*code), refusal);
    }
}

TEST(ControlPort, HandsOnWhatTheDeskSaysWithoutTheNameInFront) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    ControlPort port(desk);
    const auto outcome = port.show("R-7F3KQ2AV");
    const auto* refusal = std::get_if<control::Refusal>(&outcome);
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->code, control::Code::unknown_request);
    EXPECT_EQ(refusal->sentence, "there is no such request");
}

TEST(ControlPort, ListsWhatIsLiveOrAllTheNewestFirstAndNoMoreThanAsked) {
    fakes::ApprovalWorld world;
    std::atomic<std::int64_t> now = world.now;
    auto options = world.options();
    options.wall_now = [&] { return now.load(); };
    ApprovalDesk desk({}, options);
    ControlPort port(desk);
    for (std::uint8_t n = 1; n <= 3; ++n) {
        approval::Ask wish = approval::support::ask();
        wish.digest.bytes[1] = n;
        desk.ask(wish, n, [](const approval::Answer&) {});
        ASSERT_TRUE(desk.list({}));  // asked before the clock goes on
        ++now;
    }
    ASSERT_TRUE(desk.vote(approval::support::id(3), approval::support::owner("bob"),
                          approval::Ballot::deny, ""));
    using Which = control::ListFilter::Which;
    const auto ids = [&](Which which, std::size_t limit) {
        std::vector<std::string> found;
        const auto outcome = port.list({which, limit});
        for (const auto& request : std::get<std::vector<approval::Request>>(outcome))
            found.push_back(request.id);
        return found;
    };
    using approval::support::id;
    EXPECT_EQ(ids(Which::pending, 9), (std::vector<std::string>{id(2), id(1)}));
    EXPECT_EQ(ids(Which::all, 9), (std::vector<std::string>{id(3), id(2), id(1)}));
    EXPECT_EQ(ids(Which::all, 2), (std::vector<std::string>{id(3), id(2)}));
}

TEST(ControlPort, SaysUnavailableWhereAVoteCannotBeRecorded) {
    fakes::ApprovalWorld world;
    ApprovalDesk desk({}, world.options());
    ControlPort port(desk);
    desk.ask(approval::support::ask(), 1, [](const approval::Answer&) {});
    ASSERT_TRUE(desk.list({}));
    world.failing = fakes::ApprovalWorld::Failing::commit;
    const auto outcome = port.vote(approval::support::id(1), approval::support::owner("bob"),
                                   approval::Ballot::approve, "");
    EXPECT_EQ(std::get<control::Refusal>(outcome),
              (control::Refusal{control::Code::unavailable,
                                "it could not be recorded and did not happen"}));
}

// From the Unix user at the socket to the request: who is whom is told by `people` alone.
class ControlPortTest : public testing::Test {
  protected:
    static constexpr std::uint32_t kRoot = 0, kAlice = 1000, kAlicesOther = 1001, kBob = 1002,
                                   kCarol = 1003, kGuest = 1004;
    ControlPortTest() {
        desk.ask(approval::support::ask(), 1, [](const approval::Answer&) {});  // of alice
    }
    // The state after it, or the refusal's code.
    std::string call(std::uint32_t uid, const std::string& action) {
        const auto response =
            api.answer({"POST",
                        "/v1/approvals/" + approval::support::id(1) + "/" + action,
                        R"({"comment":"as agreed"})",
                        {uid, uid, 1}});
        const auto body = nlohmann::json::parse(response.body);
        return response.status == 200 ? body["state"] : body["error"]["code"];
    }

    fakes::ApprovalWorld world;
    ApprovalDesk desk{{}, world.options()};
    ControlPort port{desk};
    std::vector<control::RefusedCall> refused;
    control::fake::Log log;
    control::Api api{
        control::People(
            {{"alice", "alice@example.org", "user:alice", {"owners"}, {control::Role::approver}},
             {"breakglass", "Alice@Example.org", "user:root", {"owners"}, {control::Role::admin}},
             {"bob", "bob@example.org", "user:bob", {"owners"}, {control::Role::approver}},
             {"carol", "carol@example.org", "user:carol", {}, {control::Role::admin}},
             {"guest", "guest@example.org", "user:guest", {"owners"}, {control::Role::viewer}}},
            [](std::uint32_t uid) -> std::string {
                const std::vector<std::string> names{"alice", "breakglass", "bob", "carol",
                                                     "guest"};
                return uid == kRoot ? "root" : names.at(uid - kAlice);
            }),
        port, log, [this](const control::RefusedCall& what) { refused.push_back(what); }};
};

TEST_F(ControlPortTest, NobodyVotesForThemselvesUnderWhateverUser) {
    for (const char* vote : {"approve", "deny"}) {
        EXPECT_EQ(call(kAlice, vote), "self_approval");
        EXPECT_EQ(call(kAlicesOther, vote), "self_approval");
    }
    ASSERT_EQ(refused.size(), 4u);
    EXPECT_EQ(refused[3].principal, "user:root");
    EXPECT_EQ(desk.show(approval::support::id(1))->state, approval::State::pending);
    EXPECT_EQ(desk.counters().refused[static_cast<std::size_t>(approval::Refusal::self_approval)],
              4u);
}

TEST_F(ControlPortTest, RootIsNobodyUnlessPeopleSayWho) {
    for (const char* vote : {"approve", "deny", "revoke"})
        EXPECT_EQ(call(kRoot, vote), "unknown_caller");
    EXPECT_EQ(desk.show(approval::support::id(1))->state, approval::State::pending);
    EXPECT_EQ(event_of(refused.front(), 5).actor->human, "uid:0");
}

TEST_F(ControlPortTest, ARoleAloneMakesNoApproverOfThisRequestAndAGroupAloneNeither) {
    EXPECT_EQ(call(kCarol, "approve"), "not_an_approver");
    EXPECT_EQ(call(kGuest, "approve"), "role_missing");
    EXPECT_EQ(call(kBob, "approve"), "approved");
    EXPECT_EQ(desk.show(approval::support::id(1))->votes.front().comment, "as agreed");
    EXPECT_EQ(call(kBob, "deny"), "not_pending");
}

TEST_F(ControlPortTest, AnAdminTakesBackWhatTheyCouldNotApprove) {
    desk.leave(approval::support::ask().session, 1, false);
    ASSERT_EQ(call(kBob, "approve"), "approved");
    EXPECT_EQ(call(kGuest, "revoke"), "role_missing");
    EXPECT_EQ(call(kCarol, "revoke"), "revoked");
}

TEST(ControlPort, AnEventSaysWhoTriedWhat) {
    control::RefusedCall call;
    call.uid = 1001;
    call.what = "approve";
    call.id = "R-7F3KQ2AV";
    call.code = control::Code::self_approval;
    NamedEvent named;
    audit::Event& expected = named.event;
    expected.type = audit::EventType::approval;
    expected.outcome = audit::Outcome::refused;
    expected.wall_ns = 5;
    expected.ticket = "R-7F3KQ2AV";
    named.actor.emplace();
    named.actor->human = "uid:1001";
    expected.operation = "approve";
    expected.reason = "self_approval";
    EXPECT_EQ(event_of(call, 5), named);
    call.human = "ann@example.org";
    named.actor->human = "ann@example.org";
    EXPECT_EQ(event_of(call, 5), named);
}

}  // namespace
}  // namespace sluice::app
