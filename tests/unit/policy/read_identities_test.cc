#include "policy/read_identities.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using namespace testing_support;

Lines identity_mistakes(const std::string& keys) {
    return mistakes_of("identities:\n  - {" + keys + "}\n");
}

TEST(ReadIdentities, TakesTemplatesApart) {
    const auto set = set_of(
        "identities: [{principal: \"svc:{claim.azp}-{claim.https://x/job}!\", human: ops, "
        "groups: [a, \"{claim.g}\"], from: {oidc: corp, source: [10.8.0.0/16, 10.9.1.2]}}]\n");
    const IdentityRule& rule = set->identities.at(0);
    ASSERT_EQ(rule.principal.parts.size(), 3u);
    EXPECT_EQ(rule.principal.parts[0].literal, "svc:");
    EXPECT_EQ(rule.principal.parts[0].claim, "azp");
    EXPECT_EQ(rule.principal.parts[1].literal, "-");
    EXPECT_EQ(rule.principal.parts[1].claim, "https://x/job");
    EXPECT_EQ(rule.principal.parts[2].literal, "!");
    EXPECT_EQ(rule.principal.parts[2].claim, "");
    ASSERT_EQ(rule.groups.size(), 2u);
    EXPECT_EQ(rule.groups[0].literal, "a");
    EXPECT_EQ(rule.groups[1].claim, "g");
    EXPECT_EQ(rule.provider, "corp");
    ASSERT_EQ(rule.sources.size(), 2u);
    EXPECT_EQ(rule.sources[0].address, 0x0a080000u);
    EXPECT_EQ(rule.sources[0].prefix, 16u);
    EXPECT_EQ(rule.sources[1].address, 0x0a090102u);
    EXPECT_EQ(rule.sources[1].prefix, 32u);
}

TEST(ReadIdentities, KeepsTheOrderOfTheFiles) {
    const auto file = [](const std::string& name) {
        return PolicyFile{name, "version: 1\nidentities: [{principal: \"net:" + name +
                                    "\", from: {source: 10.0.0.0/8}}]\n"};
    };
    const Compiled compiled = compile({file("b"), file("a")});
    ASSERT_NE(compiled.set, nullptr);
    EXPECT_EQ(compiled.set->identities[0].principal.parts[0].literal, "net:b");
    EXPECT_EQ(compiled.set->identities[1].principal.parts[0].literal, "net:a");
}

TEST(ReadIdentities, SayWhatIsNotBuiltYet) {
    EXPECT_EQ(identity_mistakes("principal: \"svc:{cert.cn}\", from: {mtls: {issuer: x}}"),
              (Lines{"p.yaml:3:17: `{cert.*}` is not built yet",
                     "p.yaml:3:41: `mtls` is not built yet"}));
    EXPECT_EQ(identity_mistakes("principal: \"svc:etl\", from: {process: {unit: etl.service}}"),
              Lines{"p.yaml:3:35: `process` is not built yet"});
}

TEST(ReadIdentities, RefuseTemplatesThatAreNone) {
    const auto mistake = [](const std::string& principal) {
        const Lines lines =
            identity_mistakes("principal: \"" + principal + "\", from: {oidc: corp}");
        return lines.empty() ? "" : lines[0].substr(lines[0].find(": ") + 2);
    };
    EXPECT_EQ(mistake("user:{email}"), "a template takes `{claim.NAME}`, not `{email}`");
    EXPECT_EQ(mistake("user:{claim.}"), "a template takes `{claim.NAME}`, not `{claim.}`");
    EXPECT_EQ(mistake("user:{claim.{claim.a}}"),
              "a template takes `{claim.NAME}`, not `{claim.{claim.a}`");
    EXPECT_EQ(mistake("user:{claim.a"), "`principal` has a brace without its other half");
    EXPECT_EQ(mistake("user:a}"), "`principal` has a brace without its other half");
    EXPECT_EQ(mistake("user:}{"), "`principal` has a brace without its other half");
}

