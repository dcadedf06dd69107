#include "mask/plan.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "unit/mask/support.h"

namespace sluice::mask {
namespace {

std::string error(const std::vector<Rule>& rules, std::vector<Key> keys = tests::keys()) {
    const auto plan = Plan::compile(rules, keys);
    if (plan) return "none";
    EXPECT_EQ(plan.error().code, Errc::config);
    return plan.error().context;
}

TEST(Plan, KnowsWhetherItHasAnythingToDo) {
    EXPECT_TRUE(tests::plan_of(std::vector<Rule>{}).empty());
    EXPECT_TRUE(tests::plan_of({Rule{"idle"}}).empty());
    const Plan fields = tests::plan_of("$.a", {});
    EXPECT_FALSE(fields.empty());
    EXPECT_TRUE(fields.has_fields());
    const Plan detects = tests::plan_of({tests::detect_rule("d", {Detector::pan}, {})});
    EXPECT_FALSE(detects.empty());
    EXPECT_FALSE(detects.has_fields());
}

TEST(Plan, NamesItsRulesInTheirOrder) {
    const Plan plan =
        tests::plan_of({Rule{"b", {{"$.a", {}}}}, Rule{"a"}, Rule{"c", {{"$.a", {}}}}});
    EXPECT_EQ(plan.rule_ids(), (std::vector<std::string>{"b", "a", "c"}));
}

TEST(Plan, SaysWhichRuleAndWhereInItsPathSomethingIsWrong) {
    EXPECT_EQ(error({Rule{"good", {{"$.a", {}}}}, Rule{"bad", {{"$.a[", {}}}}}),
              "masking rule `bad`: path `$.a[`, position 5: expected `*`, an index or a name in "
              "quotes");
}

TEST(Plan, ChecksTheKeysItUses) {
    const std::vector<Rule> rules = {Rule{"r", {{"$.a", tests::hmac("pii")}}}};
    EXPECT_EQ(error(rules), "none");
    EXPECT_EQ(error(rules, {}), "masking rule `r`: path `$.a`: there is no key `pii`");
    EXPECT_EQ(error(rules, {{"pii", "a b", Buffer(32, Byte{1})}}),
              "masking rule `r`: path `$.a`: the id of key `pii` must be letters, digits, `.`, "
              "`_` and `-`, at most 32");
    EXPECT_NE(error(rules, {{"pii", "", Buffer(32, Byte{1})}}), "none");
    EXPECT_NE(error(rules, {{"pii", "a\"", Buffer(32, Byte{1})}}), "none");
    EXPECT_NE(error(rules, {{"pii", std::string(33, 'a'), Buffer(32, Byte{1})}}), "none");
    EXPECT_EQ(error(rules, {{"pii", "k.1_A-", Buffer(16, Byte{1})}}), "none");
    EXPECT_EQ(error(rules, {{"pii", "k1", Buffer(15, Byte{1})}}),
              "masking rule `r`: path `$.a`: the secret of key `pii` is shorter than 16 bytes");
    EXPECT_EQ(error({tests::detect_rule("d", {Detector::pan}, tests::hmac("none"))}),
              "masking rule `d`: detect: there is no key `none`");
}

TEST(Plan, ADetectorRuleMustDoSomething) {
    EXPECT_EQ(error({tests::detect_rule("d", {}, {})}),
              "masking rule `d`: detect: no type is named");
    EXPECT_EQ(error({tests::detect_rule("d", {Detector::pan}, {Action::keep})}),
              "masking rule `d`: detect: `keep` finds nothing to do");
}

TEST(Plan, IsBounded) {
    std::vector<Rule> rules(limits::mask_rules_max, Rule{"r", {{"$.a", {}}}});
    EXPECT_EQ(error(rules), "none");
    rules.push_back(Rule{"r"});
    EXPECT_EQ(error(rules), "more masking rules than allowed");
    Rule wide{"wide"};
    for (std::size_t n = 0; n < limits::mask_path_states_max / 2; ++n)
        wide.fields.push_back({"$.a", {}});
    EXPECT_EQ(error({wide}), "none");
    wide.fields.push_back({"$", {}});
    EXPECT_EQ(error({wide}), "masking rule `wide`: the paths have more steps than allowed");
}

TEST(Plan, ActionsAndDetectorsHaveTheNamesOfThePolicyFile) {
    EXPECT_EQ(name(Action::keep), "keep");
    EXPECT_EQ(name(Action::partial), "partial");
    EXPECT_EQ(name(Action::hmac), "hmac");
    EXPECT_EQ(name(Action::redact), "redact");
    EXPECT_EQ(name(Action::null), "null");
    EXPECT_EQ(name(Detector::email), "email");
    EXPECT_EQ(name(Detector::pan), "pan");
    EXPECT_EQ(name(Detector::iban), "iban");
}

}  // namespace
}  // namespace sluice::mask
