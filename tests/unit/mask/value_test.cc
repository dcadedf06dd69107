#include "mask/value.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "unit/mask/support.h"

namespace sluice::mask {
namespace {

using namespace std::string_literals;
using tests::all_types;
using tests::detect_rule;
using tests::hmac;
using tests::partial;
using tests::plan_of;

const Treatment kRedact{Action::redact};
const Treatment kNull{Action::null};
const std::string kBob = "m:k1:643cdfc83364b72c5248ec2d45e7cd58";

// What may pass: the masked value, the value itself, or "!" in front of nothing at all.
std::string masked(const Plan& plan, std::string_view value) {
    Buffer out{1, 2, 3};
    Counts counts;
    switch (mask_value(plan, as_bytes(value), out, counts)) {
        case Outcome::unchanged:
            EXPECT_TRUE(out.empty());
            return "=" + std::string(value);
        case Outcome::masked:
            return std::string(as_text(out));
        case Outcome::unmaskable:
            EXPECT_TRUE(out.empty());
            return "!";
    }
    return "?";
}

TEST(MaskValue, ReplacesTheSpanOfTheValueAndNothingElse) {
    EXPECT_EQ(
        masked(
            plan_of("$.a.b[*].c", kRedact),
            " {\"a\" : {\"b\":[ {\"c\":\"x\"} ,{\"c\" : 12,\"d\":\"\\u0041\"}]}, \"c\":\"x\"}\r\n"),
        " {\"a\" : {\"b\":[ {\"c\":\"***\"} ,{\"c\" : \"***\",\"d\":\"\\u0041\"}]}, "
        "\"c\":\"x\"}\r\n");
    EXPECT_EQ(masked(plan_of("$.a", kRedact), R"({"b":1})"), R"(={"b":1})");
}

TEST(MaskValue, EveryActionOnEveryKindOfValue) {
    const std::string json = R"(["text",1234567,true,{"a":1},["b"],null,""])";
    EXPECT_EQ(masked(plan_of("$[*]", kRedact), json),
              R"(["***","***","***","***","***",null,"***"])");
    EXPECT_EQ(masked(plan_of("$[*]", kNull), json), "[null,null,null,null,null,null,null]");
    EXPECT_EQ(masked(plan_of("$[*]", partial(1, 2)), json),
              R"(["t*xt","1****67","***","***","***",null,""])");
    EXPECT_EQ(masked(plan_of("$[*]", {Action::keep}), json), "=" + json);
}

TEST(MaskValue, TheSameValueHasTheSamePseudonymHoweverItIsWritten) {
    const Plan plan = plan_of("$.a", hmac());
    for (const char* json : {R"({"a":"bob"})", R"({"a":"\u0062ob"})", R"({"a":"b\u006Fb"})"})
        EXPECT_EQ(masked(plan, json), R"({"a":")" + kBob + R"("})");
    EXPECT_EQ(masked(plan, R"({"a":17})"), masked(plan, R"({"a":"17"})"));
    EXPECT_EQ(masked(plan, R"({"a":{"x":"\u0041", "y":[1, 2]}})"),
              masked(plan, R"({"a":{ "x":"A","y":[ 1,2 ] }})"));
    EXPECT_NE(masked(plan, R"({"a":"bob"})"),
              masked(plan_of("$.a", hmac("other")), R"({"a":"bob"})"));
}

TEST(MaskValue, EveryOccurrenceOfADuplicateKeyIsMasked) {
    EXPECT_EQ(masked(plan_of("$.a", kRedact), R"({"a":1,"a":{"a":2},"a":[3]})"),
              R"({"a":"***","a":"***","a":"***"})");
}

TEST(MaskValue, KeysAreComparedAsTheyAreRead) {
    EXPECT_EQ(masked(plan_of("$.email", kRedact), R"({"\u0065mail":1,"e\u006dail":2,"Email":3})"),
              R"({"\u0065mail":"***","e\u006dail":"***","Email":3})");
    EXPECT_EQ(masked(plan_of("$['a\"b']", kRedact), R"({"a\"b":1})"), R"({"a\"b":"***"})");
}

TEST(MaskValue, FollowsWildcardsIndexesAndDescents) {
    EXPECT_EQ(
        masked(plan_of("..id", kRedact), R"({"id":1,"x":[{"id":[{"id":2}]},{"y":{"id":3}}]})"),
        R"({"id":"***","x":[{"id":"***"},{"y":{"id":"***"}}]})");
    EXPECT_EQ(masked(plan_of("$.a[1]", kRedact), R"({"a":[1,2,3],"1":4})"),
              R"({"a":[1,"***",3],"1":4})");
    EXPECT_EQ(masked(plan_of("$.*.b", kRedact), R"({"x":{"b":1},"y":[{"b":2}],"b":3})"),
              R"({"x":{"b":"***"},"y":[{"b":2}],"b":3})");
    EXPECT_EQ(masked(plan_of("$..a..b", kRedact), R"({"b":1,"a":{"b":2,"x":{"b":3}}})"),
              R"({"b":1,"a":{"b":"***","x":{"b":"***"}}})");
    EXPECT_EQ(masked(plan_of("$", kRedact), " [1] "), " \"***\" ");
    EXPECT_EQ(masked(plan_of("$..*", kRedact), R"({"a":[1]})"), R"({"a":"***"})");
}

TEST(MaskValue, TheMostRestrictiveActionWins) {
    const auto both = [](Treatment one, Treatment other) {
        return masked(plan_of({Rule{"a", {{"$.x", one}}}, Rule{"b", {{"$..x", other}}}}),
                      R"({"x":"bob"})");
    };
    EXPECT_EQ(both(kNull, kRedact), R"({"x":null})");
    EXPECT_EQ(both(hmac(), kRedact), R"({"x":"***"})");
    EXPECT_EQ(both(partial(1, 0), hmac()), R"({"x":")" + kBob + R"("})");
    EXPECT_EQ(both({Action::keep}, partial(1, 0)), R"({"x":"b**"})");
    EXPECT_EQ(both(partial(2, 0), partial(1, 1)), R"({"x":"b**"})");
}

TEST(MaskValue, WhatAPathNamesItsOwnDetectorsLeaveAlone) {
    const std::string json = R"({"card":"4111111111111111","note":"4111111111111111"})";
    Rule rule{"r", {{"$.card", partial(0, 4)}}, DetectRule{{Detector::pan}, kRedact}};
    EXPECT_EQ(masked(plan_of({rule}), json), R"({"card":"************1111","note":"***"})");
    // Those of another rule do not: the whole value is theirs, since the path names all of it.
    EXPECT_EQ(masked(plan_of({rule, detect_rule("d", {Detector::pan}, kNull)}), json),
              R"({"card":null,"note":null})");
    rule.fields[0].treatment = {Action::keep};
    EXPECT_EQ(masked(plan_of({rule}), json), R"({"card":"4111111111111111","note":"***"})");
}

TEST(MaskValue, DetectorsMaskOnlyWhatTheyFind) {
    const Plan plan = plan_of({detect_rule("d", all_types(), kRedact)});
    EXPECT_EQ(masked(plan, R"({"t":"to a@b.cd and DE89 3704 0044 0532 0130 00.","n":1})"),
              R"({"t":"to *** and ***.","n":1})");
    EXPECT_EQ(masked(plan, R"(["a@b.cd\n\u0061@b.cd",4111111111111111,4.111111111111111E15])"),
              R"(["***\n***","***","***"])");
    EXPECT_EQ(masked(plan, R"({"a":"nothing"})"), R"(={"a":"nothing"})");
    EXPECT_EQ(masked(plan_of({detect_rule("d", all_types(), partial(1, 2))}),
                     R"(["x a@b.cd y",4.111111111111111E15])"),
              R"(["x a***cd y","4*************11"])");
    EXPECT_EQ(masked(plan_of({detect_rule("d", all_types(), kNull)}),
                     R"(["x a@b.cd y",4111111111111111])"),
              "[null,null]");
    EXPECT_EQ(masked(plan_of({detect_rule("d", all_types(), hmac())}), R"(["A@b.cd","a@B.cd"])")
                  .substr(2, 37),
              masked(plan_of("$", hmac()), R"("a@b.cd")").substr(1, 37));
}

TEST(MaskValue, DetectorsSeeWhatEscapesHide) {
    const Plan plan = plan_of({detect_rule("d", all_types(), kRedact)});
    EXPECT_EQ(masked(plan, R"(["bob\u0040x.org","\u0034111111111111111"])"), R"(["***","***"])");
    // JSON inside of JSON, escaped twice.
    EXPECT_EQ(masked(plan, R"({"j":"{\"e\":\"bob\\u0040x.org\"}"})"), R"({"j":"{\"e\":\"***\"}"})");
    // And in text that only looks like JSON.
    EXPECT_EQ(masked(plan, R"({"e":"bob\u0040x.org"}})"), R"({"e":"***"}})");
}

TEST(MaskValue, TextIsForDetectorsAlone) {
    const Plan plan = plan_of({detect_rule("d", all_types(), kRedact)});
    EXPECT_EQ(masked(plan, "bob@x.org wrote"), "*** wrote");
    EXPECT_EQ(masked(plan, "gr\u00fc\u00dfe"), "=gr\u00fc\u00dfe");
    EXPECT_EQ(masked(plan_of({detect_rule("d", all_types(), kNull)}), "to bob@x.org!"), "to !");
    const Plan both = plan_of({Rule{"r", {{"$.a", kRedact}}, DetectRule{all_types(), kRedact}}});
    EXPECT_EQ(masked(both, "bob@x.org wrote"), "!");
    EXPECT_EQ(masked(both, "plain"), "!");
}

TEST(MaskValue, BinaryDataIsNotEditedButDoesNotPassWithAFind) {
    const Plan plan = plan_of({detect_rule("d", all_types(), kRedact)});
    EXPECT_EQ(masked(plan, "\xff\x12 bob@x.org"), "!");
    EXPECT_EQ(masked(plan, "\xff\x12 nobody"), "=\xff\x12 nobody");
    EXPECT_EQ(masked(plan, "\0\0\0\0\7\x12 bob@x.org"s), "!");
    EXPECT_EQ(masked(plan, "\0\0\0\0\7\x12 nobody"s), "=\0\0\0\0\7\x12 nobody"s);
}

TEST(MaskValue, KeepsTheFramingOfTheSchemaRegistry) {
    EXPECT_EQ(masked(plan_of("$.a", kRedact), "\0\0\0\1\2{\"a\":1}"s),
              "\0\0\0\1\2{\"a\":\"***\"}"s);
    EXPECT_EQ(masked(plan_of("$.a", kRedact), "\0\0\0\1{\"a\":1}"s), "!");
    EXPECT_EQ(masked(plan_of("$.a", kRedact), "\0\0\0\1\2"s), "!");
}

TEST(MaskValue, WhatIsNotWhollyJsonCannotPassWhereFieldsAreMasked) {
    const Plan plan = plan_of("$.a", kRedact);
    for (const char* json :
         {"{\"a\":1", "{\"a\":1}}", "{\"a\":1} x", "{\"a\":01}", "{\"a\":\"\\ud800\"}", "{'a':1}",
          "{\"a\":\"\xff\"}", "{\"b\":\"\xc3\"}", "{\"a\":1}{\"a\":2}", "{\"a\":1}\n{\"a\":2}",
          "text", "{\"a\":[1}", "\xef\xbb\xbf{\"a\":1}", " "})
        EXPECT_EQ(masked(plan, json), "!") << json;
    const std::string deep(limits::mask_depth_max, '[');
    EXPECT_EQ(masked(plan, deep + "1" + std::string(deep.size(), ']')),
              "=" + deep + "1" + std::string(deep.size(), ']'));
    EXPECT_EQ(masked(plan, "[" + deep + "1" + std::string(deep.size() + 1, ']')), "!");
    // Inside of what is masked as a whole, too.
    EXPECT_EQ(masked(plan_of("$", kRedact), "[1,{\"a\":}]"), "!");
}

TEST(MaskValue, AnEmptyValueHasNothingToHide) {
    EXPECT_EQ(masked(plan_of("$.a", kRedact), ""), "=");
    EXPECT_EQ(masked(plan_of(std::vector<Rule>{}), "{broken"), "={broken");
}

TEST(MaskValue, HugeNumbersAreText) {
    const std::string digits(5000, '7');
    EXPECT_EQ(masked(plan_of("$.a", kRedact), "{\"b\":" + digits + ",\"a\":" + digits + "}"),
              "{\"b\":" + digits + ",\"a\":\"***\"}");
}

TEST(MaskValue, AValueThatWouldGrowWithoutEndIsUnmaskable) {
    const auto ones = [](std::size_t count) {
        std::string json = "[1";
        for (std::size_t n = 1; n < count; ++n) json += ",1";
        return json + "]";
    };
    const Plan plan = plan_of("$[*]", hmac());
    EXPECT_NE(masked(plan, ones(1000)), "!");
    EXPECT_EQ(masked(plan, ones(100'000)), "!");
}

TEST(MaskValue, CountsByRuleAndByType) {
    const Plan plan = plan_of({Rule{"a", {{"$.x", kRedact}}, DetectRule{all_types(), kRedact}},
                               Rule{"b", {{"$..x", kRedact}}}});
    Buffer out;
    Counts counts;
    mask_value(plan, as_bytes(R"({"x":"a@b.cd","y":"a@b.cd c@d.ef","z":[{"x":1}]})"), out, counts);
    EXPECT_EQ(counts, (Counts{{2, 2}, {2, 0, 0}, 3, 0}));
    mask_value(plan, as_bytes(R"({"x":"a@b.cd","y":"a@b.cd")"), out, counts);
    EXPECT_EQ(counts, (Counts{{2, 2}, {2, 0, 0}, 3, 1}));
    mask_value(plan, as_bytes(R"({"y":4111111111111111})"), out, counts);
    EXPECT_EQ(counts, (Counts{{3, 2}, {2, 1, 0}, 4, 1}));
}

}  // namespace
}  // namespace sluice::mask
