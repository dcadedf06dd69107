#include "capture/pins.h"

#include <gtest/gtest.h>

namespace sluice::capture {
namespace {

TEST(Pins, LieInADirectoryOfTheRunAndALayoutOfTheirOwn) {
    const Pins pins("/sys/fs/bpf", "lab-1");
    EXPECT_EQ(pins.root, "/sys/fs/bpf/sluice-lab-1");
    EXPECT_EQ(pins.map("brokers"), "/sys/fs/bpf/sluice-lab-1/v1/brokers");
    EXPECT_EQ(pins.link("g0"), "/sys/fs/bpf/sluice-lab-1/link-g0");
}

TEST(Pins, AvoidTheDotThatBpffsReserves) {
    EXPECT_EQ(Pins("/b", "r").link("eth0.100"), "/b/sluice-r/link-eth0:100");
}

TEST(Pins, SayHowToGetABpfFileSystem) {
    auto mounted = ensure_bpffs("/nonexistent/bpf");
    ASSERT_FALSE(mounted);
    EXPECT_EQ(mounted.error().context,
              "no BPF file system at /nonexistent/bpf: No such file or directory");
}

TEST(Pins, GiveNoLockWhereTheRunHasNoDirectory) {
    auto lock = lock_pins(Pins("/nonexistent", "r"));
    ASSERT_TRUE(lock);
    EXPECT_FALSE(static_cast<bool>(*lock));
}

TEST(Fd, ClosesOnceAndGivesUpWhatItReleases) {
    Fd none;
    EXPECT_FALSE(static_cast<bool>(none));
    Fd fd(1000);
    Fd moved(std::move(fd));
    EXPECT_EQ(moved.release(), 1000);
    EXPECT_EQ(moved.get(), -1);
}

}  // namespace
}  // namespace sluice::capture
