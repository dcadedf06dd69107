#include "capture/guard_text.h"

#include <gtest/gtest.h>

namespace sluice::capture {
namespace {

SteeringOptions usable() {
    SteeringOptions out;
    out.client_interfaces = {"g0", "g2"};
    out.networks = {{10u << 24 | 91 << 16 | 2 << 8, 24}, {10u << 24 | 91 << 16 | 3 << 8 | 2, 32}};
    out.ports = {9092, 9093};
    return out;
}

Coverage coverage_of(const SteeringOptions& options) {
    auto made = Coverage::from(options);
    EXPECT_TRUE(made.has_value());
    return *made;
}

// Nft indents by tabs, and lines grow long: T stands for a tab, RESET for the end of most rules.
std::string spelled_out(std::string text) {
    for (const auto& [sign, meaning] :
         {std::pair<std::string, std::string>{"RESET",
                                              R"(counter name "refused" reject with tcp reset)"},
          {"CLIENTS", R"(iifname { "g0", "g2" })"},
          {"T", "\t"}})
        for (std::size_t at = 0; (at = text.find(sign, at)) != std::string::npos;
             at += meaning.size())
            text.replace(at, sign.size(), meaning);
    return text;
}

// As `nft list table` (1.0.6) prints the guard of usable() with one learned endpoint.
const std::string kListing = spelled_out(R"(table inet sluice_t-1 {
Tcounter refused {
TTpackets 5 bytes 300
T}

Tset brokers4 {
TTtype ipv4_addr . inet_service
TTflags interval
TTelements = { 10.91.2.0/24 . 9092,
TTT     10.91.2.0/24 . 9093,
TTT     10.91.3.2 . 9092,
TTT     10.91.3.2 . 9093,
TTT     10.91.9.9 . 9094 }
T}

Tset ports6 {
TTtype inet_service
TTflags interval
TTelements = { 9092, 9093 }
T}

Tchain forwarded {
TTtype filter hook forward priority filter - 10; policy accept;
TTCLIENTS ip option lsrr exists counter name "refused" drop
TTCLIENTS ip option ssrr exists counter name "refused" drop
TTCLIENTS ip daddr . tcp dport @brokers4 RESET
TTCLIENTS meta nfproto ipv6 tcp dport @ports6 RESET
T}

Tchain delivered {
TTtype filter hook input priority filter - 10; policy accept;
TTCLIENTS meta l4proto tcp meta priority 534c:5543 RESET
T}
}
)");

Coverage listed_coverage() {
    Coverage coverage = coverage_of(usable());
    coverage.learn({10u << 24 | 91 << 16 | 9 << 8 | 9, 9094});
    return coverage;
}

std::string replaced(std::string_view text, std::string_view old, std::string_view fresh) {
    std::string out(text);
    const std::size_t at = out.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return out.replace(at, old.size(), fresh);
}

TEST(GuardText, ReplacesTheTableInOneTransactionAndKeepsItsCount) {
    SteeringOptions options = usable();
    options.client_interfaces = {"g0"};
    options.networks.pop_back();
    options.ports.pop_back();
    options.ipv6_networks = {"fd00::/64"};
    EXPECT_EQ(guard_commands("t-1", options.client_interfaces, coverage_of(options), {7, 420}),
              spelled_out(R"(add table inet sluice_t-1
delete table inet sluice_t-1
table inet sluice_t-1 {
  counter refused { packets 7 bytes 420 }
  set brokers4 { type ipv4_addr . inet_service; flags interval; elements = { 10.91.2.0/24 . 9092 } }
  set brokers6 { type ipv6_addr . inet_service; flags interval; elements = { fd00::/64 . 9092 } }
  chain forwarded {
    type filter hook forward priority filter - 10; policy accept;
    iifname "g0" ip option lsrr exists counter name "refused" drop
    iifname "g0" ip option ssrr exists counter name "refused" drop
    iifname "g0" ip daddr . tcp dport @brokers4 RESET
    iifname "g0" ip6 daddr . tcp dport @brokers6 RESET
  }
  chain delivered {
    type filter hook input priority filter - 10; policy accept;
    iifname "g0" meta l4proto tcp meta priority 534c:5543 RESET
  }
}
)"));
}

TEST(GuardText, GuardsAllOfIpv6WhereNoIpv6NetworkIsNamed) {
    const std::string text = guard_commands("t", {"g0"}, coverage_of(usable()), {});
    EXPECT_NE(
        text.find("set ports6 { type inet_service; flags interval; elements = { 9092, 9093 } }"),
        std::string::npos);
    EXPECT_NE(
        text.find(
            "iifname \"g0\" meta nfproto ipv6 tcp dport @ports6 counter name \"refused\" reject"),
        std::string::npos);
    EXPECT_EQ(text.find("brokers6"), std::string::npos);
}

TEST(GuardText, GuardsEveryPortWhereNoneIsNamed) {
    SteeringOptions options = usable();
    options.ports = {};
    const std::string text = guard_commands("t", {"g0"}, coverage_of(options), {});
    EXPECT_NE(text.find("elements = { 10.91.2.0/24 . 0-65535, 10.91.3.2 . 0-65535 }"),
              std::string::npos);
    EXPECT_EQ(text.find("ipv6"), text.npos);
}

TEST(GuardText, AcceptsTheListingOfWhatItInstalled) {
    EXPECT_TRUE(guard_complete(kListing, usable().client_interfaces, listed_coverage()));
    EXPECT_EQ(guard_count(kListing), (GuardCount{5, 300}));
}

// Each line of the listing, taken out or changed, makes it another guard.
TEST(GuardText, MissesWhateverIsGoneOrChanged) {
    const std::pair<std::string_view, std::string_view> damages[] = {
        {"10.91.3.2 . 9092,", ""},
        {"10.91.9.9 . 9094", "10.91.9.9 . 9095"},
        {"{ 9092, 9093 }", "{ 9092 }"},
        {"hook forward", "hook prerouting"},
        {"policy accept;\n\t\tiifname", "policy accept;\n\t\taccept\n\t\tiifname"},
        {"@brokers4 counter name \"refused\" reject with tcp reset",
         "@brokers4 counter name \"refused\" accept"},
        {"\t\tiifname { \"g0\", \"g2\" } ip option ssrr exists counter name \"refused\" drop\n",
         ""},
        {"iifname { \"g0\", \"g2\" } meta nfproto", "iifname \"g0\" meta nfproto"},
        {"hook input priority filter - 10", "hook input priority filter + 10"},
        {"meta priority 534c:5543", "meta priority 534c:5544"},
        {"chain delivered", "chain renamed"},
        {"set brokers4", "set brokers5"},
    };
    for (const auto& [old, fresh] : damages)
        EXPECT_FALSE(guard_complete(replaced(kListing, old, fresh), usable().client_interfaces,
                                    listed_coverage()))
            << old << " -> " << fresh;
    EXPECT_FALSE(guard_complete(kListing, {"g0"}, listed_coverage()));
    EXPECT_FALSE(guard_complete(kListing, usable().client_interfaces, coverage_of(usable())));
}

TEST(GuardText, SurvivesAListingCutAnywhere) {
    for (std::size_t length = 0; length + 3 < kListing.size(); ++length)
        EXPECT_FALSE(guard_complete(std::string_view(kListing).substr(0, length),
                                    usable().client_interfaces, listed_coverage()));
    EXPECT_EQ(guard_count(""), GuardCount{});
    EXPECT_EQ(guard_count("counter refused {"), GuardCount{});
}

}  // namespace
}  // namespace sluice::capture
