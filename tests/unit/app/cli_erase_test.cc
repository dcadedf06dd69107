#include "app/cli_erase.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

struct Daemon {
    std::string asked;
    AskDaemon says(unsigned status, const std::string& body) {
        return [this, status, body](const std::string& method, const std::string& target,
                                    const std::string& sent) {
            asked = method + " " + target + " " + sent;
            return Result<http::LocalAnswer>(http::LocalAnswer{status, body});
        };
    }
};

TEST(CliErase, TellsHowMuchIsGone) {
    Daemon daemon;
    const Erased erased = erase_person(daemon.says(200, R"({"erased": 3})"), "alice", "DSR-17");
    EXPECT_EQ(daemon.asked,
              "POST /v1/people/erase {\"person\":\"alice\",\"comment\":\"DSR-17\"}\n");
    EXPECT_EQ(erased.code, kApprovalsDone);
    EXPECT_EQ(erased.out, "3 entries about them deleted; every proof holds as before\n");
    EXPECT_EQ(erase_person(daemon.says(200, R"({"erased": 0})"), "alice", "x").out,
              "nothing was known of them\n");
}

TEST(CliErase, PassesARefusalOn) {
    Daemon daemon;
    const Erased refused = erase_person(
        daemon.says(409, R"({"error": {"code": "still_live", "message": "request R-1"}})"), "a",
        "b");
    EXPECT_EQ(refused.code, kApprovalsRefused);
    EXPECT_EQ(refused.err, "sluice audit erase: request R-1 (still_live)\n");
    EXPECT_EQ(erase_person(daemon.says(200, "{}"), "a", "b").code, kApprovalsNoAnswer);
}

}  // namespace
}  // namespace sluice::app
