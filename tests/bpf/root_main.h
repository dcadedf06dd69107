// root_main.h: the main of a gtest program that needs root and a network namespace of its own.
//
// Without root it says so and ends with 77, which ctest counts as skipped.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace sluice::capture {

inline int run_as_root_in_a_namespace(int count, char** words) {
    ::testing::InitGoogleTest(&count, words);
    if (::geteuid() != 0) {
        std::printf("skipped: loading BPF programs needs root\n");
        return 77;
    }
    if (::unshare(CLONE_NEWNET) != 0 || std::system("ip link set lo up") != 0) {
        std::perror("a network namespace of our own");
        return 1;
    }
    return RUN_ALL_TESTS();
}

}  // namespace sluice::capture
