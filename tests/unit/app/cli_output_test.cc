#include "app/cli_output.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(CliOutput, ATableIsAsWideAsItsWidestCellAndEndsWithoutBlanks) {
    Table table({"a", "bb"});
    EXPECT_TRUE(table.empty());
    table.add({"long one", "x"});
    table.add({"é", ""});
    EXPECT_EQ(table.text(), "a         bb\nlong one  x\né\n");
}

TEST(CliOutput, ATerminalNeverGetsAClientsControlCharacters) {
    Table table({"client"});
    table.add({"\x1b[2Jevil\n"});
    EXPECT_EQ(table.text(), "client\n?[2Jevil?\n");
}

TEST(CliOutput, TimesAreReadAsSpansAndAsMoments) {
    const std::int64_t now = 1'800'000'000 * kSecond;
    EXPECT_EQ(*parse_time("90s", now), now - 90 * kSecond);
    EXPECT_EQ(*parse_time("15m", now), now - 900 * kSecond);
    EXPECT_EQ(*parse_time("2h", now), now - 7200 * kSecond);
    EXPECT_EQ(*parse_time("30d", now), now - 30 * 86'400 * kSecond);
    EXPECT_EQ(*parse_time("1970-01-02T00:00:01Z", now), 86'401 * kSecond);
    EXPECT_EQ(*parse_time("1970-01-02 00:01", now), 86'460 * kSecond);
    EXPECT_EQ(*parse_time("1970-01-02", now), 86'400 * kSecond);
    for (const char* wrong :
         {"", "x", "15", "15w", "-3m", "1970-13-01", "99999999999999d", "1970-01-02 junk"})
        EXPECT_FALSE(parse_time(wrong, now)) << wrong;
}

TEST(CliOutput, TimesAreShownInUtcToTheMillisecond) {
    EXPECT_EQ(to_text_time(86'401 * kSecond + 7'000'000), "1970-01-02 00:00:01.007");
}

TEST(CliOutput, TopicIdsLookAsKafkaPrintsThem) {
    TopicId id;
    EXPECT_EQ(to_text(id), "");
    id.bytes = {0x56, 0xe3, 0x2a, 0xab, 0x41, 0xee, 0x4d, 0x00,
                0xba, 0x6d, 0xc0, 0x9d, 0x91, 0x41, 0xd0, 0xbc};
    EXPECT_EQ(to_text(id), "VuMqq0HuTQC6bcCdkUHQvA");
}

TEST(CliOutput, OffsetsAreARangeOneOrNone) {
    EXPECT_EQ(to_text(OffsetRange{}), "-");
    EXPECT_EQ(to_text(OffsetRange{4, 4}), "4");
    EXPECT_EQ(to_text(OffsetRange{4, 9}), "4..9");
}

TEST(CliOutput, JsonLeavesOutWhatIsNotSet) {
    People nobody;
    auditlog::Entry entry;
    entry.index = 3;
    entry.event.type = audit::EventType::capture;
    entry.event.reason = "set_up";
    EXPECT_EQ(to_json(entry, nobody).dump(),
              R"({"index":3,"time":"1970-01-01 00:00:00.000","wall_ns":0,)"
              R"("type":"capture","reason":"set_up"})");
}

TEST(CliOutput, AReadThatWasMaskedSaysSo) {
    People nobody;
    auditlog::Entry entry;
    entry.event.type = audit::EventType::fetch;
    entry.event.rules = "pii";
    entry.event.masked_values = 3;
    entry.event.withheld_records = 1;
    const auto json = to_json(entry, nobody);
    EXPECT_EQ(json["rules"], "pii");
    EXPECT_EQ(json["masked_values"], 3);
    EXPECT_EQ(json["withheld_records"], 1);
}

}  // namespace
}  // namespace sluice::app
