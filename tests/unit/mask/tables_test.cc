#include "mask/tables.h"

#include <gtest/gtest.h>

#include "unit/mask/support.h"

namespace sluice::mask {
namespace {

constexpr Types kMail = type_bit(Detector::email);
constexpr Types kCard = type_bit(Detector::pan);

TEST(Stricter, FollowsTheOrderOfActions) {
    const Action order[] = {Action::keep, Action::partial, Action::hmac, Action::redact,
                            Action::null};
    for (const Action one : order)
        for (const Action other : order)
            EXPECT_EQ(stricter({one}, {other}).action, std::max(one, other));
}

TEST(Stricter, OfTwoPartialsKeepsWhatBothKeep) {
    const Verdict both =
        stricter({Action::partial, nullptr, 2, 6}, {Action::partial, nullptr, 4, 1});
    EXPECT_EQ(both.keep_first, 2u);
    EXPECT_EQ(both.keep_last, 1u);
}

TEST(Stricter, OfTwoPseudonymsTakesTheFirst) {
    const Plan plan = tests::plan_of({Rule{"a", {{"$.a", tests::hmac()}, {"$.b", tests::hmac()}}}});
    const Pseudonyms* first = plan.tables().keys[0].get();
    const Pseudonyms* second = plan.tables().keys[1].get();
    EXPECT_EQ(stricter({Action::hmac, first}, {Action::hmac, second}).key, first);
}

TEST(Tables, FindNamesOfAnyLength) {
    std::vector<FieldRule> fields;
    std::vector<std::string> names;
    for (std::size_t n = 0; n < 70; n += 3) names.push_back(std::string(n, 'x'));
    names.push_back("\u00e9");
    for (const std::string& name : names) fields.push_back({"$['" + name + "']", {}});
    const Plan plan = tests::plan_of({Rule{"r", fields}});
    for (const std::string& name : names) {
        const auto* found = plan.tables().find_name(as_bytes(name));
        ASSERT_NE(found, nullptr) << name;
        EXPECT_EQ(found->text, name);
        EXPECT_EQ(plan.tables().find_name(as_bytes(name + "y")), nullptr);
    }
    EXPECT_EQ(plan.tables().find_name(as_bytes("xxy")), nullptr);
}

TEST(Tables, DetectorsOfSeveralRulesActTogetherAndApart) {
    const Plan plan = tests::plan_of(
        {tests::detect_rule("a", {Detector::email}, {}),
         tests::detect_rule("b", {Detector::email, Detector::pan}, tests::partial(0, 4))});
    const Tables& tables = plan.tables();
    EXPECT_EQ(tables.detection.types, kMail | kCard);
    EXPECT_EQ(tables.detection.verdict(kMail).action, Action::redact);
    EXPECT_EQ(tables.detection.verdict(kCard).action, Action::partial);
    EXPECT_EQ(tables.detection.verdict(kMail | kCard).action, Action::redact);
    EXPECT_EQ(tables.detection.verdict(0).action, Action::keep);
    EXPECT_EQ(tables.detection.ruled(kMail), 0b11u);
    EXPECT_EQ(tables.detection.ruled(kCard), 0b10u);
    EXPECT_EQ(tables.detection_without(0b01).verdict(kMail).action, Action::partial);
    EXPECT_EQ(tables.detection_without(0b10).types, kMail);
    EXPECT_EQ(tables.detection_without(0b11).types, 0);
}

}  // namespace
}  // namespace sluice::mask
