#include "kafka/split.h"

#include <gtest/gtest.h>

#include <string>

#include "kafka/answer.h"
#include "kafka/api.h"
#include "kafka/frame.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

using tests::hex;
using tests::Wire;

// A whole request; its header has version 2 where it is flexible.
WholeRequest request_of(ApiKey key, ApiVersion version, Buffer& frame, Wire body) {
    const bool flexible = request_layout(key, version)->flexible;
    Wire whole;
    whole.i16(key).i16(version).i32(7).str("me");
    if (flexible) whole.v(0);
    const Buffer header = whole.take();
    const Buffer rest = body.take();
    frame.clear();
    append_be(frame, static_cast<std::int32_t>(header.size() + rest.size()));
    append(frame, header);
    append(frame, rest);
    return {key, version, 7, frame, kSizePrefix + header.size()};
}

// What DeleteTopics (names in an array) is answered when nobody may delete `topics`.
Buffer refused_deletion(ApiVersion version, Wire& request) {
    AnswerBuilder builder(api::delete_topics, version);
    const Buffer body = request.take();
    Walker walker(*request_layout(api::delete_topics, version), body.size());
    for (Item item = walker.next(body, 0); item.kind != Item::Kind::done;
         item = walker.next(body, 0)) {
        if (item.kind == Item::Kind::error) {
            ADD_FAILURE() << name(item.error);
            break;
        }
        builder.on(item);
    }
    return *builder.finish(7, ErrorCode::topic_authorization_failed, "");
}

TEST(CountPrefix, IsANumberOrAVarintOfOneMore) {
    EXPECT_EQ(hex(count_prefix(false, 0)), "00000000");
    EXPECT_EQ(hex(count_prefix(false, 300)), "0000012c");
    EXPECT_EQ(hex(count_prefix(true, 0)), "01");
    EXPECT_EQ(hex(count_prefix(true, 126)), "7f");
    EXPECT_EQ(hex(count_prefix(true, 127)), "8001");
}

TEST(ElementsOf, AreWhatStandsBetweenTheCountAndTheArraysEnd) {
    const Buffer frame = refused_deletion(1, Wire{}.i32(2).str("a").str("bc").i32(1000));
    const auto elements = elements_of(frame, api::delete_topics, 1, Slot::topics);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->count, 2u);
    EXPECT_EQ(hex(elements->bytes), hex(Wire{}.str("a").i16(29).str("bc").i16(29).take()));
}

TEST(ElementsOf, OfACompactArrayKeepTheirTags) {
    const Buffer frame = refused_deletion(5, Wire{}.v(2).cstr("a").i32(1000).v(0));
    const auto elements = elements_of(frame, api::delete_topics, 5, Slot::topics);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->count, 1u);
    EXPECT_EQ(hex(elements->bytes), hex(Wire{}.cstr("a").i16(29).v(0).v(0).take()));
}

TEST(ElementsOf, AnEmptyArrayAreNone) {
    const Buffer frame = refused_deletion(1, Wire{}.i32(0).i32(1000));
    const auto elements = elements_of(frame, api::delete_topics, 1, Slot::topics);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->count, 0u);
    EXPECT_TRUE(elements->bytes.empty());
}

TEST(ElementsOf, OfWhatIsNoSuchAnswerAreAnError) {
    const Buffer frame = refused_deletion(1, Wire{}.i32(1).str("a").i32(1000));
    EXPECT_EQ(elements_of(frame, api::delete_topics, 1, Slot::groups).error().code,
              Errc::unsupported);
    EXPECT_EQ(elements_of(frame, 999, 1, Slot::topics).error().code, Errc::unsupported);
    EXPECT_EQ(elements_of(Bytes(frame).first(3), api::delete_topics, 1, Slot::topics).error().code,
              Errc::truncated);
    EXPECT_EQ(elements_of(Bytes(frame).first(6), api::delete_topics, 1, Slot::topics).error().code,
              Errc::truncated);
    EXPECT_EQ(elements_of(Bytes(frame).first(14), api::delete_topics, 1, Slot::topics).error().code,
              Errc::malformed);
}

