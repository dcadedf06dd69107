#include "kafka/edit.h"

#include <gtest/gtest.h>

#include <string>

#include "kafka/api.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

using tests::hex;
using tests::samples;
using tests::Wire;

Buffer text(std::string_view characters) {
    return Wire{}.raw(characters).take();
}

TEST(ApplyEdits, ReplacesInsertsAndRemoves) {
    const Buffer frame = Wire{}.raw("head").raw("0123456789").frame();
    const std::vector<Edit> edits{
        {0, 1, text("zero")}, {3, 0, text("+")}, {4, 2, {}}, {9, 1, text("n")}};
    EXPECT_EQ(hex(apply_edits(frame, 8, edits)), hex(Wire{}.raw("headzero12+3678n").frame()));
    EXPECT_EQ(hex(apply_edits(frame, 8, {})), hex(frame));
}

TEST(ApplyEditsDeathTest, AbortsOnEditsOutOfOrderOrOutside) {
    const Buffer frame = Wire{}.raw("0123456789").frame();
    const std::vector<Edit> backwards{{4, 2, {}}, {3, 1, {}}};
    EXPECT_DEATH(static_cast<void>(apply_edits(frame, 4, backwards)), "broken invariant");
    const std::vector<Edit> overlapping{{4, 2, {}}, {5, 1, {}}};
    EXPECT_DEATH(static_cast<void>(apply_edits(frame, 4, overlapping)), "broken invariant");
    const std::vector<Edit> outside{{9, 2, {}}};
    EXPECT_DEATH(static_cast<void>(apply_edits(frame, 4, outside)), "broken invariant");
}

std::string clamped(const Buffer& frame, ApiVersion version) {
    const Result<ApiVersionsEdits> result = clamp_api_versions(frame, version);
    if (!result) return result.error().context;
    return hex(result->frame) + " lowered " + std::to_string(result->lowered) + " hidden " +
           std::to_string(result->hidden);
}

TEST(ClampApiVersions, LowersHidesAndLeavesTheRest) {
    const Buffer broker = Wire{}
                              .i32(7)
                              .i16(0)
                              .i32(5)
                              .i16(api::produce)
                              .i16(0)
                              .i16(20)  // newer than we know
                              .i16(71)
                              .i16(0)
                              .i16(0)  // not understood
                              .i16(api::fetch)
                              .i16(4)
                              .i16(17)  // older than we know
                              .i16(10'000)
                              .i16(0)
                              .i16(3)  // a vendor's own
                              .i16(api::add_partitions_to_txn)
                              .i16(0)
                              .i16(5)
                              .i32(250)
                              .frame();
    const Buffer client = Wire{}
                              .i32(7)
                              .i16(0)
                              .i32(3)
                              .i16(api::produce)
                              .i16(0)
                              .i16(13)
                              .i16(api::fetch)
                              .i16(4)
                              .i16(17)
                              .i16(api::add_partitions_to_txn)
                              .i16(0)
                              .i16(3)
                              .i32(250)
                              .frame();
    EXPECT_EQ(clamped(broker, 1), hex(client) + " lowered 2 hidden 2");
}

TEST(ClampApiVersions, HidesWhatHasNoVersionInCommon) {
    const Buffer broker = Wire{}
                              .i32(7)
                              .i16(0)
                              .i32(2)
                              .i16(api::list_partition_reassignments)
                              .i16(1)
                              .i16(3)
                              .i16(api::heartbeat)
                              .i16(-3)
                              .i16(-1)
                              .frame();
    EXPECT_EQ(clamped(broker, 0), hex(Wire{}.i32(7).i16(0).i32(0).frame()) + " lowered 0 hidden 2");
}

TEST(ClampApiVersions, KeepsFeaturesAndUnknownTagsAsTheyAre) {
    const auto frame = [](std::uint32_t count, auto entries) {
        Wire wire;
        wire.i32(7).i16(0).v(count + 1);
        entries(wire);
        return wire.i32(0)
            .v(3)
            .v(0)
            .v(11)
            .v(2)
            .cstr("tv")
            .i16(0)
            .i16(2)
            .v(1)
            .v(0)
            .v(0)
            .v(1)
            .v(8)
            .i64(99)
            .v(77)
            .v(3)
            .raw("new")
            .frame();
    };
    const Buffer broker = frame(3, [](Wire& wire) {
        wire.i16(api::fetch).i16(4).i16(18).v(0);
        wire.i16(68).i16(0).i16(1).v(1).v(9).v(1).i8(5);  // hidden with its own tag
        wire.i16(api::produce).i16(0).i16(14).v(1).v(9).v(1).i8(6);
    });
    const Buffer client = frame(2, [](Wire& wire) {
        wire.i16(api::fetch).i16(4).i16(18).v(0);
        wire.i16(api::produce).i16(0).i16(13).v(1).v(9).v(1).i8(6);
    });
    for (const ApiVersion version : {ApiVersion{3}, ApiVersion{4}, ApiVersion{5}}) {
        EXPECT_EQ(clamped(broker, version), hex(client) + " lowered 1 hidden 1");
    }
}

TEST(ClampApiVersions, ReadsARefusalInVersionZero) {
    const Buffer broker = Wire{}.i32(7).i16(35).i32(1).i16(18).i16(0).i16(9).frame();
    const Buffer client = Wire{}.i32(7).i16(35).i32(1).i16(18).i16(0).i16(5).frame();
    EXPECT_EQ(clamped(broker, 4), hex(client) + " lowered 1 hidden 0");
}

TEST(ClampApiVersions, LeavesAnOlderBrokerAlone) {
    Wire wire;
    wire.i32(7).i16(0).i32(static_cast<std::int64_t>(understood_apis().size()));
    for (const ApiRange& range : understood_apis())
        wire.i16(range.key).i16(range.min).i16(range.max);
    const Buffer broker = wire.frame();
    EXPECT_EQ(clamped(broker, 0), hex(broker) + " lowered 0 hidden 0");
}

TEST(ClampApiVersions, RefusesWhatItCannotRead) {
    EXPECT_EQ(clamped(Wire{}.i32(7).frame(), 0), "api versions response: no error code");
    EXPECT_EQ(clamped(Wire{}.i32(7).i16(0).i32(1).frame(), 0),
              "api versions response: count_too_large");
    EXPECT_EQ(clamped(Wire{}.i32(7).i16(0).i32(0).i8(0).frame(), 0),
              "api versions response: trailing_bytes");
    EXPECT_EQ(clamped(Wire{}.i32(7).i16(0).i32(0).frame(), 9),
              "api versions response: unknown version");
}

TEST(ClampApiVersions, OfItsOwnResultChangesNothing) {
    int seen = 0;
    for (const tests::Sample& sample : samples()) {
        if (sample.key != api::api_versions || sample.request) continue;
        const Buffer frame = Wire{}.i32(7).raw(as_text(sample.body)).frame();
        const auto once = clamp_api_versions(frame, sample.version);
        ASSERT_TRUE(once) << sample.title();
        EXPECT_EQ(clamped(once->frame, sample.version), hex(once->frame) + " lowered 0 hidden 0");
        ++seen;
    }
    EXPECT_GE(seen, 12);
}

}  // namespace
}  // namespace sluice::kafka
