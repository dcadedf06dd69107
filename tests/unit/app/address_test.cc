#include "app/address.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::app {
namespace {

std::string reason4(const std::string& text) {
    const auto network = parse_network4(text);
    return network ? "taken: " + to_text(*network) : network.error().context;
}
std::string reason6(const std::string& text) {
    const auto network = parse_network6(text);
    return network ? "taken: " + *network : network.error().context;
}

TEST(Network4, IsReadAndWrittenTheSame) {
    for (const std::string text : {"10.91.2.0/24", "10.0.0.0/8", "192.168.1.17/32", "128.0.0.0/2"})
        EXPECT_EQ(reason4(text), "taken: " + text);
    EXPECT_EQ(*parse_network4("10.91.2.0/24"), (Network4{0x0a5b0200, 24}));
}

TEST(Network4, RefusesWhatIsNoNetwork) {
    for (const std::string text :
         {"", "10.91.2.0", "10.91.2.0/", "10.91.2.0/33", "10.91.2.0/-1", "10.91.2.0/24/",
          "10.91.2/24", "/24", "a/24", "::/64", "10.91.2.0/ 24", "10.091.2.0/24x"})
        EXPECT_EQ(reason4(text), "is not an ipv4 network such as 10.91.2.0/24") << text;
}

TEST(Network4, RefusesBitsBehindThePrefixAndNamesTheNetwork) {
    EXPECT_EQ(reason4("10.91.2.7/24"),
              "has bits set behind its prefix; the network is 10.91.2.0/24");
    EXPECT_EQ(reason4("1.2.3.4/0"), "has bits set behind its prefix; the network is 0.0.0.0/0");
}

TEST(Network4, RefusesWhereNoBrokerCanBe) {
    EXPECT_EQ(reason4("0.0.0.0/0"), "would be every address there is");
    EXPECT_EQ(reason4("127.0.0.0/8"), "overlaps 127.0.0.0/8, where no broker can be");
    EXPECT_EQ(reason4("127.0.0.1/32"), "overlaps 127.0.0.0/8, where no broker can be");
    EXPECT_EQ(reason4("0.0.0.0/1"), "overlaps 0.0.0.0/8, where no broker can be");
    EXPECT_EQ(reason4("239.1.0.0/16"), "overlaps 224.0.0.0/3, where no broker can be");
}

TEST(Network4, OverlapsOnlyWhereOneHoldsTheOther) {
    const Network4 wide{0x0a000000, 8}, narrow{0x0a5b0200, 24}, beside{0x0a5b0300, 24};
    EXPECT_TRUE(overlap(wide, narrow));
    EXPECT_TRUE(overlap(narrow, wide));
    EXPECT_TRUE(overlap(narrow, narrow));
    EXPECT_FALSE(overlap(narrow, beside));
}

TEST(Network6, IsGivenBackInItsUsualForm) {
    EXPECT_EQ(reason6("fd00:91:2::/64"), "taken: fd00:91:2::/64");
    EXPECT_EQ(reason6("FD00:0091:0002:0::/64"), "taken: fd00:91:2::/64");
    EXPECT_EQ(reason6("fd00::1/128"), "taken: fd00::1/128");
}

TEST(Network6, RefusesWhatIsNoNetwork) {
    for (const std::string text : {"", "fd00::", "fd00::/129", "10.0.0.0/8", "g::/64"})
        EXPECT_EQ(reason6(text), "is not an ipv6 network such as fd00:91:2::/64") << text;
    EXPECT_EQ(reason6("fd00:91:2::1/64"),
              "has bits set behind its prefix; the network is fd00:91:2::/64");
    EXPECT_EQ(reason6("::/0"), "would be every address there is");
}

TEST(ListenAddress, IsReadAndWrittenTheSame) {
    EXPECT_EQ(*parse_listen_address("127.0.0.1:9464"), (ListenAddress{"127.0.0.1", 9464}));
    EXPECT_EQ(*parse_listen_address("[::1]:80"), (ListenAddress{"::1", 80}));
    for (const std::string text : {"127.0.0.1:9464", "[::1]:80"})
        EXPECT_EQ(to_text(*parse_listen_address(text)), text);
}

TEST(ListenAddress, RefusesNamesAndPortsThatAreNone) {
    const std::string shape = "is not an address and a port such as 127.0.0.1:9464 or [::1]:9464";
    for (const std::string text : {"localhost:9464", ":9464", "::1:9464", "[127.0.0.1]:9464"})
        EXPECT_EQ(parse_listen_address(text).error().context, shape) << text;
    for (const std::string text : {"127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:", "127.0.0.1:x"})
        EXPECT_EQ(parse_listen_address(text).error().context,
                  "has a port that is not from 1 to 65535")
            << text;
    EXPECT_EQ(parse_listen_address("9464").error().context,
              "is not an address and a port such as 127.0.0.1:9464");
}

}  // namespace
}  // namespace sluice::app
