#include "app/cli_approvals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "app/cli_audit.h"
#include "control/json.h"
#include "control/server.h"
#include "support/temp_directory.h"
#include "unit/control/support.h"
#include "unit/http/unix_client.h"

namespace sluice::app {
namespace {

using control::Code;
using Json = nlohmann::json;

// A daemon that says one thing, and remembers what it was asked.
struct Daemon {
    explicit Daemon(unsigned status, std::string body) : says{status, std::move(body)} {}
    AskDaemon ask() {
        return [this](const std::string& method, const std::string& target,
                      const std::string& body) -> Result<http::LocalAnswer> {
            asked.push_back(method + " " + target + " " + body);
            return says;
        };
    }
    http::LocalAnswer says;
    std::vector<std::string> asked;
};
Daemon one() {
    return Daemon(200, control::to_json(control::fake::request()));
}
Daemon refusing(Code code) {
    return Daemon(control::status_of(code), control::to_json(control::Refusal{code, "why not"}));
}
AskDaemon nobody() {
    return [](const std::string&, const std::string&, const std::string&) {
        return Result<http::LocalAnswer>(Error{Errc::unavailable, "no daemon listens there"});
    };
}

TEST(CliApprovals, ListsATableOrOneObjectALine) {
    const auto request = control::fake::request();
    Daemon daemon(200, control::to_json(std::vector<approval::Request>{request, request}));
    auto answer = list_approvals(daemon.ask(), Listed::pending, 5, ApprovalsForm::text);
    EXPECT_EQ(answer.code, kApprovalsDone);
    EXPECT_EQ(answer.out.substr(0, answer.out.find('\n') + 1),
              "id          state    expires (UTC)        who              operation     resources"
              "         still needs\n");
    EXPECT_EQ(daemon.asked.back(), "GET /v1/approvals?state=pending&limit=5 ");
    answer = list_approvals(daemon.ask(), Listed::all, 100, ApprovalsForm::json);
    EXPECT_EQ(daemon.asked.back(), "GET /v1/approvals?state=all&limit=100 ");
    EXPECT_EQ(answer.out, control::to_json(request) + control::to_json(request));
    EXPECT_EQ(answer.err, "");
}

TEST(CliApprovals, SaysWhenThereIsNothingAndWhenThereIsMore) {
    Daemon daemon(200, R"({"approvals": [], "left_out": 0})");
    EXPECT_EQ(list_approvals(daemon.ask(), Listed::pending, 5, ApprovalsForm::text).out,
              "nothing waits for an approval\n");
    EXPECT_EQ(list_approvals(daemon.ask(), Listed::all, 5, ApprovalsForm::text).out,
              "there are no requests\n");
    EXPECT_EQ(list_approvals(daemon.ask(), Listed::all, 5, ApprovalsForm::json).out, "");
    daemon.says.body = R"({"approvals": [], "left_out": 3})";
    EXPECT_EQ(list_approvals(daemon.ask(), Listed::all, 5, ApprovalsForm::text).err,
              "sluice approvals ls: 3 more did not fit\n");
}

TEST(CliApprovals, ShowsOne) {
    Daemon daemon = one();
    const auto text = show_approval(daemon.ask(), "R-7F3KQ2AV", ApprovalsForm::text);
    EXPECT_TRUE(text.out.starts_with("request     R-7F3KQ2AV, pending\n"));
    const auto json = show_approval(daemon.ask(), "R-7F3KQ2AV", ApprovalsForm::json);
    EXPECT_EQ(json.out, daemon.says.body);
    EXPECT_EQ(daemon.asked.back(), "GET /v1/approvals/R-7F3KQ2AV ");
}

TEST(CliApprovals, VotesOnEachWithTheComment) {
    Daemon daemon = one();
    const auto answer = vote_on_approvals(daemon.ask(), "approve", {"R-00000001", "R-00000002"},
                                          "it's \"fine\"", ApprovalsForm::text);
    EXPECT_EQ(answer.code, kApprovalsDone);
    EXPECT_EQ(daemon.asked,
              (std::vector<std::string>{
                  "POST /v1/approvals/R-00000001/approve {\"comment\":\"it's \\\"fine\\\"\"}\n",
                  "POST /v1/approvals/R-00000002/approve {\"comment\":\"it's \\\"fine\\\"\"}\n"}));
    const std::string line =
        "R-7F3KQ2AV is pending, still needs 1 of group owners or user:boss; 1 of group eu\n";
    EXPECT_EQ(answer.out, line + line);
}

TEST(CliApprovals, GoesOnAfterARefusal) {
    Daemon daemon = refusing(Code::self_approval);
    const auto answer = vote_on_approvals(daemon.ask(), "deny", {"R-00000001", "R-00000002"}, "no",
                                          ApprovalsForm::text);
    EXPECT_EQ(answer.code, kApprovalsRefused);
    EXPECT_EQ(answer.out, "");
    EXPECT_EQ(answer.err,
              "sluice approvals deny: R-00000001: why not (self_approval)\n"
              "sluice approvals deny: R-00000002: why not (self_approval)\n");
    const auto json =
        vote_on_approvals(daemon.ask(), "deny", {"R-00000001"}, "no", ApprovalsForm::json);
    EXPECT_EQ(Json::parse(json.out),
              Json::parse(R"({"error": {"code": "self_approval", "message": "why not"},
                              "id": "R-00000001"})"));
}

TEST(CliApprovals, TellsARefusalFromADaemonThatCannot) {
    const auto codes = [](const AskDaemon& ask) {
        return std::vector<int>{
            list_approvals(ask, Listed::all, 1, ApprovalsForm::text).code,
            show_approval(ask, "R-00000001", ApprovalsForm::text).code,
            vote_on_approvals(ask, "revoke", {"R-00000001"}, "", ApprovalsForm::text).code,
            who_am_i(ask, ApprovalsForm::json).code};
    };
    Daemon refuses = refusing(Code::unknown_caller);
    Daemon fails = refusing(Code::unavailable);
    Daemon talks(200, "hello");
    Daemon lists(200, "[]");
    EXPECT_EQ(codes(refuses.ask()), std::vector<int>(4, kApprovalsRefused));
    EXPECT_EQ(codes(fails.ask()), std::vector<int>(4, kApprovalsNoAnswer));
    EXPECT_EQ(codes(talks.ask()), std::vector<int>(4, kApprovalsNoAnswer));
    EXPECT_EQ(codes(lists.ask()), std::vector<int>(4, kApprovalsNoAnswer));
    EXPECT_EQ(codes(nobody()), std::vector<int>(4, kApprovalsNoAnswer));
    EXPECT_EQ(who_am_i(nobody(), ApprovalsForm::text).err,
              "sluice whoami: no daemon listens there\n");
    EXPECT_EQ(show_approval(refuses.ask(), "R-00000001", ApprovalsForm::json).out,
              refuses.says.body);
}

// -- The whole way: command line, socket, API.

class CliApprovalsRun : public testing::Test {
  protected:
    CliApprovalsRun() {
        control::ControlOptions options;
        options.socket = folder.path() / "c";
        options.people = control::fake::people();
        options.user_name_of = [](std::uint32_t uid) {
            return uid == ::geteuid() ? std::string("ann") : std::string();
        };
        auto started = control::ControlServer::start(std::move(options), port, log,
                                                     [](const control::RefusedCall&) {});
        SLUICE_CHECK(started.has_value());
        server = *std::move(started);
    }
    // The exit code; what was printed is in `out` and `err`.
    int run(const std::string& arguments) {
        CLI::App app;
        int code = -1;
        add_approvals_commands(app, code);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        try {
            app.parse(arguments + " --control " + (folder.path() / "c").string());
        } catch (const CLI::ParseError&) {
            code = kUsage;
        }
        out = testing::internal::GetCapturedStdout();
        err = testing::internal::GetCapturedStderr();
        return code;
    }
    tests::TempDirectory folder;
    control::fake::Port port;
    control::fake::Log log;
    std::unique_ptr<control::ControlServer> server;
    std::string out, err;
};

TEST_F(CliApprovalsRun, CarriesEachCommandToTheDaemonAndBack) {
    EXPECT_EQ(run("whoami"), kApprovalsDone);
    EXPECT_NE(out.find("human       ann@example.org\n"), std::string::npos) << out;
    EXPECT_EQ(run("approvals ls --all --limit 7 -o json"), kApprovalsDone);
    EXPECT_EQ(out, control::to_json(control::fake::request()));
    EXPECT_EQ(port.filters.back(), (control::ListFilter{control::ListFilter::Which::all, 7}));
    EXPECT_EQ(run("approvals show r-7f3kq2av"), kApprovalsDone);
    EXPECT_EQ(run("approvals approve R-7F3KQ2AV R-00000001"), kApprovalsDone);
    EXPECT_EQ(run("approvals deny R-7F3KQ2AV -m \"not now\""), kApprovalsDone);
    EXPECT_EQ(run("approvals revoke 7F3KQ2AV -m x"), kApprovalsDone);
    EXPECT_EQ(port.asked, (std::vector<std::string>{
                              "show R-7F3KQ2AV", "approve R-7F3KQ2AV ", "approve R-00000001 ",
                              "deny R-7F3KQ2AV not now", "revoke R-7F3KQ2AV x"}));
}

TEST_F(CliApprovalsRun, PrintsWhyItWasRefused) {
    port.refusal = {Code::self_approval, "nobody votes on their own request"};
    EXPECT_EQ(run("approvals approve R-7F3KQ2AV"), kApprovalsRefused);
    EXPECT_EQ(err,
              "sluice approvals approve: R-7F3KQ2AV: nobody votes on their own request "
              "(self_approval)\n");
    server.reset();
    EXPECT_EQ(run("approvals ls"), kApprovalsNoAnswer);
    EXPECT_NE(err.find("no daemon listens there"), std::string::npos) << err;
}

TEST_F(CliApprovalsRun, KnowsWhatItNeedsWithoutAskingTheDaemon) {
    for (const char* wrong :
         {"approvals", "approvals show", "approvals deny R-7F3KQ2AV", "approvals approve -m x",
          "approvals revoke R-7F3KQ2AV", "approvals revoke R-7F3KQ2AV R-00000001 -m x",
          "approvals show ../whoami", "approvals approve R-7F3KQ2AV x", "approvals ls --limit 0",
          "approvals ls -o yaml", "approvals vote R-7F3KQ2AV"})
        EXPECT_EQ(run(wrong), kUsage) << wrong;
    EXPECT_TRUE(port.asked.empty());
}

}  // namespace
}  // namespace sluice::app
