#include "kafka/answer.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "kafka/api.h"
#include "kafka/frame.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

using tests::hex;
using tests::Sample;
using tests::samples;
using tests::walk;
using tests::Wire;

Result<Buffer> refuse(ApiKey key, ApiVersion version, Bytes request, ErrorCode code,
                      std::string_view message) {
    AnswerBuilder builder(key, version);
    Walker walker(*request_layout(key, version), request.size());
    for (;;) {
        const Item item = walker.next(request, 0);
        EXPECT_NE(item.kind, Item::Kind::error) << hex(request);
        if (item.kind == Item::Kind::error) break;
        builder.on(item);
        if (item.kind == Item::Kind::done) break;
    }
    return builder.finish(7, code, message);
}

// The whole answer in hex; what went wrong where there is none.
std::string answer(ApiKey key, ApiVersion version, Wire& request, ErrorCode code,
                   std::string_view message = "") {
    const Result<Buffer> frame = refuse(key, version, request.take(), code, message);
    return frame ? hex(*frame) : frame.error().context;
}
std::string framed(Wire& wire) {
    return hex(wire.frame());
}

constexpr ErrorCode kTopicDenied = ErrorCode::topic_authorization_failed;
constexpr ErrorCode kGroupDenied = ErrorCode::group_authorization_failed;

// -- Of every version of every API

std::string body_items(const Sample& sample, const Buffer& frame) {
    const Bytes after = Bytes(frame).subspan(kSizePrefix);
    const auto header = response_header_bytes(sample.key, sample.version, after, after.size());
    const Layout& layout = *response_layout(sample.key, sample.version);
    return walk(layout, after.subspan(header.value()));
}

// The values of these slots in a walk's text, in order.
std::string values_of(const std::string& items, const std::set<std::string>& slots) {
    std::istringstream lines(items);
    std::string values;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind;
        std::string slot;
        std::string value;
        words >> kind >> slot >> value;
        if (slots.count(slot) != 0 && kind != "array_begin" && kind != "element" &&
            kind != "array_end") {
            values += slot + ' ' + value + '\n';
        }
    }
    return values;
}

TEST(Answer, CanBeReadInEveryVersionAndCarriesTheCode) {
    std::set<ApiKey> unsupported;
    for (const Sample& sample : samples()) {
        if (!sample.request) continue;
        const auto frame =
            refuse(sample.key, sample.version, sample.body, kGroupDenied, "no grant");
        if (!frame) {
            unsupported.insert(sample.key);
            continue;
        }
        EXPECT_EQ(load_be<std::int32_t>(frame->data()) + 4,
                  static_cast<std::int64_t>(frame->size()));
        EXPECT_EQ(load_be<std::int32_t>(frame->data() + 4), 7);
        const std::string items = body_items(sample, *frame);
        EXPECT_NE(items.find("done none"), std::string::npos) << sample.title() << '\n' << items;
        std::istringstream codes(values_of(items, {"error_code"}));
        for (std::string line; std::getline(codes, line);) {
            EXPECT_EQ(line, "error_code 30") << sample.title();
        }
    }
    EXPECT_EQ(unsupported, std::set<ApiKey>{api::api_versions});
}

