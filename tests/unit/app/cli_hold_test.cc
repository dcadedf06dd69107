#include "app/cli_hold.h"

#include <gtest/gtest.h>

#include "app/cli_audit.h"
#include "auditlog/holds.h"
#include "support/temp_directory.h"

namespace sluice::app {
namespace {

using auditlog::Hold;

class HoldCommands : public testing::Test {
  protected:
    int run(std::vector<std::string> words) {
        CLI::App app;
        int code = kAuditOk;
        CLI::App* audit = app.add_subcommand("audit");
        add_hold_commands(*audit, code);
        words.insert(words.begin(), {"audit", "hold"});
        words.insert(words.end(), {"--dir", directory_.path().string()});
        std::reverse(words.begin(), words.end());
        try {
            app.parse(words);
        } catch (const CLI::ParseError&) {
            return kUsage;
        }
        return code;
    }
    std::vector<Hold> holds() { return *auditlog::read_holds(directory_.path()); }
    tests::TempDirectory directory_;
};

TEST_F(HoldCommands, AddListAndRelease) {
    EXPECT_EQ(run({"add", "--entries", "4000-4999", "--reason", "case 12"}), kAuditOk);
    ASSERT_EQ(holds().size(), 1u);
    EXPECT_EQ(holds()[0].from, 4000);
    EXPECT_EQ(holds()[0].to, 4999);
    EXPECT_EQ(holds()[0].reason, "case 12");
    EXPECT_EQ(run({"add", "--since", "2026-01-01", "--reason", "case 13"}), kAuditOk);
    EXPECT_EQ(holds()[1].over, Hold::Over::time);
    EXPECT_EQ(holds()[1].from, 1'767'225'600'000'000'000);
    EXPECT_EQ(holds()[1].to, INT64_MAX);
    EXPECT_EQ(run({"ls"}), kAuditOk);
    EXPECT_EQ(run({"release", "1"}), kAuditOk);
    EXPECT_EQ(holds().size(), 1u);
    EXPECT_EQ(run({"release", "1"}), kAuditUnreadable);
}

TEST_F(HoldCommands, WhatSaysNothingIsUsage) {
    EXPECT_EQ(run({"add", "--reason", "x"}), kUsage);
    EXPECT_EQ(run({"add", "--entries", "1-2"}), kUsage);
    EXPECT_EQ(run({"add", "--entries", "1-2", "--since", "1h", "--reason", "x"}), kUsage);
    EXPECT_EQ(run({"add", "--since", "soon", "--reason", "x"}), kUsage);
    EXPECT_TRUE(holds().empty());
}

TEST(RangeOfEntries, HasBothItsEnds) {
    EXPECT_EQ(*parse_entries("4000-4999"), (std::pair<std::int64_t, std::int64_t>{4000, 4999}));
    EXPECT_EQ(*parse_entries("7"), (std::pair<std::int64_t, std::int64_t>{7, 7}));
    for (const std::string text : {"", "-", "5-", "-5", "5-4", "5-6x", "x", "5 6"})
        EXPECT_FALSE(parse_entries(text)) << text;
}

}  // namespace
}  // namespace sluice::app
