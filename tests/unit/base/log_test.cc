#include "base/log.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

// init() registers the one logger of the process, so one test says all of it.
TEST(Log, RefusesAnUnknownLevelAndObeysAKnownOne) {
    EXPECT_EQ(log::init("chatty").error(), (Error{Errc::config, "unknown log level `chatty`"}));

    ASSERT_TRUE(log::init("warn"));
    testing::internal::CaptureStderr();
    log::info("left out");
    log::warn("broker {} is unreachable", "10.91.2.2:9092");
    const std::string written = testing::internal::GetCapturedStderr();
    EXPECT_EQ(written.find("left out"), std::string::npos) << written;
    EXPECT_NE(written.find("Z warning broker 10.91.2.2:9092 is unreachable\n"), std::string::npos)
        << written;
}

}  // namespace
}  // namespace sluice