TEST(Answer, RepeatsTheKeysOfTheRequestInOrder) {
    // The keys stand in the same order on both sides of these, nothing else having their slots.
    struct Row {
        ApiKey key;
        ErrorCode code;
        std::set<std::string> keys;
    };
    const Row rows[] = {
        {api::produce, kTopicDenied, {"topic_name", "topic_id", "partition"}},
        {api::list_offsets, kTopicDenied, {"topic_name", "partition"}},
        {api::offset_commit, kGroupDenied, {"topic_name", "topic_id", "partition"}},
        {api::offset_fetch, kTopicDenied, {"group", "topic_name", "topic_id", "partition"}},
        {api::describe_groups, kGroupDenied, {"group"}},
        {api::delete_records, kTopicDenied, {"topic_name", "partition"}},
        {api::add_partitions_to_txn, kTopicDenied, {"topic_name", "partition"}},
        {api::txn_offset_commit, kTopicDenied, {"topic_name", "topic_id", "partition"}},
        {api::describe_configs, kTopicDenied, {"resource_type", "resource_name"}},
        {api::delete_groups, kGroupDenied, {"group"}},
        {api::offset_delete, kTopicDenied, {"topic_name", "partition"}},
        {api::offset_for_leader_epoch, kTopicDenied, {"topic_name", "partition"}},
        {api::consumer_group_describe, kGroupDenied, {"group"}},
    };
    int seen = 0;
    for (const Row& row : rows) {
        for (const Sample& sample : samples()) {
            if (!sample.request || sample.key != row.key) continue;
            const auto frame = refuse(row.key, sample.version, sample.body, row.code, "");
            ASSERT_TRUE(frame) << sample.title();
            EXPECT_EQ(values_of(body_items(sample, *frame), row.keys),
                      values_of(sample.items, row.keys))
                << sample.title();
            ++seen;
        }
    }
    EXPECT_GT(seen, 150);
}

// -- By hand

TEST(Answer, OfProduceNamesEveryPartitionAndNoOffset) {
    Wire v2;
    v2.i16(1).i32(0).i32(2).str("a").i32(2).i32(0).i32(1).i8(9).i32(5).i32(-1).str("b").i32(0);
    EXPECT_EQ(answer(api::produce, 2, v2, kTopicDenied, "lost here"), framed(Wire{}
                                                                                 .i32(7)
                                                                                 .i32(2)
                                                                                 .str("a")
                                                                                 .i32(2)
                                                                                 .i32(0)
                                                                                 .i16(29)
                                                                                 .i64(-1)
                                                                                 .i64(-1)
                                                                                 .i32(5)
                                                                                 .i16(29)
                                                                                 .i64(-1)
                                                                                 .i64(-1)
                                                                                 .str("b")
                                                                                 .i32(0)
                                                                                 .i32(0)));
    Wire v13;
    v13.v(0).i16(-1).i32(0).v(2).uuid(0xab).v(2).i32(4).v(2).i8(9).v(0).v(0).v(0);
    EXPECT_EQ(answer(api::produce, 13, v13, ErrorCode::policy_violation, "held"),
              framed(Wire{}
                         .i32(7)
                         .v(0)
                         .v(2)
                         .uuid(0xab)
                         .v(2)
                         .i32(4)
                         .i16(44)
                         .i64(-1)
                         .i64(-1)
                         .i64(-1)
                         .v(1)
                         .cstr("held")
                         .v(0)
                         .v(0)
                         .i32(0)
                         .v(0)));
}

Wire fetch_12() {
    Wire wire;
    wire.i32(-1).i32(500).i32(1).i32(1 << 20).i8(0).i32(9).i32(3).v(2).cstr("t").v(2);
    wire.i32(4).i32(-1).i64(77).i32(-1).i64(-1).i32(1 << 20).v(0).v(0);
    return std::move(wire.v(2).cstr("gone").v(2).i32(1).v(0).cstr("").v(0));
}

TEST(Answer, OfFetchHasEmptyRecordsAndNoHighWatermark) {
    Wire request = fetch_12();
    EXPECT_EQ(answer(api::fetch, 12, request, kTopicDenied), framed(Wire{}
                                                                        .i32(7)
                                                                        .v(0)
                                                                        .i32(0)
                                                                        .i16(0)
                                                                        .i32(0)
                                                                        .v(2)
                                                                        .cstr("t")
                                                                        .v(2)
                                                                        .i32(4)
                                                                        .i16(29)
                                                                        .i64(-1)
                                                                        .i64(-1)
                                                                        .i64(-1)
                                                                        .v(1)
                                                                        .i32(-1)
                                                                        .v(1)
                                                                        .v(0)
                                                                        .v(0)
                                                                        .v(0)));
    Wire old;
    old.i32(-1).i32(500).i32(1).i32(1).str("t").i32(1).i32(4).i64(77).i32(9);
    EXPECT_EQ(answer(api::fetch, 0, old, kTopicDenied),
              framed(Wire{}.i32(7).i32(1).str("t").i32(1).i32(4).i16(29).i64(-1).i32(0)));
}

