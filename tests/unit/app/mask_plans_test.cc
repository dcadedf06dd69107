#include "app/mask_plans.h"

#include <gtest/gtest.h>

#include <string>

#include "app/policy_port.h"

namespace sluice::app {
namespace {

std::shared_ptr<const policy::PolicySet> set_of(const std::string& masks) {
    return policy::compile({{"p.yaml",
                             "version: 1\n"
                             "identities:\n"
                             "  - {principal: 'net:a', from: {source: 10.0.0.1/32}}\n"
                             "  - {principal: 'net:b', from: {source: 10.0.0.2/32}}\n"
                             "  - {principal: 'net:fraud', from: {source: 10.0.0.3/32}}\n" +
                                 masks}})
        .set;
}
const std::string kMask =
    "masks: [{id: m, topics: ['orders*'], unless: ['net:fraud'], "
    "fields: [{path: $.a, action: hmac, key: pii}]}]\n";
std::vector<mask::Key> keys() {
    return {{"pii", "k1", Buffer(32, Byte{7})}};
}
policy::Evidence from(std::uint32_t source) {
    return {source, {}, {}};
}

TEST(MaskPlans, ReadersAndTopicsWithTheSameRulesShareAPlan) {
    const PolicyPort port(set_of(kMask), keys());
    const session::Caller a = port.caller(from(0x0a000001));
    const session::Caller b = port.caller(from(0x0a000002));
    ASSERT_NE(a.masks, nullptr);
    const auto plan = a.masks->of(a.rules, "orders");
    ASSERT_NE(plan, nullptr);
    EXPECT_TRUE(plan->plan);
    EXPECT_EQ(plan->rules, "m");
    EXPECT_EQ(b.masks->of(b.rules, "orders.eu"), plan);
    EXPECT_EQ(a.masks->of(a.rules, "other"), nullptr);
}

TEST(MaskPlans, WhomEveryMaskExceptsHasNone) {
    const PolicyPort port(set_of(kMask), keys());
    EXPECT_EQ(port.caller(from(0x0a000003)).masks, nullptr);
    EXPECT_EQ(PolicyPort(set_of("")).caller(from(0x0a000001)).masks, nullptr);
}

TEST(MaskPlans, APublishedSetHasItsOwn) {
    PolicyPort port(set_of(kMask), keys());
    const session::Caller before = port.caller(from(0x0a000001));
    port.publish(
        set_of("masks: [{id: other, topics: [orders], "
               "fields: [{path: $.a, action: redact}]}]\n"));
    const session::Caller after = port.caller(from(0x0a000001));
    EXPECT_EQ(after.masks->of(after.rules, "orders")->rules, "other");
    // Who has not asked again yet keeps what belongs to their rules.
    EXPECT_EQ(before.masks->of(before.rules, "orders")->rules, "m");
}

}  // namespace
}  // namespace sluice::app
