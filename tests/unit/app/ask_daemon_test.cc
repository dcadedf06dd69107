#include "app/ask_daemon.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

AskDaemon says(unsigned status, const std::string& body) {
    return [=](const std::string&, const std::string&, const std::string&) {
        return Result<http::LocalAnswer>(http::LocalAnswer{status, body});
    };
}

TEST(AskFor, AnAnswerIsItsBody) {
    const Said said = ask_for(says(200, R"({"a": 1})"), "GET", "/");
    EXPECT_EQ(said.code, kApprovalsDone);
    EXPECT_EQ(said.body["a"], 1);
    EXPECT_EQ(said.problem, "");
}

TEST(AskFor, ARefusalIsASentenceAndACode) {
    const std::string body = R"({"error": {"code": "role_missing", "message": "not you"}})";
    EXPECT_EQ(ask_for(says(403, body), "GET", "/").code, kApprovalsRefused);
    EXPECT_EQ(ask_for(says(403, body), "GET", "/").problem, "not you (role_missing)");
    EXPECT_EQ(ask_for(says(503, body), "GET", "/").code, kApprovalsNoAnswer);
}

TEST(AskFor, NoDaemonIsNoAnswer) {
    const AskDaemon nobody = [](const auto&, const auto&, const auto&) {
        return Result<http::LocalAnswer>(Error{Errc::unavailable, "nobody listens"});
    };
    EXPECT_EQ(ask_for(nobody, "GET", "/").code, kApprovalsNoAnswer);
    EXPECT_EQ(ask_for(nobody, "GET", "/").problem, "nobody listens");
    EXPECT_EQ(ask_for(says(200, "[1]"), "GET", "/").code, kApprovalsNoAnswer);
    EXPECT_EQ(ask_for(daemon_at("/nowhere/there"), "GET", "/").code, kApprovalsNoAnswer);
}

}  // namespace
}  // namespace sluice::app