TEST(Answer, OfFetchEndsASessionAtTheTop) {
    Wire request = fetch_12();
    EXPECT_EQ(answer(api::fetch, 12, request, ErrorCode::fetch_session_id_not_found),
              framed(Wire{}.i32(7).v(0).i32(0).i16(70).i32(0).v(1).v(0)));
}

TEST(Answer, OfMetadataNamesTopicsAndListsNoneWhereAllWereAsked) {
    Wire named;
    named.i32(1).str("t").i8(1);
    EXPECT_EQ(
        answer(api::metadata, 4, named, kTopicDenied),
        framed(Wire{}.i32(7).i32(0).i32(0).i16(-1).i32(-1).i32(1).i16(29).str("t").i8(0).i32(0)));
    Wire all;
    all.i32(-1).i8(1);
    const std::string none = framed(Wire{}.i32(7).i32(0).i32(0).i16(-1).i32(-1).i32(0));
    EXPECT_EQ(answer(api::metadata, 4, all, kTopicDenied), none);
    Wire by_id;
    by_id.v(2).uuid(0xab).v(0).v(0).i8(0).i8(0).v(0);
    EXPECT_EQ(answer(api::metadata, 12, by_id, ErrorCode::unknown_topic_id),
              framed(Wire{}
                         .i32(7)
                         .v(0)
                         .i32(0)
                         .v(1)
                         .v(0)
                         .i32(-1)
                         .v(2)
                         .i16(100)
                         .v(0)
                         .uuid(0xab)
                         .i8(0)
                         .v(1)
                         .i32(INT32_MIN)
                         .v(0)
                         .v(0)));
}

TEST(Answer, OfOffsetFetchPutsTheGroupsErrorAtTheGroup) {
    const auto v5 = [] { return std::move(Wire{}.str("g").i32(1).str("t").i32(1).i32(3)); };
    Wire v1 = v5();
    const std::string per_partition =
        framed(Wire{}.i32(7).i32(1).str("t").i32(1).i32(3).i64(-1).i16(0).i16(30));
    EXPECT_EQ(answer(api::offset_fetch, 1, v1, kGroupDenied), per_partition);
    Wire top = v5();
    EXPECT_EQ(answer(api::offset_fetch, 5, top, kGroupDenied),
              framed(Wire{}.i32(7).i32(0).i32(0).i16(30)));
    Wire topic = v5();
    EXPECT_EQ(
        answer(api::offset_fetch, 5, topic, kTopicDenied),
        framed(
            Wire{}.i32(7).i32(0).i32(1).str("t").i32(1).i32(3).i64(-1).i32(-1).i16(0).i16(29).i16(
                0)));
    const auto v8 = [] {
        return std::move(
            Wire{}.v(3).cstr("g").v(2).cstr("t").v(2).i32(3).v(0).v(0).cstr("h").v(0).v(0).i8(0).v(
                0));
    };
    Wire groups = v8();
    EXPECT_EQ(answer(api::offset_fetch, 8, groups, kGroupDenied), framed(Wire{}
                                                                             .i32(7)
                                                                             .v(0)
                                                                             .i32(0)
                                                                             .v(3)
                                                                             .cstr("g")
                                                                             .v(1)
                                                                             .i16(30)
                                                                             .v(0)
                                                                             .cstr("h")
                                                                             .v(1)
                                                                             .i16(30)
                                                                             .v(0)
                                                                             .v(0)));
    Wire topics = v8();
    EXPECT_EQ(answer(api::offset_fetch, 8, topics, kTopicDenied), framed(Wire{}
                                                                             .i32(7)
                                                                             .v(0)
                                                                             .i32(0)
                                                                             .v(3)
                                                                             .cstr("g")
                                                                             .v(2)
                                                                             .cstr("t")
                                                                             .v(2)
                                                                             .i32(3)
                                                                             .i64(-1)
                                                                             .i32(-1)
                                                                             .v(1)
                                                                             .i16(29)
                                                                             .v(0)
                                                                             .v(0)
                                                                             .i16(0)
                                                                             .v(0)
                                                                             .cstr("h")
                                                                             .v(1)
                                                                             .i16(0)
                                                                             .v(0)
                                                                             .v(0)));
}

