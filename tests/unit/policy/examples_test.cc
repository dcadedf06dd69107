// The files of policies/ and the pieces of docs/policy.md say what they claim to say.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "policy/expect.h"
#include "policy/lint.h"
#include "unit/policy/support.h"

namespace sluice::policy {
namespace {

using testing_support::Lines;

PolicyFile read(const std::string& path) {
    std::ifstream file(SLUICE_SOURCE_DIR "/" + path);
    EXPECT_TRUE(file.is_open()) << path;
    std::stringstream text;
    text << file.rdbuf();
    return {path, text.str()};
}
Lines texts(const std::vector<Mistake>& mistakes) {
    Lines lines;
    for (const Mistake& mistake : mistakes) lines.push_back(to_text(mistake));
    return lines;
}

const char* const kExamples[] = {"team", "masked", "approvals", "legacy"};

TEST(Examples, SayWhatStandsBesideThem) {
    for (const std::string name : kExamples) {
        const Compiled compiled = compile({read("policies/" + name + ".yaml")});
        EXPECT_EQ(texts(compiled.mistakes), Lines{});
        const ReadExpect expected = read_expect(read("policies/" + name + ".expect.yaml"));
        EXPECT_EQ(texts(expected.mistakes), Lines{});
        EXPECT_GT(expected.cases.size(), 5u) << name;
        ASSERT_NE(compiled.set, nullptr) << name;
        EXPECT_EQ(texts(run_expect(compiled.set, expected.cases)), Lines{});
    }
}

TEST(Examples, HaveNothingInThemThatIsNotMeant) {
    for (const std::string name : kExamples) {
        const Lines warnings = texts(lint(compile({read("policies/" + name + ".yaml")})));
        // The broad grant is what that file is about.
        EXPECT_EQ(warnings.size(), name == "legacy" ? 2u : 0u) << name;
    }
}

TEST(Examples, CanBeUsedTogether) {
    std::vector<PolicyFile> files;
    for (const std::string name : kExamples) files.push_back(read("policies/" + name + ".yaml"));
    EXPECT_EQ(texts(compile(files).mistakes), Lines{});
}

// Each block of the reference that is a whole file, of a policy or of expectations.
TEST(Reference, ShowsOnlyPoliciesThatAreRead) {
    const std::string text = read("docs/policy.md").text;
    const std::string fence = "```yaml\n";
    int blocks = 0;
    std::shared_ptr<const PolicySet> set;
    for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
        at += fence.size();
        const PolicyFile block{"docs/policy.md", text.substr(at, text.find("```", at) - at)};
        if (block.text.find("cases:") == std::string::npos) {
            const Compiled compiled = compile({block});
            EXPECT_EQ(texts(compiled.mistakes), Lines{});
            if (set == nullptr) set = compiled.set;
        } else {
            const ReadExpect expected = read_expect(block);
            EXPECT_EQ(texts(expected.mistakes), Lines{});
            ASSERT_NE(set, nullptr);
            EXPECT_EQ(texts(run_expect(set, expected.cases)), Lines{});
        }
        ++blocks;
    }
    EXPECT_GE(blocks, 2);
}

}  // namespace
}  // namespace sluice::policy