TEST(ReadIdentities, LetNoClaimChooseTheKindOfPrincipal) {
    const auto mistake = [](const std::string& principal) {
        const Lines lines =
            identity_mistakes("principal: \"" + principal + "\", from: {oidc: corp}");
        return lines.empty() ? "" : lines[0].substr(lines[0].find(": ") + 2);
    };
    const std::string kind = "`principal` must begin with a kind of principal, such as `user:`";
    EXPECT_EQ(mistake("{claim.sub}"), kind);
    EXPECT_EQ(mistake("us{claim.sub}"), kind);
    EXPECT_EQ(mistake("alice"), kind);
    EXPECT_EQ(mistake(":alice"), kind);
    EXPECT_EQ(mistake("User:alice"), kind);
    EXPECT_EQ(mistake("group:{claim.sub}"), "`principal` may not be a group");
    EXPECT_EQ(mistake("net:{claim.ip}"),
              "a `net:` principal takes no claim: it could be an address");
    EXPECT_EQ(mistake("user:{claim.sub}"), "");
    EXPECT_EQ(mistake("net:office"), "");
}

TEST(ReadIdentities, RefuseGroupsThatAreNeitherNameNorClaim) {
    const std::string rest = "principal: \"user:a\", from: {oidc: corp}, groups: ";
    EXPECT_EQ(identity_mistakes(rest + "\"t-{claim.g}\""),
              Lines{"p.yaml:3:55: `groups` must be a name or all of `{claim.NAME}`"});
    EXPECT_EQ(identity_mistakes(rest + "[a, \"{claim.g}x\"]"),
              Lines{"p.yaml:3:59: an entry of `groups` must be a name or all of `{claim.NAME}`"});
    EXPECT_EQ(identity_mistakes(rest + "{}"), Lines{"p.yaml:3:55: `groups` must be a list"});
}

TEST(ReadIdentities, RefuseWhatIsNoNetwork) {
    for (const std::string text :
         {"10.8.0.0/33", "10.8.0.1/16", "10.8.0/16", "10.8.0.256", "10.8.0.0/", "10.8.0.0/16 ",
          "010.8.0.0", "::1", "a", "10.8.0.0/-1", "4294967306.0.0.0", "1.2.3.4/0"}) {
        EXPECT_EQ(identity_mistakes("principal: \"net:a\", from: {source: \"" + text + "\"}"),
                  Lines{"p.yaml:3:41: `source` must be an IPv4 network such as 10.8.0.0/16, not `" +
                        text + "`"});
    }
}

TEST(ReadIdentities, NameProvidersThatThereAreWhereThatIsKnown) {
    const std::vector<PolicyFile> files{
        {"p.yaml", "version: 1\nidentities:\n  - {principal: \"user:a\", from: {oidc: Corp}}\n"}};
    const auto mistakes = [&](const ProviderNames& providers) {
        Lines lines;
        for (const Mistake& mistake : compile(files, providers).mistakes)
            lines.push_back(to_text(mistake));
        return lines;
    };
    const std::string wrong = "p.yaml:3:40: the configuration has no identity provider `Corp`";
    EXPECT_EQ(mistakes(std::nullopt), Lines{});
    EXPECT_EQ(mistakes(Lines{"ci", "Corp"}), Lines{});
    EXPECT_EQ(mistakes(Lines{"ci", "corp"}), Lines{wrong + ", only `ci`, `corp`"});
    EXPECT_EQ(mistakes(Lines{}), Lines{wrong});
}

TEST(ReadIdentities, MustSayWhatShowsWhoItIs) {
    EXPECT_EQ(identity_mistakes("principal: \"net:a\", from: {}"),
              Lines{"p.yaml:3:32: `from` must say what shows who it is: `oidc`, `source`"});
    EXPECT_EQ(identity_mistakes("principal: \"user:{claim.a}\", from: {source: 10.0.0.0/8}"),
              Lines{"p.yaml:3:5: claims come with a token: `from` must name `oidc`"});
    EXPECT_EQ(identity_mistakes("principal: \"user:a\""),
              Lines{"p.yaml:3:5: missing key `from` in an identity"});
}

TEST(ReadIdentities, AndAuditCannotBeShadows) {
    EXPECT_EQ(mistakes_of("shadow: true\naudit: {durability: async}\nidentities:\n"
                          "  - {principal: \"net:a\", from: {source: 10.0.0.0/8}}\n"),
              (Lines{"p.yaml:3:8: `audit` cannot be `shadow: true`: put it into another file",
                     "p.yaml:5:3: `identities` cannot be `shadow: true`: put it into another "
                     "file"}));
}

}  // namespace
}  // namespace sluice::policy
