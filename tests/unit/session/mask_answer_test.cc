// Answers that masks edit: session/mask_answer.cc.
#include "session/mask_answer.h"

#include <algorithm>

#include "base/limits.h"
#include "kafka/compression.h"
#include "support/batches.h"
#include "support/record_batches.h"
#include "unit/session/fetch_frames.h"

namespace sluice::session::test {
namespace {

using tests::make_record_batch;

const std::string kGrant =
    "grants: [{id: g, to: ['*'], allow: [topic.read], topics: [m, plain]}]\n";
const std::string kMask =
    "masks: [{id: mask, topics: [m], fields: [{path: $.email, action: redact}]}]\n";
constexpr std::size_t kTooMuch = limits::masked_response_bytes_max + 1000;

std::string json(const std::string& email) {
    return R"({"n":1,"email":")" + email + "\"}";
}
// Two records, of which one has something to mask.
Buffer clear(std::int64_t offset = 5, kafka::Codec codec = kafka::Codec::none,
             const std::string& email = "ann@example.org") {
    return make_record_batch({.base_offset = offset, .codec = codec},
                             {{"k", json(email), {{"h", "v"}}}, {std::nullopt, R"({"n":2})"}});
}
Buffer hidden(std::int64_t offset = 5, kafka::Codec codec = kafka::Codec::none) {
    return clear(offset, codec, "***");
}
Buffer corrupt(std::int64_t offset = 5) {
    Buffer batch = clear(offset);
    batch.back() ^= 1;
    return batch;
}
bool holds(const Buffer& bytes, std::string_view text) {
    return as_text(bytes).find(text) != std::string_view::npos;
}

struct Masked : Script {
    explicit Masked(Durability durability = Durability::durable) : Script(durability) {
        facts.policy(kGrant + kMask);
        facts.names[topic_id(1)] = "m";
        facts.names[topic_id(2)] = "plain";
    }
    // Asks for as many partitions of `m` as there are records, and answers with them.
    Masked& serve(const std::vector<AnsweredPart>& parts, int version = 11, std::size_t chunk = 0) {
        ask(version, parts.size());
        broker(fetch_answer({version, 1, {{"m", topic_id(1), parts}}, 0}), chunk);
        return *this;
    }
    Masked& ask(int version, std::size_t parts) {
        FetchTopic topic{"m", topic_id(1), {}};
        for (int n = 0; n < static_cast<int>(parts); ++n) topic.parts.push_back({n, 5});
        client(fetch_request({.version = version, .topics = {topic}}));
        return *this;
    }
    [[nodiscard]] std::vector<audit::Event> fetched() const { return of(audit::EventType::fetch); }
};
Buffer answer_of(const std::vector<AnsweredPart>& parts, int version = 11) {
    return fetch_answer({version, 1, {{"m", topic_id(1), parts}}, 0});
}

TEST(MaskAnswer, RecordsAreMaskedInEveryVersionAndCodecHoweverTheyArrive) {
    for (const int version : {4, 7, 11, 12, 13, 16, 17})
        for (int codec = 0; codec <= 4; ++codec)
            for (const std::size_t chunk : {0, 1, 61, 1000}) {
                Masked script;
                const auto named = static_cast<kafka::Codec>(codec);
                Buffer two = clear(5, named);
                append(two, clear(7, named));
                script.serve({{0, 0, two}, {1, 0, {}}, {2, 0, clear(5, named)}}, version, chunk);
                Buffer both = hidden(5, named);
                append(both, hidden(7, named));
                EXPECT_EQ(script.to_client.bytes,
                          answer_of({{0, 0, both}, {1, 0, {}}, {2, 0, hidden(5, named)}}, version))
                    << "version " << version << ", codec " << codec << ", chunks of " << chunk;
                EXPECT_FALSE(script.closed);
                EXPECT_EQ(script.session.held_bytes(), 0u);
            }
}

TEST(MaskAnswer, TheEventSaysWhatTheBrokerDeliveredAndWhatWasMasked) {
    Masked script;
    script.serve({{0, 0, clear()}});
    const auto events = script.fetched();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].offsets, (OffsetRange{5, 6}));
    EXPECT_EQ(events[0].records, 2u);
    EXPECT_EQ(events[0].bytes, clear().size());
    EXPECT_EQ(events[0].outcome, audit::Outcome::ok);
    EXPECT_EQ(events[0].rules, "g,mask");
    EXPECT_EQ(events[0].masked_values, 1u);
    EXPECT_EQ(events[0].withheld_records, 0u);
    const SessionCounters& counters = script.session.counters();
    EXPECT_EQ(counters.masked_values, 1u);
    EXPECT_EQ(counters.fetched_records, 2u);
    EXPECT_GT(counters.opened_bytes, 0u);
}

