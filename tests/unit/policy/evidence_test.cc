#include "policy/evidence.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;
using Texts = std::vector<std::string>;

constexpr const char* kPolicy = R"(
identities:
  - principal: "user:{claim.email}"
    human: "{claim.email}"
    groups: "{claim.groups}"
    from: {oidc: corp}
  - principal: "svc:{claim.azp}/{claim.job}"
    groups: [machines, "{claim.roles}"]
    from: {oidc: ci}
  - {principal: "user:someone", human: someone, from: {oidc: corp, source: 10.9.0.0/16}}
  - {principal: "net:reporting", groups: [reports], from: {source: [10.8.0.0/16, 192.0.2.7]}}
)";
constexpr std::uint32_t kReporting = 0x0a080102;
constexpr std::uint32_t kElsewhere = 0x0a070001;

const Principal kUnknown{"net:10.7.0.1", "", {}, "source address"};

class Identify : public testing::Test {
  protected:
    [[nodiscard]] Principal corp(std::vector<Claim> claims) const {
        return identify(*set_, {kElsewhere, "corp", std::move(claims)});
    }
    std::shared_ptr<const PolicySet> set_ = set_of(kPolicy);
};

TEST_F(Identify, FillsTemplatesFromClaims) {
    EXPECT_EQ(corp({{"email", {"ann@example.org"}}, {"groups", {"a", "b"}}}),
              (Principal{"user:ann@example.org", "ann@example.org", {"a", "b"}, "oidc corp"}));
    EXPECT_EQ(
        identify(*set_, {kElsewhere, "ci", {{"azp", {"etl"}}, {"job", {"7"}}, {"roles", {"r"}}}}),
        (Principal{"svc:etl/7", "", {"machines", "r"}, "oidc ci"}));
}

TEST_F(Identify, CallsWhomNothingMatchesByTheirAddress) {
    EXPECT_EQ(identify(*set_, {kElsewhere, "", {}}), kUnknown);
    EXPECT_EQ(identify(*set_, {kElsewhere, "other", {{"email", {"a"}}, {"groups", {"g"}}}}),
              kUnknown);
    EXPECT_EQ(identify(PolicySet{}, {0xffffffff, "corp", {}}).name, "net:255.255.255.255");
}

TEST_F(Identify, MatchesNetworks) {
    const Principal reporting{"net:reporting", "", {"reports"}, "source address"};
    EXPECT_EQ(identify(*set_, {kReporting, "", {}}), reporting);
    EXPECT_EQ(identify(*set_, {0xc0000207, "", {}}), reporting);
    EXPECT_EQ(identify(*set_, {0xc0000208, "", {}}).name, "net:192.0.2.8");
    EXPECT_EQ(identify(*set_, {0x0a090000, "corp", {}}),
              (Principal{"user:someone", "someone", {}, "oidc corp"}));
    EXPECT_EQ(identify(*set_, {0x0a090000, "", {}}).name, "net:10.9.0.0");
    const auto all = set_of("identities: [{principal: \"net:all\", from: {source: 0.0.0.0/0}}]\n");
    EXPECT_EQ(identify(*all, {0xfffffffe, "", {}}).name, "net:all");
}

TEST_F(Identify, TakesTheFirstThatMatches) {
    const auto set = set_of(R"(
identities:
  - {principal: "net:a", from: {source: 10.0.0.0/8}}
  - {principal: "net:b", from: {source: 10.8.0.0/16}}
)");
    EXPECT_EQ(identify(*set, {kReporting, "", {}}).name, "net:a");
}

TEST_F(Identify, DoesNotMatchWithoutAClaimOfOneValue) {
    const Claim groups{"groups", {"g"}};
    EXPECT_EQ(corp({groups}), kUnknown);
    EXPECT_EQ(corp({{"email", {}}, groups}), kUnknown);
    EXPECT_EQ(corp({{"email", {""}}, groups}), kUnknown);
    EXPECT_EQ(corp({{"email", {"a", "b"}}, groups}), kUnknown);
    EXPECT_EQ(corp({{"email", {"a"}}, {"email", {"b"}}, groups}), kUnknown);
    EXPECT_EQ(corp({{"email", {"a"}}}), kUnknown);
    EXPECT_EQ(corp({{"email", {"a"}}, {"groups", {}}}), kUnknown);
    EXPECT_EQ(corp({{"email", {"a"}}, {"groups", {"g", ""}}}), kUnknown);
}

TEST_F(Identify, DoesNotTakeAValueThatCouldPassForSomethingElse) {
    for (const std::string& value :
         {std::string("a\nb"), std::string("a\0", 2), std::string("\xff"), std::string("\x7f"),
          std::string("group:admins"), std::string(limits::identity_name_bytes_max, 'a')}) {
        EXPECT_EQ(corp({{"email", {value}}, {"groups", {"g"}}}), kUnknown) << value;
    }
    EXPECT_EQ(corp({{"email", {"a"}}, {"groups", {"g", "x\ny"}}}), kUnknown);
    EXPECT_EQ(corp({{"email", {"a"}}, {"groups", {std::string(257, 'g')}}}), kUnknown);
    const std::string longest(limits::identity_name_bytes_max - 5, 'a');
    EXPECT_EQ(corp({{"email", {longest}}, {"groups", {"g"}}}).name, "user:" + longest);
}

TEST_F(Identify, TakesNoMoreGroupsThanATokenHas) {
    const Texts most(limits::identity_groups_max, "g");
    EXPECT_EQ(corp({{"email", {"a"}}, {"groups", most}}).groups.size(), most.size());
    const Texts more(limits::identity_groups_max + 1, "g");
    EXPECT_EQ(corp({{"email", {"a"}}, {"groups", more}}), kUnknown);
    EXPECT_EQ(
        identify(*set_, {kElsewhere, "ci", {{"azp", {"a"}}, {"job", {"b"}}, {"roles", most}}}),
        kUnknown);
}

}  // namespace
}  // namespace sluice::policy
