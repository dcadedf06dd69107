#include "policy/yaml_screen.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace sluice::policy {
namespace {

std::vector<std::string> refused(const std::string& text) {
    std::vector<std::string> found;
    for (const ScreenMistake& mistake : screen(text))
        found.push_back(std::to_string(mistake.at.line) + ":" + std::to_string(mistake.at.column) +
                        " " + mistake.text.substr(0, mistake.text.find(':')));
    return found;
}

using Texts = std::vector<std::string>;

TEST(YamlScreen, LetsOrdinaryTextsPass) {
    EXPECT_EQ(refused(""), Texts{});
    EXPECT_EQ(refused("a: [b, \"c\", 'd', ~]\ne: {f: g}\nh: |\n  i\n"), Texts{});
    EXPECT_EQ(refused("a: \"&x *y !z\"\n"), Texts{});
}

TEST(YamlScreen, NamesEachRefusedThing) {
    EXPECT_EQ(refused("a: &x b\nc: *x\nd: !t e\n"),
              (Texts{"0:3 an anchor (`&`)", "1:3 an alias (`*`)", "2:3 a tag (`!`)"}));
    EXPECT_EQ(refused("a: &x\n"), Texts{"0:3 an anchor (`&`)"});
    EXPECT_EQ(refused("&x a: b\n"), Texts{"0:0 an anchor (`&`)"});
}

TEST(YamlScreen, RefusesASecondDocument) {
    EXPECT_EQ(refused("---\na: b\n...\n"), Texts{});
    EXPECT_EQ(refused("a: b\n---\nc: d\n").size(), 1u);
    EXPECT_EQ(refused("a: b\n---\nc: &x d\n").back(), "2:3 an anchor (`&`)");
    EXPECT_EQ(refused("a: b\n---\nc: d\n---\ne: f\n").size(), 1u);
}

// yaml-cpp hands out empty documents for ever where such a text ends.
TEST(YamlScreen, EndsWhereTheParserDoesNot) {
    EXPECT_EQ(refused(", a"), Texts{"0:0 a second document in the file"});
}

TEST(YamlScreen, CountsDepthWhereItIsLeftAgain) {
    std::string text = "- a\n";
    for (int i = 0; i < 100; ++i) text += "- [[b]]\n";
    EXPECT_EQ(refused(text), Texts{});
    const std::string deep(limits::yaml_depth_max, '[');
    EXPECT_EQ(refused(deep + std::string(limits::yaml_depth_max, ']')), Texts{});
    EXPECT_EQ(refused(deep + "[]" + std::string(limits::yaml_depth_max, ']')),
              Texts{"0:16 nested deeper than 16 levels"});
}

TEST(YamlScreen, NamesNoMoreThanAPersonReads) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "- &a\n";
    EXPECT_EQ(refused(text).size(), 20u);
}

}  // namespace
}  // namespace sluice::policy