TEST(MaskAnswer, AllOfItWaitsForTheOutcome) {
    Masked script;
    script.serve({{0, 0, clear()}}, 11, 50);
    const auto outcome = script.number_of(audit::EventType::fetch);
    EXPECT_EQ(script.to_client.after,
              std::vector<std::uint64_t>(script.to_client.bytes.size(), outcome));
    Masked async(Durability::async);
    async.serve({{0, 0, clear()}});
    const auto lease = async.number_of(audit::EventType::read_lease);
    EXPECT_EQ(async.to_client.after,
              std::vector<std::uint64_t>(async.to_client.bytes.size(), lease));
}

TEST(MaskAnswer, WhereNothingIsFoundTheBrokersBytesGo) {
    Masked script;
    const Buffer zstd = make_record_batch({.codec = kafka::Codec::zstd}, {{"k", R"({"n":2})"}});
    script.serve({{0, 0, zstd}, {1, 3, {}}, {.partition = 2, .null_records = true}}, 12);
    EXPECT_EQ(script.to_client.bytes,
              answer_of({{0, 0, zstd}, {1, 3, {}}, {.partition = 2, .null_records = true}}, 12));
    EXPECT_EQ(script.fetched()[0].rules, "g,mask");
    EXPECT_EQ(script.fetched()[0].masked_values, 0u);
}

TEST(MaskAnswer, TopicsWithoutAMaskPassUnseenBesideOnesThatHaveOne) {
    Masked script;
    script.client(fetch_request(
        {.topics = {{"plain", {}, {{0, 5}}}, {"m", {}, {{0, 5}}}, {"plain", {}, {{1, 5}}}}}));
    // Nobody opens a batch of `plain`.
    script.broker(fetch_answer({11,
                                1,
                                {{"plain", {}, {{0, 0, corrupt()}}},
                                 {"m", {}, {{0, 0, clear()}}},
                                 {"plain", {}, {{1, 0, clear()}}}},
                                0}),
                  100);
    EXPECT_EQ(script.to_client.bytes, fetch_answer({11,
                                                    1,
                                                    {{"plain", {}, {{0, 0, corrupt()}}},
                                                     {"m", {}, {{0, 0, hidden()}}},
                                                     {"plain", {}, {{1, 0, clear()}}}},
                                                    0}));
    ASSERT_EQ(script.fetched().size(), 3u);
    EXPECT_EQ(script.fetched()[0].rules, "g");
    EXPECT_EQ(script.fetched()[1].rules, "g,mask");
}