TEST(Joined, PutsElementsBehindThoseOfTheAnswer) {
    const Buffer frame = refused_deletion(5, Wire{}.v(2).cstr("a").i32(1000).v(0));
    const Buffer other = refused_deletion(5, Wire{}.v(3).cstr("b").cstr("c").i32(1000).v(0));
    const auto elements = elements_of(other, api::delete_topics, 5, Slot::topics);
    ASSERT_TRUE(elements);
    EXPECT_EQ(hex(joined(frame, api::delete_topics, 5, Slot::topics, *elements)),
              hex(refused_deletion(5, Wire{}.v(4).cstr("a").cstr("b").cstr("c").i32(1000).v(0))));
}

TEST(Refusal, RepeatsOnlyTheRefusedElements) {
    Buffer frame;
    const WholeRequest request = request_of(
        api::delete_topics, 5, frame, Wire{}.v(4).cstr("a").cstr("b").cstr("c").i32(1000).v(0));
    const auto answer = refusal_of(request, Slot::topics, {true, false, true},
                                   ErrorCode::topic_authorization_failed, "");
    ASSERT_TRUE(answer);
    const auto elements = elements_of(*answer, api::delete_topics, 5, Slot::topics);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->count, 2u);
    EXPECT_EQ(hex(elements->bytes),
              hex(Wire{}.cstr("a").i16(29).v(0).v(0).cstr("c").i16(29).v(0).v(0).take()));
}

TEST(Refusal, OfTheWholeRepeatsAllElements) {
    Buffer frame;
    const WholeRequest request =
        request_of(api::delete_topics, 1, frame, Wire{}.i32(2).str("a").str("b").i32(1000));
    const auto answer =
        refusal_of(request, Slot::none, {}, ErrorCode::topic_authorization_failed, "");
    ASSERT_TRUE(answer);
    EXPECT_EQ(elements_of(*answer, api::delete_topics, 1, Slot::topics)->count, 2u);
}

TEST(Refusal, LeavesElementsOfElementsTogether) {
    Buffer frame;
    const WholeRequest request = request_of(api::list_offsets, 1, frame,
                                            Wire{}
                                                .i32(-1)
                                                .i32(2)
                                                .str("a")
                                                .i32(2)
                                                .i32(0)
                                                .i64(-1)
                                                .i32(1)
                                                .i64(-1)
                                                .str("b")
                                                .i32(1)
                                                .i32(4)
                                                .i64(-2));
    const auto answer =
        refusal_of(request, Slot::topics, {true}, ErrorCode::topic_authorization_failed, "");
    ASSERT_TRUE(answer);
    const auto elements = elements_of(*answer, api::list_offsets, 1, Slot::topics);
    EXPECT_EQ(elements->count, 1u);
    EXPECT_EQ(hex(elements->bytes), hex(Wire{}
                                            .str("a")
                                            .i32(2)
                                            .i32(0)
                                            .i16(29)
                                            .i64(-1)
                                            .i64(-1)
                                            .i32(1)
                                            .i16(29)
                                            .i64(-1)
                                            .i64(-1)
                                            .take()));
}

TEST(Without, KeepsTheOtherElementsAndCountsThem) {
    Buffer frame;
    const WholeRequest request = request_of(api::list_offsets, 1, frame,
                                            Wire{}
                                                .i32(-1)
                                                .i32(3)
                                                .str("a")
                                                .i32(1)
                                                .i32(0)
                                                .i64(-1)
                                                .str("b")
                                                .i32(1)
                                                .i32(4)
                                                .i64(-2)
                                                .str("c")
                                                .i32(0));
    Buffer expected;
    request_of(api::list_offsets, 1, expected,
               Wire{}.i32(-1).i32(1).str("b").i32(1).i32(4).i64(-2));
    EXPECT_EQ(hex(without(request, Slot::topics, {true, false, true})), hex(expected));
}

TEST(Without, KeepsWhatFollowsACompactArray) {
    Buffer frame;
    const WholeRequest request =
        request_of(api::delete_topics, 5, frame, Wire{}.v(3).cstr("a").cstr("b").i32(1000).v(0));
    Buffer expected;
    request_of(api::delete_topics, 5, expected, Wire{}.v(2).cstr("a").i32(1000).v(0));
    EXPECT_EQ(hex(without(request, Slot::topics, {false, true})), hex(expected));
}

}  // namespace
}  // namespace sluice::kafka