TEST(Answer, OfFindCoordinatorNamesNoBroker) {
    Wire v3;
    v3.cstr("g").i8(0).v(0);
    EXPECT_EQ(answer(api::find_coordinator, 3, v3, kGroupDenied, "no"),
              framed(Wire{}.i32(7).v(0).i32(0).i16(30).cstr("no").i32(-1).cstr("").i32(-1).v(0)));
    Wire v4;
    v4.i8(0).v(2).cstr("g").v(0);
    EXPECT_EQ(
        answer(api::find_coordinator, 4, v4, kGroupDenied, ""),
        framed(
            Wire{}.i32(7).v(0).i32(0).v(2).cstr("g").i32(-1).cstr("").i32(-1).i16(30).v(0).v(0).v(
                0)));
}

TEST(Answer, OfDeleteTopicsRepeatsNamesAndIds) {
    Wire v5;
    v5.v(2).cstr("t").i32(1000).v(0);
    EXPECT_EQ(answer(api::delete_topics, 5, v5, ErrorCode::policy_violation, "ask first"),
              framed(Wire{}.i32(7).v(0).i32(0).v(2).cstr("t").i16(44).cstr("ask first").v(0).v(0)));
    Wire v6;
    v6.v(3).v(0).uuid(0xab).v(0).cstr("t").uuid(0).v(0).i32(1000).v(0);
    EXPECT_EQ(answer(api::delete_topics, 6, v6, kTopicDenied), framed(Wire{}
                                                                          .i32(7)
                                                                          .v(0)
                                                                          .i32(0)
                                                                          .v(3)
                                                                          .v(0)
                                                                          .uuid(0xab)
                                                                          .i16(29)
                                                                          .v(0)
                                                                          .v(0)
                                                                          .cstr("t")
                                                                          .uuid(0)
                                                                          .i16(29)
                                                                          .v(0)
                                                                          .v(0)
                                                                          .v(0)));
}

TEST(Answer, OfCreateTopicsHasNoConfigs) {
    Wire v5;
    v5.v(2).cstr("t").i32(3).i16(1).v(1).v(2).cstr("k").v(0).v(0).v(0).i32(1000).i8(0).v(0);
    EXPECT_EQ(
        answer(api::create_topics, 5, v5, kTopicDenied, "no"),
        framed(
            Wire{}.i32(7).v(0).i32(0).v(2).cstr("t").i16(29).cstr("no").i32(-1).i16(-1).v(0).v(0).v(
                0)));
}

TEST(Answer, OfJoinGroupHasNoProtocol) {
    const auto request = [](bool instance) {
        Wire wire;
        wire.str("g").i32(1).i32(1).str("m");
        if (instance) wire.i16(-1);
        return std::move(wire.str("consumer").i32(0));
    };
    Wire v4 = request(false);
    EXPECT_EQ(answer(api::join_group, 4, v4, kGroupDenied),
              framed(Wire{}.i32(7).i32(0).i16(30).i32(-1).str("").str("").str("").i32(0)));
    Wire v7;
    v7.cstr("g").i32(1).i32(1).cstr("m").v(0).cstr("consumer").v(1).v(0);
    EXPECT_EQ(
        answer(api::join_group, 7, v7, kGroupDenied),
        framed(Wire{}.i32(7).v(0).i32(0).i16(30).i32(-1).v(0).v(0).cstr("").cstr("").v(1).v(0)));
}