TEST(MaskAnswer, ABatchThatCannotBeOpenedDeniesItsPartitionAndNoOther) {
    const Buffer old = tests::make_message(1, 5, 40);
    for (const int version : {4, 11, 12, 13, 17})
        for (const Buffer& bad : {corrupt(), old}) {
            Masked script;
            Buffer after_good = clear();
            append(after_good, bad);
            script.serve({{0, 0, clear()}, {1, 0, after_good, {4711}}, {2, 0, clear()}}, version);
            EXPECT_EQ(script.to_client.bytes,
                      answer_of({{0, 0, hidden()}, {1, 29, {}, {4711}}, {2, 0, hidden()}}, version))
                << version;
            const auto events = script.fetched();
            ASSERT_EQ(events.size(), 3u);
            EXPECT_EQ(events[1].error_code, 29);
            EXPECT_EQ(events[1].outcome, audit::Outcome::refused);
            EXPECT_EQ(events[1].reason, "mask_failed");
            EXPECT_EQ(events[1].rules, "g,mask");
            EXPECT_EQ(events[1].records, 0u);
            EXPECT_EQ(events[1].bytes, 0u);
            EXPECT_EQ(events[1].offsets, OffsetRange{});
            EXPECT_EQ(events[1].masked_values, 0u);
            EXPECT_EQ(script.session.counters().mask_failed, 1u);
            EXPECT_EQ(script.session.counters().fetched_records, 4u);
        }
}

TEST(MaskAnswer, ATailCutShortIsLeftOut) {
    for (const int version : {11, 12}) {
        Masked script;
        Buffer cut = clear(7);
        cut.resize(cut.size() - 1);
        Buffer with_tail = clear();
        append(with_tail, cut);
        script.serve({{0, 0, with_tail}, {1, 0, cut}}, version);
        EXPECT_EQ(script.to_client.bytes, answer_of({{0, 0, hidden()}, {1, 0, {}}}, version));
        EXPECT_FALSE(holds(script.to_client.bytes, "ann@"));
        EXPECT_TRUE(script.fetched()[0].truncated_tail);
    }
}

TEST(MaskAnswer, ControlBatchesAndNullValuesStay) {
    Masked script;
    const Buffer control =
        make_record_batch({.base_offset = 9, .attributes = 0x30}, {{json("a"), json("b")}});
    const Buffer tombstone =
        make_record_batch({.base_offset = 10}, {{json("ann@example.org"), std::nullopt}});
    Buffer all = control;
    append(all, tombstone);
    script.serve({{0, 0, all, {4711, 4712}}}, 12);
    EXPECT_EQ(script.to_client.bytes, answer_of({{0, 0, all, {4711, 4712}}}, 12));
}

TEST(MaskAnswer, AValueThatCannotBeMaskedIsReplacedWhole) {
    Masked script;
    const auto with = [](const std::string& value) {
        return make_record_batch({}, {{"a", value}, {"b", json("***")}});
    };
    script.serve({{0, 0, with("no json, ann@example.org")}});
    EXPECT_EQ(script.to_client.bytes, answer_of({{0, 0, with(R"({"sluice":"withheld"})")}}));
    EXPECT_EQ(script.fetched()[0].withheld_records, 1u);
    EXPECT_EQ(script.session.counters().withheld_records, 1u);
}

TEST(MaskAnswer, RecordsTooLargeToHoldAreSkippedAndTheirPartitionIsDenied) {
    for (const int version : {11, 12}) {
        Masked script;
        script.ask(version, 3);
        const Buffer big(kTooMuch, 'x');
        const Buffer frame = answer_of({{0, 0, clear()}, {1, 0, big}, {2, 0, clear()}}, version);
        const Bytes bytes(frame);
        for (std::size_t at = 0; at < bytes.size(); at += 1 << 20) {
            script.broker(bytes.subspan(at, std::min<std::size_t>(1 << 20, bytes.size() - at)));
            EXPECT_LT(script.session.held_bytes(), 3u << 20);
            EXPECT_LT(script.broker_window.size(), 1u << 20);
        }
        EXPECT_EQ(script.to_client.bytes,
                  answer_of({{0, 0, hidden()}, {1, 29, {}}, {2, 0, hidden()}}, version));
        EXPECT_EQ(script.fetched()[1].reason, "mask_too_large");
        EXPECT_EQ(script.fetched()[1].bytes, 0u);
        EXPECT_EQ(script.session.counters().mask_too_large, 1u);
        EXPECT_EQ(script.session.counters().fetched_records, 4u);
    }
}

