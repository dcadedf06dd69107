#include "app/config_identity.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace sluice::app {
namespace {

using control::Person;
using control::Role;

using Lines = std::vector<std::string>;

// The least a file must say, in five lines; `more` follows from line 6 on.
const std::string kLeast =
    "version: 1\n"
    "deploy: router\n"
    "interfaces: {clients: [eth1]}\n"
    "clusters:\n"
    "  - {name: main, networks: [10.91.2.0/24], ports: [9092]}\n";

ReadConfig read_with(const std::string& more) {
    return read_config({"s.yaml", kLeast + more}, "gw1");
}
// The same with more keys of the cluster, from column 60 of line 5 on.
ReadConfig read_cluster(const std::string& keys) {
    std::string text = kLeast;
    text.insert(text.rfind('}'), ", " + keys);
    return read_config({"s.yaml", text}, "gw1");
}
Lines lines_of(const ReadConfig& read) {
    Lines lines;
    for (const policy::Mistake& mistake : read.mistakes) lines.push_back(policy::to_text(mistake));
    return lines;
}

TEST(ConfigIdentity, ReadsProviders) {
    const ReadConfig read = read_with(
        "identity_providers:\n"
        "  - name: corp\n"
        "    issuer: https://issuer.test/realms/a\n"
        "    audiences: [sluice, kafka]\n"
        "    jwks: https://issuer.test/keys\n"
        "    ca_file: /etc/ca.pem\n"
        "    access_tokens_only: true\n"
        "    age_max: 12h\n"
        "  - {name: lab, issuer: lab, audiences: [x], jwks: /idp/jwks.json}\n");
    EXPECT_EQ(lines_of(read), Lines{});
    const IdentityProvider corp{"corp",
                                "https://issuer.test/realms/a",
                                {"sluice", "kafka"},
                                "https://issuer.test/keys",
                                "/etc/ca.pem",
                                true,
                                std::chrono::hours(12)};
    IdentityProvider lab;
    lab.name = lab.issuer = "lab";
    lab.audiences = {"x"};
    lab.jwks = "/idp/jwks.json";
    EXPECT_EQ(read.config.identity_providers, (std::vector{corp, lab}));
}

TEST(ConfigIdentity, ReadsPeople) {
    const ReadConfig read = read_with(
        "people:\n"
        "  - user: ann\n"
        "    human: ann@example.org\n"
        "    principal: \"user:ann\"\n"
        "    groups: [owners, team]\n"
        "    roles: [viewer, auditor, approver, admin]\n"
        "  - {user: \"1001\", human: bob@example.org, roles: [viewer]}\n");
    EXPECT_EQ(lines_of(read), Lines{});
    const Person ann{"ann",
                     "ann@example.org",
                     "user:ann",
                     {"owners", "team"},
                     {Role::viewer, Role::auditor, Role::approver, Role::admin}};
    const Person bob{"1001", "bob@example.org", "user:bob@example.org", {}, {Role::viewer}};
    EXPECT_EQ(read.config.people, (std::vector{ann, bob}));
}

TEST(ConfigIdentity, ReadsWhatAClusterSaysOfLogins) {
    const ReadConfig read = read_cluster(
        "plaintext_tokens: accepted, "
        "credential: {mechanism: PLAIN, user: gateway, password_file: /etc/sluice/password}");
    EXPECT_EQ(lines_of(read), Lines{});
    const Cluster& cluster = read.config.clusters.front();
    EXPECT_TRUE(cluster.plaintext_tokens);
    EXPECT_EQ(cluster.credential, (Credential{"gateway", "/etc/sluice/password"}));
    const ReadConfig least = read_with("");
    EXPECT_FALSE(least.config.clusters.front().plaintext_tokens);
    EXPECT_EQ(least.config.clusters.front().credential, std::nullopt);
}

TEST(ConfigIdentity, ReadsWhereTheControlSocketIs) {
    const ReadConfig read =
        read_with("listen: {control: /run/c.sock, control_group: sluice-ops}\n");
    EXPECT_EQ(lines_of(read), Lines{});
    EXPECT_EQ(read.config.control, "/run/c.sock");
    EXPECT_EQ(read.config.control_group, "sluice-ops");
    EXPECT_EQ(read_with("").config.control, "/run/sluice/control.sock");
    EXPECT_EQ(read_with("").config.control_group, "");
}

// One mistake, or more of one place, in an otherwise right file.
struct Case {
    std::string more;
    Lines mistakes;
};
void PrintTo(const Case& one, std::ostream* out) {
    *out << one.more;
}
class IdentityMistake : public testing::TestWithParam<Case> {};
class ClusterMistake : public testing::TestWithParam<Case> {};

TEST_P(IdentityMistake, IsRefusedWithItsPlaceAndReason) {
    EXPECT_EQ(lines_of(read_with(GetParam().more)), GetParam().mistakes);
}
TEST_P(ClusterMistake, IsRefusedWithItsPlaceAndReason) {
    EXPECT_EQ(lines_of(read_cluster(GetParam().more)), GetParam().mistakes);
}

std::string provider(const std::string& keys) {
    return "identity_providers:\n  - {" + keys + "}\n";
}
std::string entries(const std::string& list, const std::string& entry, int count) {
    std::string text = list + ":\n";
    for (int i = 0; i < count; ++i) text += "  - " + entry + "\n";
    return text;
}
std::string words(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i == 0 ? "[w" : ", w") + std::to_string(i);
    return text + "]";
}
const std::string kProvider = "name: a, issuer: i, audiences: [s], jwks: /k";
const std::string kPerson = "user: u, human: h, roles: [viewer]";

