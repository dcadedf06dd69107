#include "control/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/control/support.h"

namespace sluice::control {
namespace {

using Json = nlohmann::json;

TEST(ControlJson, TimesAreRfc3339) {
    EXPECT_EQ(to_rfc3339(86'401 * fake::kSecond + 7'999'999), "1970-01-02T00:00:01.007Z");
    EXPECT_EQ(to_rfc3339(1'800'000'000 * fake::kSecond), "2027-01-15T08:00:00.000Z");
}

TEST(ControlJson, ARequestIsWholeWithWhatIsStillMissing) {
    EXPECT_EQ(Json::parse(to_json(fake::request())), Json::parse(R"({
        "id": "R-7F3KQ2AV", "state": "pending",
        "created": "1970-01-02T00:00:00.000Z", "expires": "1970-01-02T00:30:00.000Z",
        "ended": null, "cluster": "main", "principal": "user:eve", "human": "eve@example.org",
        "client": "10.8.1.2:4711", "client_id": "console", "session": 7,
        "operation": "topic.create", "resources": "orders,orders.eu",
        "details": ["partitions 3", "replicas 2"],
        "requirements": [
            {"rule": "lifecycle", "groups": ["owners"], "principals": ["user:boss"], "count": 2,
             "approvals": 1, "missing": 1},
            {"rule": "eu", "groups": ["eu"], "principals": [], "count": 1,
             "approvals": 0, "missing": 1}],
        "votes": [{"time": "1970-01-02T00:01:01.000Z", "human": "ann@example.org",
                   "principal": "user:ann", "vote": "approve", "comment": "fine"}],
        "unit": null, "used_units": [], "ticket_seconds": 1800,
        "digest": "01ab000000000000000000000000000000000000000000000000000000000000"})"));
}

TEST(ControlJson, ADenialIsNoApprovalAndMoreThanEnoughMissesNothing) {
    approval::Request request = fake::request();
    request.ask.requirements[0].count = 1;
    request.votes.push_back({"bob", "user:bob", true, {0}, "", 1});
    request.votes.push_back({"cat", "user:cat", false, {0, 1}, "", 1});
    const Json requirements = Json::parse(to_json(request))["requirements"];
    EXPECT_EQ(requirements[0]["approvals"], 2);
    EXPECT_EQ(requirements[0]["missing"], 0);
    EXPECT_EQ(requirements[1]["approvals"], 0);
}

TEST(ControlJson, WhatNobodyKnowsIsNull) {
    approval::Request request = fake::request();
    request.ask.human.clear();
    request.ask.unit = "partition 3";
    request.ended_ns = fake::kSecond;
    const Json json = Json::parse(to_json(request));
    EXPECT_EQ(json["human"], nullptr);
    EXPECT_EQ(json["unit"], "partition 3");
    EXPECT_EQ(json["ended"], "1970-01-01T00:00:01.000Z");
}

TEST(ControlJson, BytesThatAreNoTextAreReplacedAndNothingElseIs) {
    approval::Request request = fake::request();
    request.ask.client_id = "a\xff\"\x1b[2J\n";
    EXPECT_EQ(Json::parse(to_json(request))["client_id"], "a\xef\xbf\xbd\"\x1b[2J\n");
}

TEST(ControlJson, AListStopsWhereItWouldBeTooLongAndSaysSo) {
    const std::vector<approval::Request> three(3, fake::request());
    const std::size_t one = to_json(fake::request()).size();
    EXPECT_EQ(Json::parse(to_json(three))["approvals"].size(), 3u);
    EXPECT_EQ(Json::parse(to_json(three))["left_out"], 0);
    const Json cut = Json::parse(to_json(three, 3 * one));
    EXPECT_EQ(cut["approvals"], Json::array({Json::parse(to_json(fake::request())),
                                             Json::parse(to_json(fake::request()))}));
    EXPECT_EQ(cut["left_out"], 1);
    EXPECT_EQ(Json::parse(to_json(std::vector<approval::Request>{})),
              Json::parse(R"({"approvals": [], "left_out": 0})"));
}

TEST(ControlJson, ACallerIsToldAllThatTheirRolesInclude) {
    const People people(fake::people(), fake::name_of);
    EXPECT_EQ(Json::parse(to_json(people.resolve(1000))), Json::parse(R"({
        "uid": 1000, "unix_user": "ann", "human": "ann@example.org", "principal": "user:ann",
        "groups": ["owners", "team"], "roles": ["viewer", "approver"]})"));
    EXPECT_EQ(Json::parse(to_json(people.resolve(9999))), Json::parse(R"({
        "uid": 9999, "unix_user": null, "human": null, "principal": null,
        "groups": [], "roles": []})"));
}

TEST(ControlJson, ARefusalIsACodeAndASentence) {
    EXPECT_EQ(to_json(Refusal{Code::self_approval, "nobody votes on their own request"}),
              "{\"error\":{\"code\":\"self_approval\","
              "\"message\":\"nobody votes on their own request\"}}\n");
}

}  // namespace
}  // namespace sluice::control
