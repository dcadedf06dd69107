#include "app/approval_text.h"

#include <gtest/gtest.h>

#include "control/json.h"
#include "unit/control/support.h"

namespace sluice::app {
namespace {

using Json = nlohmann::ordered_json;

Json request() {
    return Json::parse(control::to_json(control::fake::request()));
}

TEST(ApprovalText, ShowsAllThatAnApproverMustKnow) {
    EXPECT_EQ(approval_text(request()),
              "request     R-7F3KQ2AV, pending\n"
              "who         user:eve (eve@example.org)\n"
              "client      10.8.1.2:4711, client id \"console\", session 7\n"
              "cluster     main\n"
              "operation   topic.create\n"
              "resources   orders,orders.eu\n"
              "details     partitions 3\n"
              "            replicas 2\n"
              "asked       1970-01-02 00:00:00 UTC\n"
              "expires     1970-01-02 00:30:00 UTC\n"
              "ticket      good for 30 min once it is approved\n"
              "rule        lifecycle: 2 approvals of group owners or user:boss, 1 missing\n"
              "rule        eu: 1 approval of group eu, 1 missing\n"
              "vote        1970-01-02 00:01:01 ann@example.org (user:ann): approve, \"fine\"\n"
              "needs       1 of group owners or user:boss; 1 of group eu\n"
              "digest      01ab000000000000000000000000000000000000000000000000000000000000\n");
}

TEST(ApprovalText, ShowsWhatBecameOfARequest) {
    approval::Request ended = control::fake::request();
    ended.state = approval::State::used;
    ended.ask.human.clear();
    ended.ask.unit = "partition 3";
    ended.ask.ticket_life = std::chrono::hours(2);
    ended.used_units = {"partition 3"};
    ended.votes[0].comment.clear();
    ended.ended_ns = 86'500 * control::fake::kSecond;
    const std::string text = approval_text(Json::parse(control::to_json(ended)));
    for (const char* line :
         {"request     R-7F3KQ2AV, used\n",
          "who         user:eve (no human is known: can only be denied)\n",
          "unit        partition 3\n", "used        partition 3\n",
          "ended       1970-01-02 00:01:40 UTC\n", "ticket      good for 2 h once it is approved\n",
          "(user:ann): approve\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    EXPECT_EQ(text.find("needs"), std::string::npos);
}

TEST(ApprovalText, ATerminalNeverGetsWhatCouldHideARequest) {
    approval::Request evil = control::fake::request();
    const std::string hiding = "a\x1b[2J\n\r\x9b\u009b\u202e\u200bz";
    evil.ask.client_id = evil.ask.resources = evil.ask.principal = evil.ask.human = hiding;
    evil.ask.client = evil.ask.operation = evil.ask.cluster = evil.ask.details = hiding;
    evil.ask.unit = evil.ask.requirements[0].rule = hiding;
    evil.ask.requirements[0].groups = evil.ask.requirements[0].principals = {hiding};
    evil.used_units = {hiding};
    evil.votes[0].comment = evil.votes[0].human = evil.votes[0].principal = hiding;
    const Json json = Json::parse(control::to_json(evil));
    std::string all = approval_text(json) + outcome_text(json);
    for (const std::string& cell : approval_row(json)) all += cell;
    for (const char* hidden : {"\x1b", "\r", "\u009b", "\u202e", "\u200b", "\x7f"})
        EXPECT_EQ(all.find(hidden), std::string::npos);
    EXPECT_EQ(shown(json, "client_id").find('\n'), std::string::npos);
    EXPECT_EQ(shown(json, "client_id"), "a?[2J??\xef\xbf\xbd????????z");
}

TEST(ApprovalText, ARowIsShortAndNamesTheHuman) {
    EXPECT_EQ(approval_row(request()),
              (std::vector<std::string>{"R-7F3KQ2AV", "pending", "1970-01-02 00:30:00",
                                        "eve@example.org", "topic.create", "orders,orders.eu",
                                        "1 of group owners or user:boss; 1 of group eu"}));
    approval::Request nameless = control::fake::request();
    nameless.ask.human.clear();
    nameless.ask.resources = std::string(59, 'a') + "\u00e4\u00e4";
    const auto row = approval_row(Json::parse(control::to_json(nameless)));
    EXPECT_EQ(row[3], "user:eve");
    EXPECT_EQ(row[5], std::string(59, 'a') + "...");
    EXPECT_EQ(row.size(), approval_columns().size());
}

TEST(ApprovalText, OnlyAPendingRequestNeedsVotes) {
    Json json = request();
    EXPECT_EQ(outcome_text(json),
              "R-7F3KQ2AV is pending, still needs 1 of group owners or user:boss; 1 of group eu");
    json["state"] = "denied";
    EXPECT_EQ(outcome_text(json), "R-7F3KQ2AV is denied");
    EXPECT_EQ(still_needed(json), "");
}

TEST(ApprovalText, SaysWhoSomebodyIs) {
    EXPECT_EQ(caller_text(Json::parse(R"({"uid": 1000, "unix_user": "ann", "human": "ann@x",
                  "principal": "user:ann", "groups": ["a", "b"], "roles": ["viewer"]})")),
              "unix user   ann (uid 1000)\n"
              "human       ann@x\n"
              "principal   user:ann\n"
              "groups      a, b\n"
              "roles       viewer\n");
    EXPECT_EQ(caller_text(Json::parse(R"({"uid": 0, "unix_user": "root", "human": null,
                  "principal": null, "groups": [], "roles": []})")),
              "unix user   root (uid 0)\n"
              "human       -\n"
              "principal   -\n"
              "groups      -\n"
              "roles       -\n"
              "\n"
              "The daemon answers you nothing else: you have no role in `people` of its "
              "configuration.\n");
}

TEST(ApprovalText, FieldsOfAnotherTypeCountAsEmpty) {
    for (const char* odd :
         {"{}", "[]", "1", "null", R"({"id": 1, "requirements": 2, "votes": {}, "details": "x"})",
          R"({"requirements": [1, {"groups": "x", "count": "y"}], "votes": [null]})",
          R"({"created": "x", "ticket_seconds": 1.5, "state": "pending", "requirements": [[]]})"}) {
        const Json json = Json::parse(odd);
        EXPECT_TRUE(approval_text(json).starts_with("request     , ")) << odd;
        EXPECT_EQ(approval_row(json)[0], "");
        EXPECT_FALSE(outcome_text(json).empty());
        EXPECT_FALSE(caller_text(json).empty());
    }
}

}  // namespace
}  // namespace sluice::app
