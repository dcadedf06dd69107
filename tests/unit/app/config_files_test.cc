#include "app/config_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/limits.h"
#include "support/temp_directory.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
  protected:
    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(directory_ / name) << text;
        return directory_ / name;
    }
    [[nodiscard]] std::string at(const std::string& name) const {
        return (directory_ / name).string();
    }
    const tests::TempDirectory temp_;
    const fs::path directory_ = temp_.path();
};

TEST_F(Files, AreReadWhole) {
    const std::string text(100'000, 'x');
    EXPECT_EQ(*read_text_file(write("a", text)), text);
    EXPECT_EQ(*read_text_file(write("b", "")), "");
}

TEST_F(Files, ThatAreMissingAreNamed) {
    EXPECT_EQ(read_text_file(directory_ / "none").error(),
              (Error{Errc::io, "read " + at("none") + ": No such file or directory"}));
    EXPECT_EQ(read_text_file(directory_).error(),
              (Error{Errc::io, "read " + directory_.string() + ": Is a directory"}));
}

TEST_F(Files, ThatAreTooLargeAreRefused) {
    const fs::path path = write("big", std::string(limits::config_bytes_max + 1, '#'));
    EXPECT_EQ(read_text_file(path).error().code, Errc::too_large);
}

TEST_F(Files, AConfigurationIsLoadedOrRefusedWithEveryMistake) {
    const fs::path good = write("good.yaml",
                                "version: 1\ndeploy: router\ninterfaces: {clients: [g0]}\n"
                                "clusters: [{name: a, networks: [10.1.0.0/16], ports: [1]}]\n"
                                "origin: o\n");
    const auto config = load_config(good);
    ASSERT_TRUE(config) << config.error().context;
    EXPECT_EQ(config->origin, "o");
    const fs::path bad = write("bad.yaml", "version: 1\ndeploy: router\nx: 1\n");
    EXPECT_EQ(load_config(bad).error(),
              (Error{Errc::config, at("bad.yaml") + ":1:1: missing key `interfaces`\n" +
                                       at("bad.yaml") + ":1:1: missing key `clusters`\n" +
                                       at("bad.yaml") + ":3:1: unknown key `x`"}));
}

TEST_F(Files, NoPolicyDirectoryIsTheDefaultSet) {
    for (const fs::path& directory : {fs::path(), directory_}) {
        const auto policies = load_policies(directory, {}, {});
        ASSERT_TRUE(policies) << policies.error().context;
        ASSERT_NE(*policies, nullptr);
        EXPECT_EQ((*policies)->durability, policy::Durability::durable);
        EXPECT_FALSE((*policies)->has_rules());
    }
}

TEST_F(Files, OfPoliciesAreThoseThatEndInYaml) {
    write("a.yaml", "version: 1\naudit: {durability: async}\n");
    write("a.expect.yaml", "not a policy");
    write(".hidden.yaml", "not a policy");
    write("notes.txt", "not a policy");
    write("b.yaml.bak", "not a policy");
    const auto policies = load_policies(directory_, {}, {});
    ASSERT_TRUE(policies) << policies.error().context;
    EXPECT_EQ((*policies)->durability, policy::Durability::async);
}

TEST_F(Files, OfPoliciesAreReadInTheOrderOfTheirNames) {
    write("b.yaml", "version: 1\nx: 1\n");
    write("a.yaml", "version: 1\ny: 1\n");
    EXPECT_EQ(load_policies(directory_, {}, {}).error(),
              (Error{Errc::config, at("a.yaml") + ":2:1: unknown key `y`\n" + at("b.yaml") +
                                       ":2:1: unknown key `x`"}));
}

TEST_F(Files, OfPoliciesHaveMasksThatCanBeCarriedOut) {
    write("a.yaml",
          "version: 1\nmasks:\n"
          "  - {id: m, topics: [t], fields: [{path: $.a, action: hmac, key: pii}]}\n");
    const std::vector<mask::Key> keys{{"pii", "k1", Buffer(32, Byte{1})}};
    const auto policies = load_policies(directory_, keys, {});
    ASSERT_TRUE(policies) << policies.error().context;
    EXPECT_EQ((*policies)->masks.size(), 1u);
    EXPECT_EQ(
        load_policies(directory_, {}, {}).error(),
        (Error{Errc::config, at("a.yaml") + ":3:10: masking rule `m`: path `$.a`: there is no key "
                                            "`pii`"}));
}

TEST_F(Files, OfPoliciesTakeTokensOfProvidersThatThereAre) {
    write("a.yaml",
          "version: 1\nidentities:\n  - {principal: \"user:a\", from: {oidc: corp}}\n"
          "  - {principal: \"user:b\", from: {oidc: ci}}\n");
    std::vector<IdentityProvider> providers(2);
    providers[0].name = "corp";
    providers[1].name = "ci";
    const auto policies = load_policies(directory_, {}, providers);
    ASSERT_TRUE(policies) << policies.error().context;
    EXPECT_EQ((*policies)->identities.size(), 2u);
    providers.pop_back();
    EXPECT_EQ(load_policies(directory_, {}, providers).error(),
              (Error{Errc::config, at("a.yaml") + ":4:40: the configuration has no identity "
                                                  "provider `ci`, only `corp`"}));
    EXPECT_EQ(load_policies(directory_, {}, {}).error(),
              (Error{Errc::config,
                     at("a.yaml") + ":3:40: the configuration has no identity provider `corp`\n" +
                         at("a.yaml") + ":4:40: the configuration has no identity provider `ci`"}));
}

TEST_F(Files, APolicyDirectoryThatIsMissingIsNamed) {
    EXPECT_EQ(load_policies(directory_ / "none", {}, {}).error(),
              (Error{Errc::io, "read directory " + at("none") + ": No such file or directory"}));
}

TEST_F(Files, APolicyFileThatCannotBeReadIsNamed) {
    fs::create_symlink(directory_ / "none", directory_ / "a.yaml");
    EXPECT_EQ(load_policies(directory_, {}, {}).error(),
              (Error{Errc::io, "read " + at("a.yaml") + ": No such file or directory"}));
}

}  // namespace
}  // namespace sluice::app
