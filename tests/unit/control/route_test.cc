#include "control/route.h"

#include <gtest/gtest.h>

namespace sluice::control {
namespace {

constexpr const char* kId = "R-7F3KQ2AV";

Call call(std::string_view method, std::string_view target, std::string_view body = "") {
    const auto outcome = read_call(method, target, body);
    const auto* read = std::get_if<Call>(&outcome);
    EXPECT_NE(read, nullptr) << target << ": " << std::get<Refusal>(outcome).sentence;
    return read == nullptr ? Call{} : *read;
}
std::string refused(std::string_view method, std::string_view target, std::string_view body = "") {
    const auto outcome = read_call(method, target, body);
    const auto* refusal = std::get_if<Refusal>(&outcome);
    return refusal == nullptr ? "taken" : std::string(name(refusal->code));
}
std::string refused_body(std::string_view body) {
    return refused("POST", "/v1/approvals/R-7F3KQ2AV/deny", body);
}

TEST(Route, AsksWhoIAm) {
    EXPECT_EQ(call("GET", "/v1/whoami"), Call{});
}

TEST(Route, ListsPendingOnesUnlessAllAreAskedFor) {
    using Which = ListFilter::Which;
    EXPECT_EQ(call("GET", "/v1/approvals"), (Call{Action::list, "", {Which::pending, 100}, ""}));
    EXPECT_EQ(call("GET", "/v1/approvals?"), call("GET", "/v1/approvals"));
    EXPECT_EQ(call("GET", "/v1/approvals?state=pending"), call("GET", "/v1/approvals"));
    EXPECT_EQ(call("GET", "/v1/approvals?limit=1000&state=all"),
              (Call{Action::list, "", {Which::all, 1000}, ""}));
}

TEST(Route, RefusesAnyOtherQuery) {
    for (const char* query :
         {"state", "state=", "state=used", "state=all&state=all", "limit=0", "limit=1001",
          "limit=-1", "limit=1x", "limit=", "limit=99999999999999999999999", "limit=1&limit=2",
          "State=all", "page=2", "&", "=", "state=%61ll", "state=all#x", "state=all?limit=1"})
        EXPECT_EQ(refused("GET", std::string("/v1/approvals?") + query), "bad_request") << query;
    EXPECT_EQ(refused("GET", "/v1/whoami?x=1"), "bad_request");
    EXPECT_EQ(refused("GET", "/v1/approvals/R-7F3KQ2AV?x=1"), "bad_request");
    EXPECT_EQ(refused("POST", "/v1/approvals/R-7F3KQ2AV/approve?comment=x"), "bad_request");
}

TEST(Route, NamesARequestInTheFormThatPeopleType) {
    EXPECT_EQ(call("GET", "/v1/approvals/R-7F3KQ2AV"), (Call{Action::show, kId, {}, ""}));
    EXPECT_EQ(call("GET", "/v1/approvals/r-7f3kq2av").id, kId);
    EXPECT_EQ(call("GET", "/v1/approvals/R-OIL0000Z").id, "R-0110000Z");
    for (const char* id : {"R-7F3KQ2A", "R-7F3KQ2AVV", "R-7F3KQ2A%41", "..", "R-", "R-7F3KQ2AU"})
        EXPECT_EQ(refused("GET", std::string("/v1/approvals/") + id), "unknown_request") << id;
}

TEST(Route, AsksTheLogWithWhateverFields) {
    const Call who = call("GET", "/v1/audit/who?topic=a%20b%2fc&partition=3&offset=42&op=read");
    EXPECT_EQ(who.action, Action::who);
    EXPECT_EQ(who.query,
              (Query{{"topic", "a b/c"}, {"partition", "3"}, {"offset", "42"}, {"op", "read"}}));
    EXPECT_EQ(call("GET", "/v1/audit/search").action, Action::search);
    EXPECT_EQ(call("GET", "/v1/audit/show?index=7").query, (Query{{"index", "7"}}));
    for (const char* query : {"a=1&a=2", "a=%", "a=%4", "a=%4g", "a=%zz"})
        EXPECT_EQ(refused("GET", std::string("/v1/audit/who?") + query), "bad_request") << query;
    std::string many = "/v1/audit/who?";
    for (std::size_t i = 0; i <= limits::control_query_fields_max; ++i)
        many += "f" + std::to_string(i) + "=1&";
    EXPECT_EQ(refused("GET", many), "bad_request");
    EXPECT_EQ(refused("POST", "/v1/audit/who", "{}"), "method_not_allowed");
    EXPECT_EQ(refused("GET", "/v1/audit"), "no_route");
}

TEST(Route, ErasesAPersonWithAReason) {
    const char* const path = "/v1/people/erase";
    const Call erase = call("POST", path, R"({"person": "alice", "comment": "DSR-17"})");
    EXPECT_EQ(erase.action, Action::erase);
    EXPECT_EQ(erase.person, "alice");
    EXPECT_EQ(erase.comment, "DSR-17");
    EXPECT_EQ(call("POST", path, R"({"comment": "DSR-17", "person": "alice"})"), erase);
    EXPECT_EQ(refused("POST", path, R"({"person": "alice"})"), "comment_missing");
    for (const char* body : {"", R"({"comment": "why"})", R"({"person": "", "comment": "why"})",
                             R"({"person": "a", "person": "b", "comment": "why"})",
                             R"({"person": ["a"], "comment": "why"})"})
        EXPECT_EQ(refused("POST", path, body), "bad_request") << body;
    EXPECT_EQ(refused("GET", path), "method_not_allowed");
    EXPECT_EQ(refused_body(R"({"person": "alice", "comment": "why"})"), "bad_request");
}

TEST(Route, EachActionHasItsRole) {
    EXPECT_EQ(role_for(Action::list), Role::viewer);
    EXPECT_EQ(role_for(Action::who), Role::auditor);
    EXPECT_EQ(role_for(Action::search), Role::auditor);
    EXPECT_EQ(role_for(Action::show_entry), Role::auditor);
    EXPECT_EQ(role_for(Action::revoke), Role::approver);
    EXPECT_EQ(role_for(Action::erase), Role::admin);
}

TEST(Route, VotesAndRevokesWithAComment) {
    const std::string path = std::string("/v1/approvals/") + kId;
    EXPECT_EQ(call("POST", path + "/approve", R"({"comment": "a \u00e4"})"),
              (Call{Action::approve, kId, {}, "a \xc3\xa4"}));
    EXPECT_EQ(call("POST", path + "/deny", R"({"comment":"no"})"),
              (Call{Action::deny, kId, {}, "no"}));
    EXPECT_EQ(call("POST", path + "/revoke", " {\"comment\":\"no\"}\n"),
              (Call{Action::revoke, kId, {}, "no"}));
}

TEST(Route, OnlyAnApprovalNeedsNoComment) {
    const std::string path = std::string("/v1/approvals/") + kId;
    for (const char* body : {"", "{}", R"({"comment":""})", R"({"comment":" \n\t"})"}) {
        EXPECT_EQ(refused("POST", path + "/approve", body), "taken") << body;
        EXPECT_EQ(refused("POST", path + "/deny", body), "comment_missing") << body;
        EXPECT_EQ(refused("POST", path + "/revoke", body), "comment_missing") << body;
    }
}

TEST(Route, RefusesAnyOtherBody) {
    for (const char* body : {" ",
                             "x",
                             "null",
                             "1",
                             "\"comment\"",
                             "[]",
                             "{",
                             "{\"comment\":}",
                             "{\"comment\":1}",
                             "{\"comment\":null}",
                             "{\"comment\":[\"a\"]}",
                             "{\"comment\":{\"comment\":\"a\"}}",
                             "{\"comment\":\"a\",\"comment\":\"b\"}",
                             "{\"comment\":\"a\",\"by\":\"b\"}",
                             "{\"Comment\":\"a\"}",
                             "{\"comment\":\"a\"}}",
                             "{\"comment\":\"a\"} {}",
                             "{\"comment\":\"a\n\"}",
                             "{\"comment\":\"\xff\"}",
                             "{\"comment\":\"\\ud800\"}",
                             "\xef\xbb\xbf{\"comment\":\"a\"}",
                             "{\"comment\":\"a\"} /* */",
                             "comment=a",
                             "{\"comment\":1e999}",
                             "{\"comment\":\"a\",}"})
        EXPECT_EQ(refused_body(body), "bad_request") << body;
    EXPECT_EQ(refused_body(std::string_view("{\"comment\":\"a\"}\0x", 17)), "bad_request");
    std::string deep(60'000, '[');
    EXPECT_EQ(refused_body(deep), "bad_request");
    EXPECT_EQ(refused_body("{\"comment\":" + deep), "bad_request");
    EXPECT_EQ(refused("GET", "/v1/whoami", "x"), "bad_request");
    EXPECT_EQ(refused("GET", "/v1/approvals", "{}"), "bad_request");
}

TEST(Route, RefusesOtherPaths) {
    for (const char* path :
         {"", "/", "*", "/v1", "/v2/whoami", "/v1/whoami/", "/v1/approvals/", "/v1/approvalsX",
          "/v1/approvals//approve", "/v1/approvals/R-7F3KQ2AV/", "/v1/approvals/R-7F3KQ2AV/vote",
          "/v1/approvals/R-7F3KQ2AV/approve/", "http://localhost/v1/whoami", "/v1/Whoami"})
        EXPECT_EQ(refused("GET", path), "no_route") << path;
}

TEST(Route, RefusesOtherMethods) {
    for (const char* method : {"POST", "HEAD", "DELETE", "get", ""}) {
        EXPECT_EQ(refused(method, "/v1/whoami"), "method_not_allowed") << method;
        EXPECT_EQ(refused(method, "/v1/approvals"), "method_not_allowed") << method;
        EXPECT_EQ(refused(method, "/v1/approvals/R-7F3KQ2AV"), "method_not_allowed") << method;
    }
    for (const char* method : {"GET", "PUT"})
        for (const char* vote : {"approve", "deny", "revoke"})
            EXPECT_EQ(refused(method, std::string("/v1/approvals/R-7F3KQ2AV/") + vote),
                      "method_not_allowed");
}

TEST(Route, ActionsHaveNames) {
    EXPECT_EQ(name(Action::whoami), "whoami");
    EXPECT_EQ(name(Action::list), "approvals.list");
    EXPECT_EQ(name(Action::show), "approvals.show");
    EXPECT_EQ(name(Action::approve), "approvals.approve");
    EXPECT_EQ(name(Action::deny), "approvals.deny");
    EXPECT_EQ(name(Action::revoke), "approvals.revoke");
}

}  // namespace
}  // namespace sluice::control