TEST(MaskAnswer, TogetherPartitionsTakeNoMoreThanOneMay) {
    Masked script;
    script.client(
        fetch_request({.topics = {{"plain", {}, {{0, 5}, {1, 5}}}, {"m", {}, {{0, 5}}}}}));
    const Buffer most(limits::masked_response_bytes_max / 3 * 2, 'x');
    script.broker(
        fetch_answer({11,
                      1,
                      {{"plain", {}, {{0, 0, most}, {1, 0, most}}}, {"m", {}, {{0, 0, clear()}}}},
                      0}),
        1 << 20);
    EXPECT_EQ(
        script.to_client.bytes,
        fetch_answer({11,
                      1,
                      {{"plain", {}, {{0, 0, most}, {1, 29, {}}}}, {"m", {}, {{0, 0, hidden()}}}},
                      0}));
}

TEST(MaskAnswer, WhatABombHoldsIsNotDelivered) {
    Masked script;
    Buffer compressed;
    kafka::Compression compression;
    const Buffer zeros(limits::opened_batch_bytes_max + 1, 0);
    ASSERT_TRUE(
        compression.compress(kafka::Codec::zstd, kafka::SnappyFraming::raw, zeros, compressed));
    script.serve({{0, 0, tests::make_payload_batch({.codec = kafka::Codec::zstd}, compressed, 1)}});
    EXPECT_EQ(script.to_client.bytes, answer_of({{0, 29, {}}}));
    EXPECT_EQ(script.fetched()[0].reason, "mask_too_large");
}

TEST(MaskAnswer, RulesThatDoNotFitTogetherDenyTheTopic) {
    Masked script;
    std::string masks = "masks:\n";
    for (std::size_t n = 0; n <= limits::mask_rules_max; ++n)
        masks += "  - {id: m" + std::to_string(n) +
                 ", topics: [m], fields: [{path: $.a, action: redact}]}\n";
    script.facts.policy(kGrant + masks);
    script.serve({{0, 0, clear()}}, 11, 10);
    EXPECT_EQ(script.to_client.bytes, answer_of({{0, 29, {}}}));
    EXPECT_EQ(script.fetched()[0].reason, "mask_failed");
}

TEST(MaskAnswer, RefusedTopicsJoinAnAnswerThatIsEdited) {
    for (const int version : {11, 12, 13}) {
        Masked script;
        script.facts.names[topic_id(9)] = "secret";
        script.client(fetch_request(
            {.version = version,
             .topics = {{"secret", topic_id(9), {{3, 5}}}, {"m", topic_id(1), {{0, 5}}}}}));
        script.broker(answer_of({{0, 0, clear()}}, version), 9);
        const Buffer& got = script.to_client.bytes;
        EXPECT_TRUE(holds(got, as_text(hidden())));
        EXPECT_FALSE(holds(got, "ann@"));
        ASSERT_GE(got.size(), 4u);
        EXPECT_EQ(static_cast<std::size_t>(load_be<std::int32_t>(got.data())), got.size() - 4);
        if (version < 13) {
            EXPECT_TRUE(holds(got, "secret"));
        }
        Wire partition;
        partition.i32(3).i16(29);
        EXPECT_TRUE(holds(got, as_text(partition.bytes())));
        EXPECT_FALSE(script.closed);
    }
}

TEST(MaskAnswer, AMaskThatIsAddedCountsFromTheNextRequestOn) {
    Masked script;
    script.facts.policy(kGrant);
    FetchAsk ask{.topics = {{"m", {}, {{0, 5}}}}};
    script.client(fetch_request(ask));
    script.facts.policy(kGrant + kMask);
    ask.correlation = 2;
    script.client(fetch_request(ask));
    script.facts.policy(kGrant);
    ask.correlation = 3;
    script.client(fetch_request(ask));
    Buffer wanted;
    for (int n = 1; n <= 3; ++n) {
        script.broker(fetch_answer({11, n, {{"m", {}, {{0, 0, clear()}}}}, 0}));
        append(wanted,
               fetch_answer({11, n, {{"m", {}, {{0, 0, n == 2 ? hidden() : clear()}}}}, 0}));
    }
    EXPECT_EQ(script.to_client.bytes, wanted);
}

