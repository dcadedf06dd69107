#include "session/masks.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "mask/value.h"

namespace sluice::session {
namespace {

policy::Compiled compiled(const std::string& masks) {
    policy::Compiled compiled =
        policy::compile({{"p.yaml", "version: 1\nmasks:\n" + masks},
                         {"q.yaml", "version: 1\naudit: {durability: durable}\n"}});
    EXPECT_TRUE(compiled.mistakes.empty()) << policy::to_text(compiled.mistakes.front());
    return compiled;
}
std::vector<mask::Key> keys() {
    return {{"pii", "k1", Buffer(32, Byte{7})}};
}
std::string masked(const TopicMasks& masks, std::string_view value) {
    Buffer out;
    mask::Counts counts;
    const auto outcome = mask::mask_value(*masks.plan, as_bytes(value), out, counts);
    if (outcome == mask::Outcome::unchanged) return std::string(value);
    return outcome == mask::Outcome::masked ? std::string(as_text(out)) : "unmaskable";
}
TopicMasks all_of(const policy::Compiled& policies) {
    MaskRules rules;
    for (const policy::MaskRule& rule : policies.set->masks) rules.push_back(&rule);
    return make_masks(rules, {}, keys());
}

TEST(Masks, EveryActionAndDetectorOfTheLanguageReachesThePlan) {
    const auto policies = compiled(
        "  - id: m\n    topics: [t]\n    fields:\n"
        "      - {path: $.p, action: partial, keep_first: 1, keep_last: 2}\n"
        "      - {path: $.r, action: redact}\n      - {path: $.n, action: null}\n"
        "      - {path: $.h, action: hmac, key: pii}\n"
        "  - {id: d, topics: [t], detect: {types: [email, pan, iban], action: redact}}\n");
    const TopicMasks masks = all_of(policies);
    EXPECT_EQ(masks.rules, "d,m");
    EXPECT_EQ(masked(masks, R"({"p":"abcdef","r":"x","n":1,"t":"ann@example.org"})"),
              R"({"p":"a***ef","r":"***","n":null,"t":"***"})");
    EXPECT_EQ(masked(masks, R"({"t":"4111111111111111 DE89370400440532013000"})"),
              R"({"t":"*** ***"})");
    EXPECT_EQ(masked(masks, R"({"h":"x"})").find(R"({"h":"m:k1:)"), 0u);
}

TEST(Masks, ShadowsHaveNoPlan) {
    const auto policies =
        compiled("  - {id: s, topics: [t], shadow: true, fields: [{path: $.a, action: redact}]}\n");
    const TopicMasks masks = make_masks({}, {&policies.set->masks[0]}, keys());
    EXPECT_FALSE(masks.in_force());
    EXPECT_FALSE(masks.plan);
    EXPECT_EQ(masks.shadow_rules, "s");
}

TEST(Masks, RulesThatDoNotFitTogetherAreInForceWithoutAPlan) {
    std::string text;
    for (std::size_t n = 0; n <= limits::mask_rules_max; ++n)
        text += "  - {id: m" + std::to_string(n) +
                ", topics: [t], fields: [{path: $.a, action: redact}]}\n";
    const auto policies = compiled(text);
    EXPECT_TRUE(check_masks(policies, keys()).empty());
    const TopicMasks masks = all_of(policies);
    EXPECT_TRUE(masks.in_force());
    EXPECT_FALSE(masks.plan);
}

TEST(Masks, EachThatCannotBeCarriedOutIsAMistakeAtItsPlace) {
    const auto policies = compiled(
        "  - {id: b, topics: [t], fields: [{path: '$.a[', action: redact}]}\n"
        "  - {id: fine, topics: [t], fields: [{path: $.a, action: hmac, key: pii}]}\n"
        "  - {id: a, topics: [t], detect: {types: [email], action: hmac, key: other}}\n");
    const auto mistakes = check_masks(policies, keys());
    ASSERT_EQ(mistakes.size(), 2u);
    EXPECT_EQ(mistakes[0].line, 3);
    EXPECT_EQ(policy::to_text(mistakes[0]).substr(0, 35), "p.yaml:3:10: masking rule `b`: path");
    EXPECT_EQ(policy::to_text(mistakes[1]),
              "p.yaml:5:10: masking rule `a`: detect: there is no key `other`");
}

TEST(Masks, KeysThatNobodyHasStandInForThoseWanted) {
    const auto policies = compiled(
        "  - {id: a, topics: [t], fields: [{path: $.a, action: hmac, key: x}]}\n"
        "  - {id: b, topics: [t], detect: {types: [email], action: hmac, key: y}}\n"
        "  - {id: c, topics: [t], fields: [{path: $.a, action: hmac, key: x}]}\n");
    const auto wanted = keys_wanted(*policies.set);
    ASSERT_EQ(wanted.size(), 2u);
    EXPECT_EQ(wanted[0].name, "x");
    EXPECT_EQ(wanted[1].name, "y");
    EXPECT_TRUE(check_masks(policies, wanted).empty());
}

// Counts how often it is asked.
class CountingPlans final : public MaskPlans {
  public:
    explicit CountingPlans(int& asked) : asked_(asked) {}
    [[nodiscard]] std::shared_ptr<const TopicMasks> of(const policy::Binding&,
                                                       std::string_view topic) const override {
        ++asked_;
        if (topic != "masked") return nullptr;
        return std::make_shared<const TopicMasks>(TopicMasks{{}, "m", {}});
    }

  private:
    int& asked_;
};

TEST(ReaderMasks, AskForATopicOnce) {
    int asked = 0;
    ReaderMasks masks({}, std::make_shared<CountingPlans>(asked), 1);
    for (int n = 0; n < 3; ++n) {
        EXPECT_EQ(masks.of("plain"), nullptr);
        ASSERT_NE(masks.of("masked"), nullptr);
        EXPECT_EQ(masks.of("masked")->masks->rules, "m");
    }
    EXPECT_EQ(asked, 2);
}

TEST(ReaderMasks, RememberABoundedNumberOfTopics) {
    int asked = 0;
    ReaderMasks masks({}, std::make_shared<CountingPlans>(asked), 1);
    const auto many = static_cast<int>(limits::masked_topics_max);
    for (int n = 0; n <= many; ++n) masks.of(std::to_string(n));
    EXPECT_EQ(asked, many + 1);
    masks.of(std::to_string(many));
    EXPECT_EQ(asked, many + 1);
    masks.of("0");
    EXPECT_EQ(asked, many + 2);
}

}  // namespace
}  // namespace sluice::session
