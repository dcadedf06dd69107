#include "app/readiness.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

ReadinessFacts all_well() {
    ReadinessFacts facts;
    capture::SteeringStatus& capture = facts.capture.emplace();
    capture.attached = capture.guard = capture.route = capture.listener = capture.forwarding = true;
    facts.accepting = true;
    return facts;
}

Readiness not_ready(const char* reason) {
    return {{reason}, {}};
}

TEST(Readiness, IsGivenWhereNothingSpeaksAgainstIt) {
    EXPECT_EQ(judge(all_well()), Readiness{});
    EXPECT_TRUE(judge(all_well()).ready());
}

TEST(Readiness, NamesEachPartThatIsMissing) {
    ReadinessFacts facts = all_well();
    facts.capture->attached = false;
    EXPECT_EQ(judge(facts),
              not_ready("capture: the program is not attached to every client interface"));
    facts = all_well();
    facts.capture->guard = false;
    EXPECT_EQ(judge(facts), not_ready("capture: the nft guard is missing"));
    facts = all_well();
    facts.capture->route = false;
    EXPECT_EQ(judge(facts), not_ready("capture: the rule or the local route is missing"));
    facts = all_well();
    facts.capture->listener = false;
    EXPECT_EQ(judge(facts), not_ready("capture: the kernel does not know our listener"));
    facts = all_well();
    facts.audit_failed = true;
    EXPECT_EQ(judge(facts), not_ready("audit: the log cannot be written"));
    facts = all_well();
    facts.accepting = false;
    EXPECT_EQ(judge(facts), not_ready("relay: no new connections are taken"));
}

TEST(Readiness, IsRefusedWhereTheKernelCouldNotBeAsked) {
    ReadinessFacts facts = all_well();
    facts.capture.reset();
    facts.capture_problem = "read the map: denied";
    EXPECT_EQ(judge(facts), not_ready("capture: the kernel was not asked: read the map: denied"));
}

TEST(Readiness, NamesEveryReasonAtOnce) {
    ReadinessFacts facts;
    facts.capture = capture::SteeringStatus{};
    facts.audit_failed = true;
    const Readiness readiness = judge(facts);
    EXPECT_EQ(readiness.reasons.size(), 6u);
}

TEST(Readiness, StaysWhereNothingElseIsRouted) {
    ReadinessFacts facts = all_well();
    facts.capture->forwarding = false;
    EXPECT_EQ(
        judge(facts),
        (Readiness{{}, {"capture: net.ipv4.ip_forward is 0, so only captured connections pass"}}));
}

TEST(Readiness, StaysWhereAPolicyWaitsForARestart) {
    ReadinessFacts facts = all_well();
    facts.policy_waiting = "durability async waits for a restart";
    EXPECT_EQ(judge(facts), (Readiness{{}, {"policy: durability async waits for a restart"}}));
}

TEST(Readiness, StaysWhereARefusedPolicyFileLeavesTheOldSetInForce) {
    ReadinessFacts facts = all_well();
    facts.policy_problem = "p.yaml:1:1: unknown key `x`";
    EXPECT_EQ(judge(facts),
              (Readiness{{},
                         {"policy: the files on disk are refused, the running set stays: "
                          "p.yaml:1:1: unknown key `x`"}}));
}

TEST(Readiness, SaysWhereTokensTravelInPlainText) {
    ReadinessFacts facts = all_well();
    facts.plaintext_tokens = true;
    EXPECT_EQ(judge(facts),
              (Readiness{{}, {"identity: tokens are accepted on connections without encryption"}}));
}

TEST(Readiness, SaysWhereThePolicyRefusesNothingOrEverything) {
    ReadinessFacts facts;
    facts.shadow = true;
    EXPECT_EQ(judge(facts).notes,
              (std::vector<std::string>{
                  "policy: shadow, decisions are recorded and nothing is refused"}));
    facts.shadow = facts.has_rules = false;
    EXPECT_EQ(judge(facts).notes,
              (std::vector<std::string>{"policy: no rule is in force, so nobody may do anything"}));
}

}  // namespace
}  // namespace sluice::app