// So many partitions that the fetch session is the broker's own.
FetchAsk many(int version) {
    FetchAsk ask{.version = version, .topics = {{"m", topic_id(1), {}}}, .epoch = 0};
    for (int n = 0; n < static_cast<int>(limits::sessionless_partitions_max) + 1; ++n)
        ask.topics[0].parts.push_back({n, 5});
    return ask;
}

TEST(MaskAnswer, InsideOfAFetchSessionEveryTopicOfItCounts) {
    for (const int version : {7, 12, 13}) {
        Masked script;
        script.facts.policy(kGrant);
        script.client(fetch_request(many(version)));
        script.broker(fetch_answer({version, 1, {}, 77}));
        const FetchAsk next{.version = version, .topics = {}, .session = 77, .epoch = 1};
        script.client(fetch_request(next));
        const auto served = [&](const Buffer& records) {
            return fetch_answer({version, 1, {{"m", topic_id(1), {{4, 0, records}}}}, 77});
        };
        script.broker(served(clear()));
        Buffer wanted = fetch_answer({version, 1, {}, 77});
        append(wanted, served(clear()));
        EXPECT_EQ(script.to_client.bytes, wanted);
        // The next request of the session names nothing, and is masked all the same.
        script.facts.policy(kGrant + kMask);
        FetchAsk third = next;
        third.epoch = 2;
        const std::size_t sent = script.to_broker.bytes.size();
        script.client(fetch_request(third));
        third.max_bytes = limits::masked_fetch_bytes_max;
        EXPECT_EQ(Buffer(script.to_broker.bytes.begin() + static_cast<std::ptrdiff_t>(sent),
                         script.to_broker.bytes.end()),
                  fetch_request(third));
        script.broker(served(clear()));
        append(wanted, served(hidden()));
        EXPECT_EQ(script.to_client.bytes, wanted) << version;
        EXPECT_FALSE(script.closed);
    }
}

TEST(MaskAnswer, ATopicThatHasNoNameAnyMoreIsNotDelivered) {
    Masked script;
    script.client(fetch_request(many(13)));
    script.broker(fetch_answer({13, 1, {}, 77}));
    script.client(fetch_request({.version = 13, .topics = {}, .session = 77, .epoch = 1}));
    script.facts.names.clear();
    script.to_client = {};
    script.broker(fetch_answer({13, 1, {{"", topic_id(1), {{4, 0, clear()}}}}, 77}));
    EXPECT_EQ(script.to_client.bytes,
              fetch_answer({13, 1, {{"", topic_id(1), {{4, 29, {}}}}}, 77}));
}

TEST(MaskAnswer, CutOffInTheMiddleNothingWasDelivered) {
    Masked script;
    script.ask(11, 1);
    const Buffer frame = answer_of({{0, 0, clear()}});
    script.broker(Bytes(frame).first(frame.size() - 20));
    script.end(CloseReason::broker_closed);
    EXPECT_TRUE(script.to_client.bytes.empty());
    EXPECT_TRUE(script.fetched().empty());
    const auto requests = script.of(audit::EventType::request);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].outcome, audit::Outcome::unknown);
}

TEST(MaskAnswer, SaysHowMuchItWaitsFor) {
    Masked script;
    script.ask(11, 1);
    const Buffer records = clear();
    const Buffer frame = answer_of({{0, 0, records}});
    script.broker(Bytes(frame).first(frame.size() - 20));
    EXPECT_EQ(script.session.broker_wants(), script.broker_window.size() + 20);
    EXPECT_GT(script.session.held_bytes(), 0u);
    script.broker(Bytes(frame).subspan(frame.size() - 20));
    EXPECT_EQ(script.session.broker_wants(), 0u);
    EXPECT_EQ(script.to_client.bytes, answer_of({{0, 0, hidden()}}));
}

}  // namespace
}  // namespace sluice::session::test
