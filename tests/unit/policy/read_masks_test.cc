#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "policy/read_rules.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

Lines field_mistakes(const std::string& keys) {
    return mistakes_of("masks: [{id: m, topics: [t], fields: [{" + keys + "}]}]\n");
}

TEST(ReadMasks, TakesEveryAction) {
    const auto set = set_of(R"(
masks:
  - id: m
    topics: ["orders*"]
    unless: ["group:fraud", "svc:x"]
    fields:
      - {path: $.email, action: hmac, key: pii}
      - {path: "$.card.number", action: partial, keep_last: 4, keep_first: 6}
      - {path: ..phone, action: redact}
      - {path: "$['a b']", action: null}
    detect: {types: [email, pan, iban], action: partial, keep_last: 2}
)");
    const MaskRule& mask = set->masks.at(0);
    EXPECT_EQ(mask.topics[0].text(), "orders*");
    EXPECT_EQ(mask.unless.names[0].text(), "svc:x");
    EXPECT_EQ(mask.unless.groups[0].text(), "fraud");
    ASSERT_EQ(mask.fields.size(), 4u);
    EXPECT_EQ(mask.fields[0].path, "$.email");
    EXPECT_EQ(mask.fields[0].treatment, (MaskTreatment{MaskAction::hmac, "pii", 0, 0}));
    EXPECT_EQ(mask.fields[1].treatment, (MaskTreatment{MaskAction::partial, "", 6, 4}));
    EXPECT_EQ(mask.fields[2].treatment, (MaskTreatment{MaskAction::redact, "", 0, 0}));
    EXPECT_EQ(mask.fields[3].treatment, (MaskTreatment{MaskAction::null, "", 0, 0}));
    ASSERT_TRUE(mask.detect.has_value());
    EXPECT_EQ(mask.detect->types,
              (std::vector<MaskType>{MaskType::email, MaskType::pan, MaskType::iban}));
    EXPECT_EQ(mask.detect->treatment, (MaskTreatment{MaskAction::partial, "", 0, 2}));
}

TEST(ReadMasks, TellsTheActionNullFromNoAction) {
    EXPECT_EQ(field_mistakes("path: $.a, action: \"null\""), Lines{});
    EXPECT_EQ(field_mistakes("path: $.a, action: "), Lines{"p.yaml:2:51: `action` has no value"});
    EXPECT_EQ(field_mistakes("path: $.a, action: ~"), Lines{"p.yaml:2:51: `action` has no value"});
    EXPECT_EQ(field_mistakes("path: null, action: null"),
              Lines{"p.yaml:2:40: `path` has no value"});
}

TEST(ReadMasks, RefusesWhatDoesNotFitTheAction) {
    EXPECT_EQ(field_mistakes("path: $.a, action: hash"),
              Lines{"p.yaml:2:59: `action` must be one of partial, hmac, redact, null, not "
                    "`hash`"});
    EXPECT_EQ(field_mistakes("path: $.a, action: hmac"),
              Lines{"p.yaml:2:39: `action: hmac` needs a `key`"});
    EXPECT_EQ(field_mistakes("path: $.a, action: redact, key: k"),
              Lines{"p.yaml:2:39: only `action: hmac` has a `key`"});
    EXPECT_EQ(field_mistakes("path: $.a, action: partial"),
              Lines{"p.yaml:2:39: `action: partial` needs `keep_first` or `keep_last`"});
    EXPECT_EQ(field_mistakes("path: $.a, action: redact, keep_last: 4"),
              Lines{"p.yaml:2:39: only `action: partial` has `keep_first` and `keep_last`"});
    EXPECT_EQ(field_mistakes("path: $.a, action: partial, keep_last: 65"),
              Lines{"p.yaml:2:79: `keep_last` must be a whole number from 1 to 64, not `65`"});
}

TEST(ReadMasks, RefusesWhatIsNoPath) {
    EXPECT_EQ(field_mistakes("path: a.b, action: redact"),
              Lines{"p.yaml:2:46: `path` must begin with `$` or `..`"});
    EXPECT_EQ(field_mistakes("path: $" + std::string(limits::mask_path_bytes_max, 'a') +
                             ", action: redact"),
              Lines{"p.yaml:2:46: `path` is too long"});
}

TEST(ReadMasks, RefusesAMaskThatMasksNothing) {
    EXPECT_EQ(mistakes_of("masks: [{id: m, topics: [t]}]\n"),
              Lines{"p.yaml:2:9: a mask must have `fields` or `detect`"});
    EXPECT_EQ(
        mistakes_of("masks: [{id: m, topics: [t], detect: {types: [ssn], action: redact}}]\n"),
        Lines{"p.yaml:2:47: an entry of `types` must be one of email, pan, iban, not "
              "`ssn`"});
}

}  // namespace
}  // namespace sluice::policy
