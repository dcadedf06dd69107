#include "app/policy_port.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::app {
namespace {

std::shared_ptr<const policy::PolicySet> set_of(const std::string& text) {
    return policy::compile({{"p.yaml", "version: 1\n" + text}}).set;
}

Effect read_of(const session::Caller& caller, const std::string& topic) {
    return policy::decide(caller.rules, Operation::topic_read, {ResourceKind::topic, topic}, {},
                          policy::Ticket::none)
        .effect;
}

const policy::Evidence kEvidence{0x0a000009, {}, {}};

TEST(PolicyPort, NamesTheCallerAndKnowsTheRules) {
    const PolicyPort port(set_of(
        "identities:\n  - {principal: 'net:lab', from: {source: 10.0.0.0/8}}\n"
        "grants:\n  - {id: r, to: ['net:lab'], allow: [topic.read], topics: [open]}\n"));
    const session::Caller caller = port.caller(kEvidence);
    EXPECT_EQ(caller.principal.name, "net:lab");
    EXPECT_EQ(read_of(caller, "open"), Effect::allow);
    EXPECT_EQ(read_of(caller, "secret"), Effect::deny);
}

TEST(PolicyPort, ANewSetHasANewNumber) {
    PolicyPort port(set_of(""));
    const std::uint64_t before = port.generation();
    EXPECT_NE(before, 0u);
    EXPECT_EQ(read_of(port.caller(kEvidence), "open"), Effect::deny);
    port.publish(set_of("grants:\n  - {id: r, to: ['*'], allow: [topic.read], topics: [open]}\n"));
    EXPECT_NE(port.generation(), before);
    EXPECT_EQ(read_of(port.caller(kEvidence), "open"), Effect::allow);
}

}  // namespace
}  // namespace sluice::app
