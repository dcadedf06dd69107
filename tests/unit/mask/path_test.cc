#include "mask/path.h"

#include <gtest/gtest.h>

namespace sluice::mask {

void PrintTo(const Step& step, std::ostream* out) {
    *out << (step.descend ? ".." : ".") << int(step.kind) << ':' << step.name << ':' << step.index;
}

namespace {

using Steps = std::vector<Step>;
constexpr auto kName = Step::Kind::name;
constexpr auto kIndex = Step::Kind::index;
constexpr auto kAny = Step::Kind::any;

Steps steps(std::string_view path) {
    auto parsed = parse_path(path);
    EXPECT_TRUE(parsed) << path;
    return parsed ? *parsed : Steps{};
}
std::string error(std::string_view path) {
    const auto parsed = parse_path(path);
    return parsed ? "none" : parsed.error().context;
}

TEST(ParsePath, ReadsEveryKindOfStep) {
    EXPECT_EQ(steps("$"), Steps{});
    EXPECT_EQ(steps("$.a.b[*].c"),
              (Steps{{kName, false, "a"}, {kName, false, "b"}, {kAny}, {kName, false, "c"}}));
    EXPECT_EQ(steps("$.a[0][12]"),
              (Steps{{kName, false, "a"}, {kIndex, false, "", 0}, {kIndex, false, "", 12}}));
    EXPECT_EQ(steps("$..name"), (Steps{{kName, true, "name"}}));
    EXPECT_EQ(steps("..name"), steps("$..name"));
    EXPECT_EQ(steps("$.*..*"), (Steps{{kAny}, {kAny, true}}));
    EXPECT_EQ(steps("$..[*]..[3]..['x']"),
              (Steps{{kAny, true}, {kIndex, true, "", 3}, {kName, true, "x"}}));
}

TEST(ParsePath, TakesAnyNameInQuotesAndMostWithout) {
    EXPECT_EQ(steps("$['a.b[0]']"), (Steps{{kName, false, "a.b[0]"}}));
    EXPECT_EQ(steps(R"($["it's"])"), (Steps{{kName, false, "it's"}}));
    EXPECT_EQ(steps(R"($['it\'s \\ here'])"), (Steps{{kName, false, R"(it's \ here)"}}));
    EXPECT_EQ(steps("$['']"), (Steps{{kName, false, ""}}));
    EXPECT_EQ(steps("$.first-name.@type.$ref.xml:lang.\u00fcber"),
              (Steps{{kName, false, "first-name"},
                     {kName, false, "@type"},
                     {kName, false, "$ref"},
                     {kName, false, "xml:lang"},
                     {kName, false, "\u00fcber"}}));
}

TEST(ParsePath, SaysWhatIsWrongAndWhere) {
    EXPECT_EQ(error(""), "path ``, position 1: a path begins with `$` or `..`");
    EXPECT_EQ(error("email"), "path `email`, position 1: a path begins with `$` or `..`");
    EXPECT_EQ(error(".email"), "path `.email`, position 1: a path begins with `$` or `..`");
    EXPECT_EQ(error("$email"), "path `$email`, position 2: a step begins with `.` or `[`");
    EXPECT_EQ(error("$.a."), "path `$.a.`, position 5: a name is missing");
    EXPECT_EQ(error("$.a..."), "path `$.a...`, position 6: a name is missing");
    EXPECT_EQ(error("$.[0]"), "path `$.[0]`, position 3: a name is missing after `.`");
    EXPECT_EQ(error("$.a b"),
              "path `$.a b`, position 4: this character must stand in quotes: ['name']");
    EXPECT_EQ(error("$.a[?(@.b)]"),
              "path `$.a[?(@.b)]`, position 5: expected `*`, an index or a name in quotes");
    EXPECT_EQ(error("$.a[-1]"),
              "path `$.a[-1]`, position 5: expected `*`, an index or a name in quotes");
    EXPECT_EQ(error("$.a[0:2]"), "path `$.a[0:2]`, position 6: `]` is missing");
    EXPECT_EQ(error("$.a[1,2]"), "path `$.a[1,2]`, position 6: `]` is missing");
    EXPECT_EQ(error("$.a["), "path `$.a[`, position 5: expected `*`, an index or a name in quotes");
    EXPECT_EQ(error("$.a[*"), "path `$.a[*`, position 6: `]` is missing");
    EXPECT_EQ(error("$.a['b"), "path `$.a['b`, position 7: the quote does not end");
    EXPECT_EQ(error(R"($['\n'])"),
              R"(path `$['\n']`, position 5: a backslash stands only before a quote or another )"
              "backslash");
    EXPECT_EQ(error("$[99999999999]"),
              "path `$[99999999999]`, position 3: this index is too large");
    EXPECT_EQ(error("$.a*"),
              "path `$.a*`, position 4: this character must stand in quotes: ['name']");
    EXPECT_TRUE(error("$.\xff").ends_with("the path is not UTF-8"));
    EXPECT_TRUE(error("$." + std::string(2000, 'a')).ends_with("the path is too long"));
}

}  // namespace
}  // namespace sluice::mask
