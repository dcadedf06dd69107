#include "app/cli_policy.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "support/temp_directory.h"

namespace sluice::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kTeam =
    "version: 1\n"
    "grants:\n"
    "  - {id: readers, to: [\"group:team\"], allow: [topic.read], topics: [orders]}\n";

PolicyFiles files(const std::string& policy, const std::string& expectation = "") {
    PolicyFiles files{{{"p.yaml", policy}}, {}};
    if (!expectation.empty()) files.expectations.push_back({"p.expect.yaml", expectation});
    return files;
}

class PolicyFolder : public testing::Test {
  protected:
    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    static std::string names(const std::vector<policy::PolicyFile>& files) {
        std::string text;
        for (const policy::PolicyFile& file : files)
            text += fs::path(file.name).filename().string() + " ";
        return text;
    }
    const tests::TempDirectory temp_;
    const fs::path folder_ = temp_.path();
};

TEST_F(PolicyFolder, IsReadInTheOrderOfNames) {
    for (const char* name : {"b.yaml", "a.yaml", "a.expect.yaml", ".hidden.yaml", "notes.txt"})
        write(name, name);
    const auto read = read_policy_files({folder_});
    ASSERT_TRUE(read) << read.error().context;
    EXPECT_EQ(names(read->policies), "a.yaml b.yaml ");
    EXPECT_EQ(names(read->expectations), "a.expect.yaml ");
    EXPECT_EQ(read->policies[0].text, "a.yaml");
}

TEST_F(PolicyFolder, GivesAFileWithItsExpectations) {
    const fs::path a = write("a.yaml", "1");
    const fs::path b = write("b.yaml", "2");
    const fs::path expect = write("a.expect.yaml", "3");
    const auto read = read_policy_files({b, a});
    ASSERT_TRUE(read) << read.error().context;
    EXPECT_EQ(names(read->policies), "b.yaml a.yaml ");
    EXPECT_EQ(names(read->expectations), "a.expect.yaml ");
    const auto alone = read_policy_files({expect});
    ASSERT_TRUE(alone) << alone.error().context;
    EXPECT_EQ(names(alone->policies), "");
    EXPECT_EQ(names(alone->expectations), "a.expect.yaml ");
}

TEST_F(PolicyFolder, ThatIsMissingIsNamed) {
    const auto read = read_policy_files({folder_ / "none"});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().context,
              "read " + (folder_ / "none").string() + ": No such file or directory");
}

TEST(PolicyLint, FindsMasksThatCannotBeCarriedOut) {
    const auto mask = [](const std::string& field) {
        return files("version: 1\nmasks:\n  - {id: m, topics: [t], fields: [" + field + "]}\n");
    };
    const PolicyAnswer path =
        lint_policies(mask("{path: '$.a[', action: redact}"), PolicyForm::text);
    EXPECT_EQ(path.code, kPolicyWrong);
    EXPECT_EQ(path.err.find("p.yaml:3:10: masking rule `m`: path `$.a[`, position 5: "), 0u)
        << path.err;
    // Which keys there are, only sluice.yaml says.
    PolicyFiles keyed = mask("{path: $.a, action: hmac, key: pii}");
    EXPECT_EQ(lint_policies(keyed, PolicyForm::text).code, kPolicyFine);
    keyed.keys = {"pii"};
    EXPECT_EQ(lint_policies(keyed, PolicyForm::text).code, kPolicyFine);
    keyed.keys = {"other"};
    EXPECT_EQ(lint_policies(keyed, PolicyForm::text).code, kPolicyWrong);
}

TEST(PolicyLint, FindsTokensOfNobodyWhereTheConfigurationIsKnown) {
    PolicyFiles tokens =
        files("version: 1\nidentities:\n  - {principal: \"user:a\", from: {oidc: corp}}\n");
    EXPECT_EQ(lint_policies(tokens, PolicyForm::text).code, kPolicyFine);
    tokens.providers = {"corp"};
    EXPECT_EQ(lint_policies(tokens, PolicyForm::text).code, kPolicyFine);
    tokens.providers = {"other"};
    const PolicyAnswer wrong = lint_policies(tokens, PolicyForm::text);
    EXPECT_EQ(wrong.code, kPolicyWrong);
    EXPECT_EQ(wrong.err,
              "p.yaml:3:40: the configuration has no identity provider `corp`, only `other`\n");
}

TEST(PolicyLint, PrintsWarningsAndCountsThem) {
    const PolicyAnswer fine = lint_policies(files(kTeam), PolicyForm::text);
    EXPECT_EQ(fine.code, kPolicyFine);
    EXPECT_EQ(fine.out, "1 file, 0 warnings\n");
    const PolicyAnswer warned = lint_policies(
        files(kTeam + "  - {id: w, to: [x], allow: [topic.read]}\n"), PolicyForm::text);
    EXPECT_EQ(warned.code, kPolicyFindings);
    EXPECT_EQ(warned.out,
              "p.yaml:4:10: `w` never grants `topic.read`: it names no `topics`\n"
              "1 file, 1 warning\n");
}

