#include "capture/coverage.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sluice::capture {
namespace {

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

SteeringOptions usable() {
    SteeringOptions out;
    out.client_interfaces = {"g0"};
    out.networks = {{ip(10, 91, 2, 0), 24}};
    out.ports = {9092};
    return out;
}

Coverage coverage_of(const SteeringOptions& options) {
    auto made = Coverage::from(options);
    EXPECT_TRUE(made.has_value());
    return *made;
}

std::string error_of(const std::function<void(SteeringOptions&)>& change) {
    SteeringOptions options = usable();
    change(options);
    auto made = Coverage::from(options);
    if (made) return "no error";
    EXPECT_EQ(made.error().code, Errc::config);
    return made.error().context;
}

// "scope port address/prefix origin", in the words of the map.
std::multiset<std::string> texts(const std::vector<BrokerEntry>& entries) {
    std::multiset<std::string> out;
    for (const auto& [key, value] : entries)
        out.insert(std::string(key.scope == SLUICE_SCOPE_ENDPOINT ? "endpoint " : "address ") +
                   std::to_string(ntohs(key.port)) + " " + to_text_address(ntohl(key.address)) +
                   "/" + std::to_string(key.prefix_bits - SLUICE_KEY_FIXED_BITS) +
                   (value.origin == SLUICE_ORIGIN_CONFIGURED ? " configured" : " learned"));
    return out;
}

TEST(Coverage, RefusesOptionsThatCannotWork) {
    using O = SteeringOptions;
    EXPECT_EQ(error_of([](O& o) { o.run_id = ""; }), "run id `` is not 1 to 32 of a-z, 0-9 and -");
    EXPECT_EQ(error_of([](O& o) { o.run_id = "a/../b"; }),
              "run id `a/../b` is not 1 to 32 of a-z, 0-9 and -");
    EXPECT_EQ(error_of([](O& o) { o.run_id = std::string(33, 'a'); }),
              "run id `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not 1 to 32 of a-z, 0-9 and -");
    EXPECT_EQ(error_of([](O& o) { o.mark = 0; }),
              "the capture mark must be non-zero and lie within its mask");
    EXPECT_EQ(error_of([](O& o) { o.mark = 0x4b000001; }),
              "the capture mark must be non-zero and lie within its mask");
    EXPECT_EQ(error_of([](O& o) { o.table = 254; }), "routing table 254 is the kernel's own");
    EXPECT_EQ(error_of([](O& o) { o.table = 0; }), "routing table 0 is the kernel's own");
    EXPECT_EQ(error_of([](O& o) { o.client_interfaces = {}; }),
              "no client interface is configured");
    EXPECT_EQ(error_of([](O& o) { o.client_interfaces = {"eth*"}; }),
              "`eth*` is not usable as the name of a client interface");
    EXPECT_EQ(error_of([](O& o) { o.client_interfaces = {"a\" drop"}; }),
              "`a\" drop` is not usable as the name of a client interface");
    EXPECT_EQ(error_of([](O& o) { o.client_interfaces = {"sixteen-letters-"}; }),
              "`sixteen-letters-` is not usable as the name of a client interface");
    EXPECT_EQ(error_of([](O& o) { o.client_interfaces.assign(17, "g0"); }),
              "more than 16 client interfaces");
    EXPECT_EQ(error_of([](O& o) { o.networks = {}; }), "no broker network is configured");
    EXPECT_EQ(error_of([](O& o) {
                  o.networks = {{ip(10, 0, 0, 0), 33}};
              }),
              "broker network `10.0.0.0/33` has a prefix above 32");
    EXPECT_EQ(error_of([](O& o) { o.ports = {0}; }), "0 is no broker port");
    EXPECT_EQ(error_of([](O& o) { o.ipv6_networks = {"fd00::/129"}; }),
              "`fd00::/129` is no IPv6 network (example: fd00:91:2::/64)");
    EXPECT_EQ(error_of([](O& o) { o.ipv6_networks = {"fd00::/6x"}; }),
              "`fd00::/6x` is no IPv6 network (example: fd00:91:2::/64)");
    EXPECT_EQ(error_of([](O& o) { o.ipv6_networks = {"10.0.0.0/8"}; }),
              "`10.0.0.0/8` is no IPv6 network (example: fd00:91:2::/64)");
}

TEST(Coverage, RefusesMoreEntriesThanTheMapHasRoomFor) {
    EXPECT_EQ(error_of([](SteeringOptions& options) {
                  options.ports.clear();
                  for (std::uint16_t port = 1; port <= 8192; ++port) options.ports.push_back(port);
              }),
              "the broker networks and ports make 8193 entries, above 8192");
}

TEST(Coverage, MakesAnAddressEntryANetworkAndAnEndpointEntryAPort) {
    SteeringOptions options = usable();
    options.ports = {9093, 9092, 9092};
    EXPECT_EQ(texts(coverage_of(options).entries()),
              (std::multiset<std::string>{"address 0 10.91.2.0/24 configured",
                                          "endpoint 9092 10.91.2.0/24 configured",
                                          "endpoint 9093 10.91.2.0/24 configured"}));
}

TEST(Coverage, TakesNoPortsAsEveryPort) {
    SteeringOptions options = usable();
    options.ports = {};
    const Coverage coverage = coverage_of(options);
    EXPECT_EQ(texts(coverage.entries()),
              (std::multiset<std::string>{"address 0 10.91.2.0/24 configured",
                                          "endpoint 0 10.91.2.0/24 configured"}));
    EXPECT_TRUE(coverage.configured({ip(10, 91, 2, 9), 1}));
}

TEST(Coverage, ClearsHostBitsAndDropsNetworksInsideOthers) {
    SteeringOptions options = usable();
    options.networks = {{ip(10, 91, 2, 2), 32},
                        {ip(10, 91, 2, 77), 24},
                        {ip(10, 91, 3, 1), 32},
                        {ip(10, 91, 3, 1), 32}};
    EXPECT_EQ(texts(coverage_of(options).entries()),
              (std::multiset<std::string>{
                  "address 0 10.91.2.0/24 configured", "endpoint 9092 10.91.2.0/24 configured",
                  "address 0 10.91.3.1/32 configured", "endpoint 9092 10.91.3.1/32 configured"}));
    options.networks = {{ip(1, 2, 3, 4), 0}, {ip(10, 91, 3, 1), 32}};
    EXPECT_EQ(texts(coverage_of(options).entries()),
              (std::multiset<std::string>{"address 0 0.0.0.0/0 configured",
                                          "endpoint 9092 0.0.0.0/0 configured"}));
}

TEST(Coverage, WritesIpv6NetworksAsNftDoes) {
    SteeringOptions options = usable();
    options.ipv6_networks = {"FD00:91:2:0::9/64", "fd00:91:2::77", "fd00:91:3::0001", "::1/128"};
    EXPECT_EQ(coverage_of(options).ipv6_networks(),
              (std::vector<std::string>{"fd00:91:2::/64", "::1", "fd00:91:3::1"}));
}

TEST(Coverage, LearnsAndForgetsEndpointsBeyondTheConfiguration) {
    Coverage coverage = coverage_of(usable());
    const auto configured = texts(coverage.entries());
    coverage.learn({ip(10, 91, 2, 5), 9092});  // configured already
    EXPECT_EQ(texts(coverage.entries()), configured);

    coverage.learn({ip(10, 91, 7, 1), 9095});
    coverage.learn({ip(10, 91, 7, 1), 9094});
    coverage.learn({ip(10, 91, 7, 1), 9094});
    coverage.learn({ip(10, 91, 2, 5), 9094});
    auto expected = configured;
    expected.insert({"address 0 10.91.7.1/32 learned", "endpoint 9094 10.91.7.1/32 learned",
                     "endpoint 9095 10.91.7.1/32 learned", "endpoint 9094 10.91.2.5/32 learned"});
    EXPECT_EQ(texts(coverage.entries()), expected);

    coverage.forget({ip(10, 91, 7, 1), 9094});
    coverage.forget({ip(10, 91, 7, 1), 9095});
    coverage.forget({ip(10, 91, 2, 5), 9094});
    coverage.forget({ip(10, 91, 2, 5), 9092});  // no effect: configured
    EXPECT_EQ(texts(coverage.entries()), configured);
}

}  // namespace
}  // namespace sluice::capture