const Case kProviderMistakes[] = {
    Case{"identity_providers: []\n", {"s.yaml:6:21: `identity_providers` must not be empty"}},
    Case{"identity_providers: corp\n", {"s.yaml:6:21: `identity_providers` must be a list"}},
    Case{"identity_providers: [corp]\n",
         {"s.yaml:6:22: an identity provider must be a mapping of keys to values"}},
    Case{provider(""),
         {"s.yaml:7:5: missing key `name` in an identity provider",
          "s.yaml:7:5: missing key `issuer` in an identity provider",
          "s.yaml:7:5: missing key `audiences` in an identity provider",
          "s.yaml:7:5: missing key `jwks` in an identity provider"}},
    Case{provider("name: [a], issuer: [i], audiences: s, jwks: [k]"),
         {"s.yaml:7:12: `name` must be text", "s.yaml:7:25: `issuer` must be text",
          "s.yaml:7:41: `audiences` must be a list", "s.yaml:7:50: `jwks` must be text"}},
    Case{provider("name: a, issuer: i, audiences: [], jwks: /k"),
         {"s.yaml:7:37: `audiences` must not be empty"}},
    Case{provider("name: a, issuer: i, audiences: [[s]], jwks: /k"),
         {"s.yaml:7:38: an entry of `audiences` must be text"}},
    Case{provider("name: a, issuer: i, jwks: /k, audiences: " + words(17)),
         {"s.yaml:7:47: `audiences` has more than 16 entries"}},
    Case{provider("name: a, issuer: i, audiences: [s], jwks: keys.json"),
         {"s.yaml:7:48: `jwks` must be an absolute path or a URL, not `keys.json`"}},
    Case{provider("name: a, issuer: i, audiences: [s], jwks: \"ftp://h/k\""),
         {"s.yaml:7:48: `jwks` must be an absolute path or a URL, not `ftp://h/k`"}},
    Case{provider(kProvider + ", ca_file: ca.pem"),
         {"s.yaml:7:61: `ca_file` must be an absolute path"}},
    Case{provider(kProvider + ", access_tokens_only: perhaps"),
         {"s.yaml:7:72: `access_tokens_only` must be true or false"}},
    Case{provider(kProvider + ", age_max: 31d"),
         {"s.yaml:7:61: `age_max` must be a time from 1s to 720h, not `31d`"}},
    Case{provider(kProvider + ", age_max: 721h"),
         {"s.yaml:7:61: `age_max` must be a time from 1s to 720h, not `721h`"}},
    Case{provider(kProvider + ", audience: [s]"),
         {"s.yaml:7:52: unknown key `audience`, did you mean `audiences`?"}},
    Case{provider(kProvider + "}\n  - {" + kProvider),
         {"s.yaml:8:5: identity provider `a` is there twice"}},
    Case{entries("identity_providers", "{" + kProvider + "}", 17),
         {"s.yaml:7:3: more than 16 identity providers"}},
};
INSTANTIATE_TEST_SUITE_P(Provider, IdentityMistake, testing::ValuesIn(kProviderMistakes));

