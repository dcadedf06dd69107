#include "control/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "control/json.h"
#include "unit/control/support.h"

namespace sluice::control {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kAnn = 1000, kVic = 1001, kAud = 1002, kAdm = 1003, kNon = 1004,
                        kBob = 2000;
const std::string kPath = "/v1/approvals/R-7F3KQ2AV";
const std::string kComment = R"({"comment":"why"})";

class ApiTest : public testing::Test {
  protected:
    http::Response ask(std::uint32_t uid, const std::string& method, const std::string& target,
                       const std::string& body = "") const {
        return api.answer({method, target, body, {uid, uid, 1}});
    }
    // "200", or the status and the code of the refusal.
    std::string outcome(std::uint32_t uid, const std::string& method, const std::string& target,
                        const std::string& body = "") const {
        const http::Response response = ask(uid, method, target, body);
        EXPECT_EQ(response.content_type, "application/json");
        std::string text = std::to_string(response.status);
        if (response.status == 200) return text;
        return text + " " + Json::parse(response.body)["error"]["code"].get<std::string>();
    }

    fake::Port port;
    std::vector<RefusedCall> refused;
    fake::Log log;
    Api api{People(fake::people(), fake::name_of), port, log,
            [this](const RefusedCall& call) { refused.push_back(call); }};
};

TEST_F(ApiTest, TellsEverybodyWhoTheyAre) {
    EXPECT_EQ(Json::parse(ask(kAnn, "GET", "/v1/whoami").body)["human"], "ann@example.org");
    for (const std::uint32_t uid : {0u, kBob, kNon, 9999u})
        EXPECT_EQ(outcome(uid, "GET", "/v1/whoami"), "200");
    EXPECT_EQ(Json::parse(ask(0, "GET", "/v1/whoami").body)["roles"], Json::array());
    EXPECT_TRUE(refused.empty());
}

TEST_F(ApiTest, TellsStrangersNothingElse) {
    for (const std::uint32_t uid : {0u, kBob, 9999u}) {
        for (const char* target : {"/v1/approvals", "/v1/approvals/R-7F3KQ2AV", "/", "/v1/secret"})
            EXPECT_EQ(outcome(uid, "GET", target), "403 unknown_caller") << uid << target;
        for (const char* vote : {"/approve", "/deny", "/revoke"})
            EXPECT_EQ(outcome(uid, "POST", kPath + vote, kComment), "403 unknown_caller");
        EXPECT_EQ(outcome(uid, "POST", "/v1/whoami"), "403 unknown_caller");
    }
    EXPECT_TRUE(port.asked.empty());
    EXPECT_TRUE(port.filters.empty());
    EXPECT_EQ(Json::parse(ask(kBob, "GET", "/v1/approvals").body)["error"]["message"],
              "user bob is not in `people` of the configuration");
    EXPECT_EQ(Json::parse(ask(9999, "GET", "/v1/approvals").body)["error"]["message"],
              "uid 9999 is not in `people` of the configuration");
}

TEST_F(ApiTest, LetsViewersRead) {
    for (const std::uint32_t uid : {kAnn, kVic, kAud, kAdm}) {
        EXPECT_EQ(outcome(uid, "GET", "/v1/approvals"), "200") << uid;
        EXPECT_EQ(outcome(uid, "GET", kPath), "200") << uid;
    }
    EXPECT_EQ(outcome(kNon, "GET", "/v1/approvals"), "403 role_missing");
    EXPECT_EQ(outcome(kNon, "GET", kPath), "403 role_missing");
    EXPECT_EQ(ask(kVic, "GET", kPath).body, to_json(fake::request()));
    EXPECT_EQ(ask(kVic, "GET", "/v1/approvals?state=all&limit=3").body,
              to_json(std::vector<approval::Request>{fake::request()}));
    EXPECT_EQ(port.filters.back(), (ListFilter{ListFilter::Which::all, 3}));
}

TEST_F(ApiTest, LetsApproversVote) {
    EXPECT_EQ(ask(kAnn, "POST", kPath + "/approve", kComment).body, to_json(fake::request()));
    EXPECT_EQ(outcome(kAnn, "POST", kPath + "/approve"), "200");
    EXPECT_EQ(outcome(kAnn, "POST", kPath + "/deny", kComment), "200");
    EXPECT_EQ(outcome(kAdm, "POST", kPath + "/revoke", kComment), "200");
    EXPECT_EQ(port.asked,
              (std::vector<std::string>{"approve R-7F3KQ2AV why", "approve R-7F3KQ2AV ",
                                        "deny R-7F3KQ2AV why", "revoke R-7F3KQ2AV why"}));
    EXPECT_EQ(port.voters[0],
              (approval::Voter{"ann@example.org", "user:ann", {"owners", "team"}, true, false}));
    EXPECT_EQ(port.voters[3], (approval::Voter{"adm@example.org", "user:adm", {}, true, true}));
    EXPECT_TRUE(refused.empty());
}

TEST_F(ApiTest, LetsAuditorsAskTheLogAndAdminsEraseAPerson) {
    const std::string body = R"({"person": "eve", "comment": "why"})";
    for (const std::uint32_t uid : {kAud, kAdm})
        EXPECT_EQ(outcome(uid, "GET", "/v1/audit/who?topic=t"), "200") << uid;
    EXPECT_EQ(outcome(kAud, "GET", "/v1/audit/search"), "200");
    EXPECT_EQ(outcome(kAud, "GET", "/v1/audit/show?index=1"), "200");
    EXPECT_EQ(outcome(kAdm, "POST", "/v1/people/erase", body), "200");
    EXPECT_EQ(log.asked, (std::vector<std::string>{
                             "who topic=t by aud@example.org", "who topic=t by adm@example.org",
                             "search by aud@example.org", "show index=1 by aud@example.org",
                             "erase eve why by adm@example.org"}));
    for (const std::uint32_t uid : {kAnn, kVic, kNon}) {
        EXPECT_EQ(outcome(uid, "GET", "/v1/audit/who?topic=t"), "403 role_missing");
        EXPECT_EQ(outcome(uid, "GET", "/v1/audit/show?index=1"), "403 role_missing");
    }
    for (const std::uint32_t uid : {kAnn, kVic, kAud, kNon})
        EXPECT_EQ(outcome(uid, "POST", "/v1/people/erase", body), "403 role_missing");
    EXPECT_EQ(log.asked.size(), 5u);
}

TEST_F(ApiTest, LetsNobodyElseVote) {
    for (const std::uint32_t uid : {kVic, kAud, kNon})
        for (const char* vote : {"/approve", "/deny", "/revoke"})
            EXPECT_EQ(outcome(uid, "POST", kPath + vote, kComment), "403 role_missing");
    EXPECT_TRUE(port.asked.empty());
}

TEST_F(ApiTest, PassesRefusalsOnWithTheirStatus) {
    port.refusal = {Code::self_approval, "nobody votes on their own request"};
    const http::Response response = ask(kAnn, "POST", kPath + "/approve");
    EXPECT_EQ(response, (http::Response{403, "application/json", to_json(port.refusal)}));
    port.refusal = {Code::not_pending, "too late"};
    EXPECT_EQ(outcome(kAnn, "POST", kPath + "/deny", kComment), "409 not_pending");
    EXPECT_EQ(outcome(kAnn, "POST", kPath + "/revoke", kComment), "409 not_pending");
    port.refusal = {Code::unavailable, "the store fails"};
    EXPECT_EQ(outcome(kAnn, "GET", "/v1/approvals"), "503 unavailable");
    port.refusal = {Code::unknown_request, "there is no such request"};
    EXPECT_EQ(outcome(kAnn, "GET", kPath), "404 unknown_request");
}

TEST_F(ApiTest, RefusesWhatItDoesNotUnderstand) {
    EXPECT_EQ(outcome(kAnn, "GET", "/"), "404 no_route");
    EXPECT_EQ(outcome(kAnn, "DELETE", kPath), "405 method_not_allowed");
    EXPECT_EQ(outcome(kAnn, "POST", kPath + "/deny", "{}"), "400 comment_missing");
    EXPECT_EQ(outcome(kAnn, "POST", kPath + "/deny", "{\"x\":1}"), "400 bad_request");
    EXPECT_TRUE(port.asked.empty());
}

TEST_F(ApiTest, ReportsEveryRefusalWithWhoAndWhat) {
    port.refusal = {Code::voted_already, "you voted on it before"};
    ask(kAnn, "POST", kPath + "/approve");
    ask(kVic, "POST", "/v1/approvals/r-7f3kq2av/deny", kComment);
    ask(0, "GET", "/v1/approvals");
    ask(9999, "GET", "/etc/passwd");
    ask(kAnn, "GET", "/etc/passwd");
    EXPECT_EQ(refused,
              (std::vector<RefusedCall>{
                  {kAnn, "ann", "ann@example.org", "user:ann", "approvals.approve", "R-7F3KQ2AV",
                   Code::voted_already},
                  {kVic, "vic", "vic@example.org", "user:vic", "approvals.deny", "R-7F3KQ2AV",
                   Code::role_missing},
                  {0, "root", "", "", "approvals.list", "", Code::unknown_caller},
                  {9999, "", "", "", "unknown", "", Code::unknown_caller},
                  {kAnn, "ann", "ann@example.org", "user:ann", "unknown", "", Code::no_route}}));
}

TEST_F(ApiTest, AnswersWhatIsNoRequestInTheSameForm) {
    const auto refuse = [&](unsigned status) { return api.refuse(status, "why", {kAnn, 0, 1}); };
    EXPECT_EQ(refuse(400), (http::Response{400, "application/json",
                                           to_json(Refusal{Code::bad_request, "why"})}));
    EXPECT_EQ(refuse(413).body, to_json(Refusal{Code::too_large, "why"}));
    EXPECT_EQ(refuse(431).status, 431u);
    EXPECT_EQ(refuse(431).body, to_json(Refusal{Code::too_large, "why"}));
    EXPECT_EQ(refused.size(), 4u);
    EXPECT_EQ(refused[0], (RefusedCall{kAnn, "ann", "ann@example.org", "user:ann", "unknown", "",
                                       Code::bad_request}));
    // A flood of connections leaves no trail of its length.
    EXPECT_EQ(refuse(503).body, to_json(Refusal{Code::unavailable, "why"}));
    EXPECT_EQ(refuse(500).body, to_json(Refusal{Code::internal, "why"}));
    EXPECT_EQ(refused.size(), 4u);
}

}  // namespace
}  // namespace sluice::control
