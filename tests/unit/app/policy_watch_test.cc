#include "app/policy_watch.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "support/temp_directory.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

class PolicyWatchTest : public testing::Test {
  protected:
    PolicyWatchTest() { write("a.yaml", "version: 1\n"); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(directory_ / name) << text;
    }
    const tests::TempDirectory temp_;
    const fs::path directory_ = temp_.path();
};

TEST_F(PolicyWatchTest, WhatIsThereAtTheBeginningIsNoChange) {
    PolicyWatch watch(directory_);
    EXPECT_FALSE(watch.changed());
    EXPECT_FALSE(watch.changed());
}

TEST_F(PolicyWatchTest, AChangeCountsOnceWhenItIsAtRest) {
    PolicyWatch watch(directory_);
    write("a.yaml", "version: 1\n# more\n");
    EXPECT_FALSE(watch.changed());
    EXPECT_TRUE(watch.changed());
    EXPECT_FALSE(watch.changed());
}

TEST_F(PolicyWatchTest, FilesThatStillChangeAreNotReadYet) {
    PolicyWatch watch(directory_);
    for (int size = 1; size < 5; ++size) {
        write("b.yaml", std::string(static_cast<std::size_t>(size), '#'));
        EXPECT_FALSE(watch.changed());
    }
    EXPECT_TRUE(watch.changed());
}

TEST_F(PolicyWatchTest, SeesFilesComeAndGo) {
    PolicyWatch watch(directory_);
    write("b.yaml", "version: 1\n");
    EXPECT_FALSE(watch.changed());
    EXPECT_TRUE(watch.changed());
    fs::remove(directory_ / "b.yaml");
    EXPECT_FALSE(watch.changed());
    EXPECT_TRUE(watch.changed());
}

TEST_F(PolicyWatchTest, AFolderThatGoesAwayIsAChange) {
    PolicyWatch watch(directory_);
    fs::remove_all(directory_);
    EXPECT_FALSE(watch.changed());
    EXPECT_TRUE(watch.changed());
}

TEST(PolicyWatch, WithoutAFolderNothingChanges) {
    PolicyWatch watch({});
    EXPECT_FALSE(watch.changed());
    EXPECT_FALSE(watch.changed());
}

}  // namespace
}  // namespace sluice::app
