#include "app/process.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>
#include <vector>

#include "app/version.h"

namespace sluice::app {
namespace {

using namespace std::chrono_literals;

TEST(Process, TakesOurSignalsOneByOneAndIgnoresABrokenPipe) {
    // In a thread of its own, so that the mask of the other tests stays as it is.
    std::thread([] {
        block_signals();
        for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
            pthread_kill(pthread_self(), number);
            EXPECT_EQ(wait_signal(10s), number);
        }
        EXPECT_EQ(wait_signal(0s), std::nullopt);
        pthread_kill(pthread_self(), SIGPIPE);
    }).join();
}

TEST(Process, EndsAtASecondSignalOnceTheyAreLetThrough) {
    EXPECT_EXIT(
        {
            block_signals();
            let_signals_end_us();
            raise(SIGTERM);
        },
        testing::KilledBySignal(SIGTERM), "");
}

TEST(Process, RaisesTheLimitOfDescriptors) {
    const rlim_t most = [] {
        rlimit limit{};
        getrlimit(RLIMIT_NOFILE, &limit);
        return limit.rlim_max;
    }();
    EXPECT_TRUE(raise_fd_limit(1));
    const std::size_t connections = (static_cast<std::size_t>(most) - 256) / 2;
    EXPECT_TRUE(raise_fd_limit(connections));
    EXPECT_GE(process_numbers().fds_max, connections * 2);
}

TEST(Process, SaysHowManyDescriptorsItCannotHave) {
    // More than fs.nr_open lets even root have.
    const auto raised = raise_fd_limit(std::size_t{1} << 40);
    ASSERT_FALSE(raised);
    EXPECT_EQ(raised.error().code, Errc::permission);
    EXPECT_EQ(raised.error().context.rfind(
                  "1099511627776 connections need 2199023255808 file descriptors and only ", 0),
              0u)
        << raised.error().context;
}

long page_faults() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

TEST(Process, GivesTheNextWindowTheMemoryOfTheLast) {
    keep_large_blocks();
    const auto use_one = [] {
        std::vector<char> window(1024 * 1024, 'x');
        EXPECT_EQ(window.back(), 'x');
    };
    use_one();
    const long before = page_faults();
    for (int n = 0; n < 100; ++n) use_one();
    EXPECT_LT(page_faults() - before, 256);  // one window from fresh pages is 256 faults
}

TEST(Process, CountsItself) {
    const telemetry::ProcessNumbers numbers = process_numbers();
    EXPECT_EQ(numbers.version, kVersion);
    EXPECT_GT(numbers.start_time_seconds, 1.7e9);
    EXPECT_GT(numbers.cpu_seconds, 0);
    EXPECT_GT(numbers.resident_bytes, 1'000'000u);
    EXPECT_GT(numbers.virtual_bytes, numbers.resident_bytes);
    EXPECT_GE(numbers.open_fds, 3u);
}

}  // namespace
}  // namespace sluice::app