TEST(Answer, OfOffsetDeletePutsTheGroupsErrorAtTheTop) {
    const auto request = [] { return std::move(Wire{}.str("g").i32(1).str("t").i32(1).i32(3)); };
    Wire group = request();
    EXPECT_EQ(answer(api::offset_delete, 0, group, kGroupDenied),
              framed(Wire{}.i32(7).i16(30).i32(0).i32(0)));
    Wire topic = request();
    EXPECT_EQ(answer(api::offset_delete, 0, topic, kTopicDenied),
              framed(Wire{}.i32(7).i16(0).i32(0).i32(1).str("t").i32(1).i32(3).i16(29)));
}

TEST(Answer, OfListOffsetsZeroHasNoOffsets) {
    Wire v0;
    v0.i32(-1).i32(1).str("t").i32(1).i32(3).i64(-1).i32(1);
    EXPECT_EQ(answer(api::list_offsets, 0, v0, kTopicDenied),
              framed(Wire{}.i32(7).i32(1).str("t").i32(1).i32(3).i16(29).i32(0)));
}

TEST(Answer, SaysNothingWhereThereIsNoMessage) {
    Wire v0;
    v0.i32(4).raw("abcd");
    EXPECT_EQ(answer(api::sasl_authenticate, 0, v0, ErrorCode::sasl_authentication_failed),
              framed(Wire{}.i32(7).i16(58).i16(-1).i32(0)));
    Wire again;
    again.i32(4).raw("abcd");
    EXPECT_EQ(
        answer(api::sasl_authenticate, 0, again, ErrorCode::sasl_authentication_failed, "why"),
        framed(Wire{}.i32(7).i16(58).str("why").i32(0)));
}

TEST(Answer, OfAnApiWithoutAnErrorFieldIsUnsupported) {
    EXPECT_EQ(AnswerBuilder(api::api_versions, 0).finish(7, kTopicDenied, "").error().code,
              Errc::unsupported);
    EXPECT_EQ(AnswerBuilder(4, 0).finish(7, kTopicDenied, "").error().code, Errc::unsupported);
    EXPECT_EQ(AnswerBuilder(api::produce, 99).finish(7, kTopicDenied, "").error().code,
              Errc::unsupported);
}

TEST(Answer, NeedsNoRequestWhereItRepeatsNothing) {
    EXPECT_EQ(hex(*AnswerBuilder(api::heartbeat, 1).finish(7, kGroupDenied, "")),
              framed(Wire{}.i32(7).i32(0).i16(30)));
    EXPECT_EQ(hex(*AnswerBuilder(api::produce, 0).finish(7, kTopicDenied, "")),
              framed(Wire{}.i32(7).i32(0)));
}

TEST(Answer, IsRefusedInTheMiddleOfAnArrayItRepeats) {
    const Buffer request = Wire{}.i16(1).i32(0).i32(1).str("t").i32(1).i32(0).i32(-1).take();
    AnswerBuilder builder(api::produce, 2);
    Walker walker(*request_layout(api::produce, 2), request.size());
    for (;;) {
        const Item item = walker.next(request, 0);
        if (item.kind == Item::Kind::array_end) break;
        builder.on(item);
    }
    EXPECT_EQ(builder.finish(7, kTopicDenied, "").error().code, Errc::truncated);
}

TEST(Answer, CutsAMessageAtWhatAStringHolds) {
    const auto frame =
        AnswerBuilder(api::find_coordinator, 1).finish(7, kGroupDenied, std::string(40'000, 'x'));
    ASSERT_TRUE(frame);
    EXPECT_EQ(
        hex(*frame),
        framed(Wire{}.i32(7).i32(0).i16(30).str(std::string(32'767, 'x')).i32(-1).str("").i32(-1)));
}

TEST(Answer, ToAnApiVersionsAboveOursIsTheOneOfKip511) {
    EXPECT_EQ(hex(unsupported_api_versions_answer(-5)),
              framed(Wire{}.i32(-5).i16(35).i32(1).i16(18).i16(0).i16(5)));
}

}  // namespace
}  // namespace sluice::kafka