const Case kPeopleMistakes[] = {
    Case{"people: ann\n", {"s.yaml:6:9: `people` must be a list"}},
    Case{"people: [ann]\n", {"s.yaml:6:10: a person must be a mapping of keys to values"}},
    Case{"people: [{}]\n",
         {"s.yaml:6:10: missing key `user` in a person",
          "s.yaml:6:10: missing key `human` in a person",
          "s.yaml:6:10: missing key `roles` in a person"}},
    Case{"people: [{user: [u], human: [h], principal: [p], groups: g, roles: r}]\n",
         {"s.yaml:6:17: `user` must be text", "s.yaml:6:29: `human` must be text",
          "s.yaml:6:45: `principal` must be text", "s.yaml:6:58: `groups` must be a list",
          "s.yaml:6:68: `roles` must be a list"}},
    Case{"people: [{user: u, human: h, roles: [boss, [x]]}]\n",
         {"s.yaml:6:38: a role must be viewer, auditor, approver or admin, not `boss`",
          "s.yaml:6:44: a role must be text"}},
    Case{"people: [{" + kPerson + ", groups: [[g]]}]\n",
         {"s.yaml:6:56: an entry of `groups` must be text"}},
    Case{"people: [{" + kPerson + ", groups: " + words(101) + "}]\n",
         {"s.yaml:6:55: `groups` has more than 100 entries"}},
    Case{"people: [{" + kPerson + ", role: x}]\n",
         {"s.yaml:6:47: unknown key `role`, did you mean `roles`?"}},
    Case{"people: [{" + kPerson + "}, {" + kPerson + "}]\n",
         {"s.yaml:6:48: user `u` is there twice"}},
    Case{entries("people", "{" + kPerson + "}", 1001), {"s.yaml:7:3: more than 1000 people"}},
};
INSTANTIATE_TEST_SUITE_P(Person, IdentityMistake, testing::ValuesIn(kPeopleMistakes));

const Case kListenMistakes[] = {
    Case{"listen: {control: run.sock}\n",
         {"s.yaml:6:19: `control` must be an absolute path, not `run.sock`"}},
    Case{"listen: {control_group: \"a b\"}\n",
         {"s.yaml:6:25: `control_group` must be at most 64 characters of a-z 0-9 -_, not `a b`"}},
};
INSTANTIATE_TEST_SUITE_P(Listen, IdentityMistake, testing::ValuesIn(kListenMistakes));

const std::string kUser = "user: u, password_file: /p";
const Case kClusterMistakes[] = {
    Case{"plaintext_tokens: true",
         {"s.yaml:5:77: `plaintext_tokens` must be accepted, not `true`"}},
    Case{"plaintext_tokens: [accepted]", {"s.yaml:5:77: `plaintext_tokens` must be text"}},
    Case{"credential: gateway", {"s.yaml:5:71: `credential` must be a mapping of keys to values"}},
    Case{"credential: {}",
         {"s.yaml:5:71: missing key `mechanism` in `credential`",
          "s.yaml:5:71: missing key `user` in `credential`",
          "s.yaml:5:71: missing key `password_file` in `credential`"}},
    Case{"credential: {mechanism: SCRAM-SHA-256, " + kUser + "}",
         {"s.yaml:5:83: `mechanism` must be PLAIN, not `SCRAM-SHA-256`"}},
    Case{"credential: {mechanism: PLAIN, user: u, password_file: p}",
         {"s.yaml:5:114: `password_file` must be an absolute path"}},
    Case{"credential: {mechanism: PLAIN, " + kUser + ", password: hush}",
         {"s.yaml:5:118: unknown key `password`"}},
};
INSTANTIATE_TEST_SUITE_P(Cluster, ClusterMistake, testing::ValuesIn(kClusterMistakes));

TEST(ConfigIdentity, RolesHaveNames) {
    const Lines names{std::string(name(Role::viewer)), std::string(name(Role::auditor)),
                      std::string(name(Role::approver)), std::string(name(Role::admin))};
    EXPECT_EQ(names, (Lines{"viewer", "auditor", "approver", "admin"}));
}

}  // namespace
}  // namespace sluice::app