TEST(PolicyLint, PrintsMistakesApart) {
    const PolicyAnswer wrong = lint_policies(files("version: 1\ngrant: 1\n"), PolicyForm::text);
    EXPECT_EQ(wrong.code, kPolicyWrong);
    EXPECT_EQ(wrong.out, "");
    EXPECT_EQ(wrong.err, "p.yaml:2:1: unknown key `grant`, did you mean `grants`?\n");
    const Json json =
        Json::parse(lint_policies(files("version: 1\ngrant: 1\n"), PolicyForm::json).out);
    EXPECT_EQ(json, Json::parse(R"({"mistakes": [{"file": "p.yaml", "line": 2, "column": 1,
        "text": "unknown key `grant`, did you mean `grants`?"}]})"));
}

TEST(PolicyTest, CountsCasesAndFailures) {
    const std::string cases =
        "version: 1\ncases:\n"
        "  - {principal: a, groups: [team], operation: topic.read, topic: orders, expect: allow}\n"
        "  - {principal: a, operation: topic.read, topic: orders, expect: ";
    const PolicyAnswer good = test_policies(files(kTeam, cases + "deny}\n"), PolicyForm::text);
    EXPECT_EQ(good.code, kPolicyFine);
    EXPECT_EQ(good.out, "2 cases, 0 failures\n");
    const PolicyAnswer bad = test_policies(files(kTeam, cases + "hold}\n"), PolicyForm::text);
    EXPECT_EQ(bad.code, kPolicyFindings);
    EXPECT_EQ(bad.out,
              "p.expect.yaml:4:5: a topic.read orders: expected hold, got deny (no grant; rules: "
              "none)\n2 cases, 1 failure\n");
    const Json json =
        Json::parse(test_policies(files(kTeam, cases + "hold}\n"), PolicyForm::json).out);
    EXPECT_EQ(json["cases"], 2);
    EXPECT_EQ(json["failures"].size(), 1u);
    EXPECT_EQ(json["failures"][0]["line"], 4);
}

TEST(PolicyTest, IsNoSuccessWithoutACase) {
    const PolicyAnswer answer = test_policies(files(kTeam), PolicyForm::text);
    EXPECT_EQ(answer.code, kPolicyFindings);
    EXPECT_EQ(answer.out, "0 cases, 0 failures\n");
}

TEST(PolicyTest, NamesTheMistakesOfBothFiles) {
    const PolicyAnswer answer =
        test_policies(files("version: 1\nx: 1\n", "version: 1\ny: 1\n"), PolicyForm::text);
    EXPECT_EQ(answer.code, kPolicyWrong);
    EXPECT_EQ(answer.err,
              "p.yaml:2:1: unknown key `x`\n"
              "p.expect.yaml:1:1: missing key `cases`\n"
              "p.expect.yaml:2:1: unknown key `y`\n");
}

PolicyQuestion question() {
    PolicyQuestion question;
    question.principal = {"user:ann", "", {"team"}, ""};
    question.operation = "topic.read";
    question.resource = {ResourceKind::topic, "orders"};
    return question;
}

TEST(PolicyExplain, AnswersForPeopleAndForPrograms) {
    const PolicyAnswer text = explain_policies(files(kTeam), question(), PolicyForm::text);
    EXPECT_EQ(text.code, kPolicyFine);
    EXPECT_EQ(text.out,
              "allow: granted (readers)\n"
              "user:ann, topic.read, topic `orders`:\n"
              "  grant readers: matches by `orders`\n");
    const PolicyAnswer json = explain_policies(files(kTeam), question(), PolicyForm::json);
    EXPECT_EQ(Json::parse(json.out),
              Json::parse(R"({"effect": "allow", "reason": "granted", "rules": ["readers"],
                              "upstream_gateway": false, "depends_on": [], "masks": []})"));
}

TEST(PolicyExplain, RefusesAQuestionThatIsNone) {
    PolicyQuestion asked = question();
    asked.operation = "topic.raed";
    EXPECT_EQ(explain_policies(files(kTeam), asked, PolicyForm::text).err,
              "sluice policy: unknown operation topic.raed\n");
    asked.operation = "group.join";
    const PolicyAnswer answer = explain_policies(files(kTeam), asked, PolicyForm::text);
    EXPECT_EQ(answer.code, kPolicyWrong);
    EXPECT_EQ(answer.err, "sluice policy: group.join is not an operation on a topic\n");
}

TEST_F(PolicyFolder, IsWhatTheCommandLineNames) {
    write("team.yaml", kTeam);
    CLI::App app;
    int code = -1;
    add_policy_commands(app, code);
    testing::internal::CaptureStdout();
    app.parse("policy explain " + folder_.string() +
              " --principal user:ann --member-of team --member-of other --operation topic.read "
              "--topic orders --lag 5 -o json");
    const std::string out = testing::internal::GetCapturedStdout();
    EXPECT_EQ(code, kPolicyFine);
    EXPECT_EQ(Json::parse(out)["rules"], Json::parse(R"(["readers"])"));
    EXPECT_THROW(
        app.parse("policy explain --principal a --operation topic.read --topic a --group b"),
        CLI::ParseError);
}

}  // namespace
}  // namespace sluice::app
