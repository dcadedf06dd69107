#include "policy/network.h"

#include <gtest/gtest.h>

namespace sluice::policy {
namespace {

TEST(Network, IsReadFromItsText) {
    const auto all = parse_network("0.0.0.0/0");
    ASSERT_TRUE(all.has_value());
    EXPECT_EQ(all->address, 0u);
    EXPECT_EQ(all->prefix, 0u);
    const auto network = parse_network("10.8.128.0/17");
    ASSERT_TRUE(network.has_value());
    EXPECT_EQ(network->address, 0x0a088000u);
    EXPECT_EQ(network->prefix, 17u);
    const auto one = parse_network("255.255.255.255");
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(one->address, 0xffffffffu);
    EXPECT_EQ(one->prefix, 32u);
}

TEST(Network, IsNothingElse) {
    for (const char* text : {"", "10", "10.8.0.0/", "10.8.0.0/33", "10.8.0.0/017", "10.8.0.0/a",
                             "10.8.64.0/17", "10.8.0.0/17x", "10..0.0", "10.8.0.0.0", ".8.0.0",
                             "256.0.0.0", "00.0.0.0", "-1.0.0.0", " 10.8.0.0"})
        EXPECT_FALSE(parse_network(text).has_value()) << text;
}

}  // namespace
}  // namespace sluice::policy
