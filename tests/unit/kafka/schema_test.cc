// The schema language: what generate.py refuses, and that it says where.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/temp_directory.h"

#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

namespace fs = std::filesystem;

struct Case {
    std::string schema;
    std::string said;  // `line: error`, or `ok`
};

// The text of a schema whose request has these lines; they begin in line 3.
std::string request_of(const std::string& fields) {
    return "api 1 A versions 0-3 flexible 2+\nrequest\n" + fields + "\n";
}

// What the generator says of each schema, one line each. One process, as starting Python takes its
// time.
std::string generate(const fs::path& folder, const std::vector<Case>& cases) {
    for (std::size_t n = 0; n < cases.size(); ++n) {
        fs::create_directories(folder / std::to_string(n));
        std::ofstream(folder / std::to_string(n) / "x.schema") << cases[n].schema;
    }
    const std::string script =
        "import sys\n"
        "from pathlib import Path\n"
        "sys.path.insert(0, '" SLUICE_SOURCE_DIR
        "/userspace/kafka/schema')\n"
        "import generate\n"
        "for n in range(int(sys.argv[2])):\n"
        "    folder = Path(sys.argv[1]) / str(n)\n"
        "    try:\n"
        "        generate.main(folder, folder / 'out')\n"
        "        print('ok')\n"
        "    except generate.SchemaError as error:\n"
        "        print(str(error).replace(f'{folder}/x.schema:', ''))\n";
    std::ofstream(folder / "run.py") << script;
    return tests::output_of("python3 -B " + (folder / "run.py").string() + " " + folder.string() +
                            " " + std::to_string(cases.size()));
}

void expect(const std::vector<Case>& cases) {
    const sluice::tests::TempDirectory directory;
    std::string expected;
    for (const Case& row : cases) expected += row.said + "\n";
    EXPECT_EQ(generate(directory.path(), cases), expected);
}

TEST(Schema, IsAcceptedWhereItKeepsToTheRules) {
    expect(
        {{"hidden 9 Other\napi 1 A versions 0-3 flexible 2+\nrequest\n"
          "  Topics  []?1+  @topics\n    Name  string  @topic_name\n"
          "    Old  struct  2+  tag 0\n      X  int32  = -1\nresponse   # a comment\n"
          "  Results  []  @topics echo Topics\n    Name  string  @topic_name echo Name\n"
          "    Code  int16  @error_code error\n",
          "ok"},
         {request_of("  A  int64  = 0x7fffffffffffffff\n  B  struct?  = null\n    C  bool  = true"),
          "ok"}});
}

TEST(Schema, NamesTheLineOfAWrongWord) {
    expect({
        {"api 1 A versions 0-3\n", "1: expected `api KEY NAME versions A-B flexible N+`"},
        {"api 1 A versions 0+ flexible never\n", "1: the versions of an API have an end"},
        {"api 1 A versions 0 flexible never\n", "1: API A has neither request nor response"},
        {"requests\n", "1: expected `api`, `hidden`, `request` or `response`"},
        {"request\n", "1: expected `api`, `hidden`, `request` or `response`"},
        {"hidden 1 A\nhidden 1 B\n", "2: API 1 stands twice"},
        {request_of("  A"), "3: a field needs a name and a type"},
        {request_of("  A  int33"), "3: unknown type `int33`"},
        {request_of("  A  int32?"), "3: an int32 cannot be null"},
        {request_of("  A  int32  1+  slot a"), "3: unknown word `slot`"},
        {request_of("  A  int32  @A"), "3: `@A` is no slot"},
        {request_of("  A  int32  ="), "3: the line ends where a word is missing"},
        {request_of("  A  int32  tag x"), "3: `x` is no number"},
        {request_of("  A  struct"), "3: a struct without fields"},
        {request_of("response\n  A  int32  = many"), "4: `many` is no int32"},
        {request_of("response\n  A  int8  = 300"), "4: `300` is no int8"},
        {request_of("response\n  A  string  refused none"),
         "4: the value can only be null or empty"},
        {request_of("response\n  A  int16  error for x"), "4: `for` needs error codes"},
        {request_of("response\n  A  int16  message"), "4: a message is a string"},
        {request_of("response\n  A  int32  error"), "4: an error code is an int16"},
    });
}

TEST(Schema, NamesTheLineOfAWrongIndentation) {
    expect({{request_of("    A  int32"), "3: wrong indentation"},
            {request_of("  A  int32\n    B  int32"), "4: wrong indentation"},
            {"  A  int32\n", "1: wrong indentation"}});
}

TEST(Schema, KeepsVersionsInsideOfEachOther) {
    expect({
        {request_of("  A  int32  0-4"), "3: `A` reaches outside of versions 0-3"},
        {request_of("  A  []  2+\n    B  int32  1+"), "4: `B` reaches outside of versions 2-3"},
        {request_of("  A  int32  3-2"), "3: version range `3-2` is empty"},
        {request_of("  A  string?0-1  1+"),
         "3: the nullable range reaches outside of versions 1-3"},
        {request_of("  A  string?x"), "3: `x` is no version range (3, 3-5 or 3+)"},
        {request_of("  A  int32  1+  tag 0"), "3: version 1 is not flexible and has no tags"},
        {request_of("  A  int32  2+  tag 0\n  B  int32  3+  tag 0"), "3: a tag is used twice"},
    });
}

TEST(Schema, KeepsSlotsUnambiguous) {
    expect({
        {request_of("  A  []\n    B  int32  @b"), "4: a slot inside of an array without one"},
        {request_of("  A  int32  @a\n  B  int32  @a"), "4: slot `a` stands twice in this struct"},
        {request_of("  A  int32  0-1  @a\n  B  int32  2+  @a"), "ok"},
        {request_of("  A  int32  @a\n  B  []  @bs\n    A  string  @a"),
         "5: slot `a` is string here and number at 3"},
        {request_of("  A  bytes  @a"), "3: a bytes cannot have a slot"},
        {request_of("  A  int32  @as[a]"),
         "3: only an array of primitives gives its elements a slot"},
    });
}

TEST(Schema, EchoesOnlyWhatTheRequestHas) {
    const std::string start = request_of(
        "  Topics  []  1+  @topics\n    Name  string  @topic_name\n    Id  uuid\n"
        "response\n  E  int16  error");
    expect({
        {start + "  R  []  echo Topics\n    N  string  echo Name\n",
         "8: the request has no `Topics` there in version 0"},
        {start + "  R  []  1+  echo Topics\n    N  string  echo Label\n",
         "9: the request has no `Label` there in version 1"},
        {start + "  R  []  1+  echo Topics\n    N  int32  echo Name\n",
         "9: `Name` has another type, or no slot"},
        {start + "  R  []  1+  echo Topics\n    I  uuid  echo Id\n",
         "9: `Id` has another type, or no slot"},
        {start + "  R  []int32  1+  echo Topics\n", "8: `Topics` is no array with a slot"},
    });
}

}  // namespace
}  // namespace sluice::kafka
