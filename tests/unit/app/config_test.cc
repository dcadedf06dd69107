#include "app/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::app {
namespace {

using Lines = std::vector<std::string>;

Lines mistakes_of(const std::string& text) {
    Lines lines;
    for (const policy::Mistake& mistake : read_config({"s.yaml", text}, "gw1").mistakes)
        lines.push_back(policy::to_text(mistake));
    return lines;
}

// The least a file must say, in five lines; `more` follows from line 6 on.
const std::string kLeast =
    "version: 1\n"
    "deploy: router\n"
    "interfaces: {clients: [eth1]}\n"
    "clusters:\n"
    "  - {name: main, networks: [10.91.2.0/24], ports: [9092]}\n";
Lines mistakes_with(const std::string& more) {
    return mistakes_of(kLeast + more);
}

TEST(Config, NeedsLittleAndHasDefaults) {
    const ReadConfig read = read_config({"s.yaml", kLeast}, "gw1");
    Config expected;
    expected.run_id = "default";
    expected.origin = "gw1/default";
    expected.client_interfaces = {"eth1"};
    expected.clusters = {{"main", {{0x0a5b0200, 24}}, {}, {9092}}};
    expected.data = "/var/lib/sluice";
    expected.metrics = {"127.0.0.1", 9464};
    expected.log_level = "info";
    expected.connections_max = 20'000;
    expected.connections_per_source_max = 4'096;
    EXPECT_EQ(read.mistakes, std::vector<policy::Mistake>{});
    EXPECT_EQ(read.config, expected);
    EXPECT_EQ(read.config.audit_directory(), "/var/lib/sluice/audit");
}

TEST(Config, ReadsEveryKey) {
    const ReadConfig read = read_config({"s.yaml",
                                         "version: 1\n"
                                         "deploy: router\n"
                                         "run_id: 12e4\n"
                                         "origin: Gw1.example/main\n"
                                         "interfaces:\n"
                                         "  clients: [eth1, vlan.7]\n"
                                         "clusters:\n"
                                         "  - name: a\n"
                                         "    networks: [10.1.0.0/16, 10.2.0.0/16]\n"
                                         "    ipv6_networks: [\"fd00:1::/64\"]\n"
                                         "    ports: [9092, 9093]\n"
                                         "  - name: b\n"
                                         "    networks: [10.1.0.0/16]\n"
                                         "    ports: [9094]\n"
                                         "data: /d\n"
                                         "policies: /p\n"
                                         "listen: {metrics: \"[::1]:1\"}\n"
                                         "log: {level: debug}\n"
                                         "workers: 3\n"
                                         "limits:\n"
                                         "  connections_max: 100\n"
                                         "  connections_per_source_max: 50\n"},
                                        "gw1");
    Config expected;
    expected.run_id = "12e4";
    expected.origin = "Gw1.example/main";
    expected.client_interfaces = {"eth1", "vlan.7"};
    expected.clusters = {{"a", {{0x0a010000, 16}, {0x0a020000, 16}}, {"fd00:1::/64"}, {9092, 9093}},
                         {"b", {{0x0a010000, 16}}, {}, {9094}}};
    expected.data = "/d";
    expected.policies = "/p";
    expected.metrics = {"::1", 1};
    expected.log_level = "debug";
    expected.workers = 3;
    expected.connections_max = 100;
    expected.connections_per_source_max = 50;
    EXPECT_EQ(read.mistakes, std::vector<policy::Mistake>{});
    EXPECT_EQ(read.config, expected);
}

TEST(Config, NamesEveryMistakeOfAFileAtOnce) {
    EXPECT_EQ(mistakes_of("version: 3\n"
                          "deploy: client-host\n"
                          "interface: {clients: [eth1]}\n"
                          "clusters:\n"
                          "  - name: A b\n"
                          "    networks: [10.91.2.1/24, 10.0.0.0/8, 10.9.0.0/16]\n"
                          "    ports: [0, 9092, 9092, 70000]\n"
                          "    colour: red\n"
                          "data: sluice\n"
                          "workers: many\n"),
              (Lines{
                  "s.yaml:1:1: missing key `interfaces`",
                  "s.yaml:1:10: `version` must be 1, the only one this build reads",
                  "s.yaml:2:9: `deploy: client-host` is not built yet",
                  "s.yaml:3:1: unknown key `interface`, did you mean `interfaces`?",
                  "s.yaml:5:11: `name` must be at most 64 characters of a-z 0-9 -._, not `A b`",
                  "s.yaml:6:16: `10.91.2.1/24` has bits set behind its prefix; the network is "
                  "10.91.2.0/24",
                  "s.yaml:6:42: `10.9.0.0/16` overlaps `10.0.0.0/8`",
                  "s.yaml:7:13: a port must be a whole number from 1 to 65535, not `0`",
                  "s.yaml:7:22: port 9092 is there twice",
                  "s.yaml:7:28: a port must be a whole number from 1 to 65535, not `70000`",
                  "s.yaml:8:5: unknown key `colour`",
                  "s.yaml:9:7: `data` must be an absolute path, not `sluice`",
                  "s.yaml:10:10: `workers` must be a whole number from 0 to 256, not `many`",
              }));
}

TEST(Config, SaysWhatIsMissing) {
    EXPECT_EQ(mistakes_of("x: 1\n"),
              (Lines{"s.yaml:1:1: unknown key `x`", "s.yaml:1:1: missing key `version`",
                     "s.yaml:1:1: missing key `deploy`", "s.yaml:1:1: missing key `interfaces`",
                     "s.yaml:1:1: missing key `clusters`"}));
    EXPECT_EQ(mistakes_of("version: 1\ndeploy: router\ninterfaces: {}\nclusters: [{}]\n"),
              (Lines{"s.yaml:3:13: missing key `clients` in `interfaces`",
                     "s.yaml:4:12: missing key `name` in a cluster",
                     "s.yaml:4:12: missing key `networks` in a cluster",
                     "s.yaml:4:12: missing key `ports` in a cluster"}));
}

// One mistake in an otherwise right file.
struct Case {
    const char* more;
    const char* mistake;
};
class ConfigMistake : public testing::TestWithParam<Case> {};

TEST_P(ConfigMistake, IsRefusedWithItsPlaceAndReason) {
    EXPECT_EQ(mistakes_with(GetParam().more), Lines{GetParam().mistake});
}

const Case kValueMistakes[] = {
    Case{"run_id: Lab\n",
         "s.yaml:6:9: `run_id` must be at most 32 characters of a-z 0-9 -, not `Lab`"},
    Case{"run_id: 0123456789abcdef0123456789abcdef0\n",
         "s.yaml:6:9: `run_id` must be at most 32 characters of a-z 0-9 -, not "
         "`0123456789abcdef0123456789abcdef0`"},
    Case{"run_id: [a]\n", "s.yaml:6:9: `run_id` must be text"},
    Case{"origin: a b\n",
         "s.yaml:6:9: `origin` must be at most 200 characters of A-Z a-z 0-9 -._/, not `a b`"},
    Case{"data:\n", "s.yaml:6:1: `data` has no value"},
    Case{"data: [/a]\n", "s.yaml:6:7: `data` must be text"},
    Case{"policies: ./p\n", "s.yaml:6:11: `policies` must be an absolute path, not `./p`"},
    Case{"listen: 127.0.0.1:9464\n", "s.yaml:6:9: `listen` must be a mapping of keys to values"},
    Case{"listen: {metrics: localhost:9464}\n",
         "s.yaml:6:19: `localhost:9464` is not an address and a port such as "
         "127.0.0.1:9464 or [::1]:9464"},
    Case{"listen: {metrics: 127.0.0.1:0}\n",
         "s.yaml:6:19: `127.0.0.1:0` has a port that is not from 1 to 65535"},
    Case{"listen: {metric: 127.0.0.1:1, metrics: 127.0.0.1:1}\n",
         "s.yaml:6:10: unknown key `metric`, did you mean `metrics`?"},
    Case{"log: {level: loud}\n",
         "s.yaml:6:14: `level` must be debug, info, warn or error, not `loud`"},
    Case{"log: {}\n", "s.yaml:6:6: missing key `level` in `log`"},
};
INSTANTIATE_TEST_SUITE_P(Value, ConfigMistake, testing::ValuesIn(kValueMistakes));

const Case kNumberMistakes[] = {
    Case{"workers: 257\n",
         "s.yaml:6:10: `workers` must be a whole number from 0 to 256, not `257`"},
    Case{"workers: \"2\"\n",
         "s.yaml:6:10: `workers` must be a whole number from 0 to 256, not `2`"},
    Case{"limits: {connections_max: 0}\n",
         "s.yaml:6:27: `connections_max` must be a whole number from 1 to 1000000, not `0`"},
    Case{"limits: {connections_max: 10, connections_per_source_max: 11}\n",
         "s.yaml:6:59: `connections_per_source_max` is above `connections_max`"},
    Case{"limits: {queue_max: 1}\n", "s.yaml:6:10: unknown key `queue_max`"},
};
INSTANTIATE_TEST_SUITE_P(Number, ConfigMistake, testing::ValuesIn(kNumberMistakes));

const Case kStructureMistakes[] = {
    Case{"version: 1\n", "s.yaml:6:1: key `version` is there twice"},
    Case{"keys: []\n", "s.yaml:6:7: `keys` must not be empty"},
    Case{"notify: []\n", "s.yaml:6:1: `notify` is not built yet"},
    Case{"x: [\n", "s.yaml:7:1: not yaml: end of sequence flow not found"},
    Case{"  - {name: main, networks: [10.5.0.0/16], ports: [9092]}\n",
         "s.yaml:6:5: cluster `main` is there twice"},
    Case{"  - {name: b, networks: [10.91.0.0/16], ports: [1, 9092]}\n",
         "s.yaml:6:5: network `10.91.0.0/16` overlaps one of cluster `main` on the same port"},
    Case{"  - {name: b, networks: [10.5.0.0/16], ports: []}\n",
         "s.yaml:6:47: `ports` must not be empty"},
    Case{"  - {name: b, networks: [10.5.0.0], ports: [1]}\n",
         "s.yaml:6:26: `10.5.0.0` is not an ipv4 network such as 10.91.2.0/24"},
    Case{"  - {name: b, networks: [10.5.0.0/16], ipv6_networks: [x], ports: [1]}\n",
         "s.yaml:6:56: `x` is not an ipv6 network such as fd00:91:2::/64"},
    Case{"  - {name: b, networks: [10.5.0.0/16], ports: [1], credential: c}\n",
         "s.yaml:6:64: `credential` must be a mapping of keys to values"},
    Case{"  - b\n", "s.yaml:6:5: a cluster must be a mapping of keys to values"},
};
INSTANTIATE_TEST_SUITE_P(Structure, ConfigMistake, testing::ValuesIn(kStructureMistakes));

TEST(Config, RefusesInterfacesThatCannotBe) {
    const auto with = [](const std::string& names) {
        return mistakes_of("version: 1\ndeploy: router\ninterfaces: {clients: [" + names +
                           "]}\nclusters: [{name: a, networks: [10.1.0.0/16], ports: [1]}]\n");
    };
    EXPECT_EQ(with("a/b"), Lines{"s.yaml:3:24: `a/b` cannot be an interface's name"});
    EXPECT_EQ(with("sixteencharacter"),
              Lines{"s.yaml:3:24: `sixteencharacter` cannot be an interface's name"});
    EXPECT_EQ(with("g0, g0"), Lines{"s.yaml:3:28: interface `g0` is there twice"});
    EXPECT_EQ(with(""), Lines{"s.yaml:3:23: `clients` must not be empty"});
    EXPECT_EQ(with("[g0]"), Lines{"s.yaml:3:24: an interface must be text"});
}

TEST(Config, RefusesAnUnknownDeployment) {
    EXPECT_EQ(mistakes_of("version: 1\ndeploy: cloud\ninterfaces: {clients: [g0]}\n"
                          "clusters: [{name: a, networks: [10.1.0.0/16], ports: [1]}]\n"),
              Lines{"s.yaml:2:9: `deploy` must be router, not `cloud`"});
}

TEST(Config, LowersTheDefaultPerSourceWithTheTotal) {
    const ReadConfig read =
        read_config({"s.yaml", kLeast + "limits: {connections_max: 100}\n"}, "gw1");
    EXPECT_EQ(read.mistakes, std::vector<policy::Mistake>{});
    EXPECT_EQ(read.config.connections_per_source_max, 100u);
}

TEST(Config, OfTheDocumentationIsRight) {
    std::stringstream document;
    document << std::ifstream(SLUICE_SOURCE_DIR "/docs/configuration.md").rdbuf();
    const std::string text = document.str();
    const std::size_t begin = text.find("```yaml\n") + 8;
    const ReadConfig read =
        read_config({"s.yaml", text.substr(begin, text.find("```", begin) - begin)}, "gw1");
    EXPECT_EQ(read.mistakes, std::vector<policy::Mistake>{});
    EXPECT_EQ(read.config.run_id, "main");
}

TEST(Config, PutsMistakesOneALine) {
    EXPECT_EQ(to_text(read_config({"s.yaml", kLeast + "x: 1\ny: 1\n"}, "gw1").mistakes),
              "s.yaml:6:1: unknown key `x`\ns.yaml:7:1: unknown key `y`");
}

}  // namespace
}  // namespace sluice::app
