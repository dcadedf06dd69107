#include <gtest/gtest.h>

#include "audit/encode.h"
#include "base/limits.h"
#include "unit/audit/examples.h"

namespace sluice::audit {
namespace {

Buffer encoded(const Event& event) {
    Buffer out;
    encode(event, out);
    return out;
}

// A tag and a value, put together by hand.
Buffer entry(std::initializer_list<int> bytes) {
    Buffer out = {0x08, 0x08};  // type = fetch
    for (const int byte : bytes) out.push_back(static_cast<Byte>(byte));
    return out;
}

std::string refusal(const Buffer& bytes) {
    const auto decoded = decode(bytes);
    return decoded ? "" : decoded.error().context;
}

TEST(Decode, EveryTruncationIsRefusedOrIsAnotherWholeEntry) {
    const Buffer bytes = encoded(examples::everything());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const Bytes cut = Bytes(bytes).first(size);
        const auto decoded = decode(cut);
        if (!decoded) continue;  // cut within a field
        EXPECT_EQ(encoded(*decoded), Buffer(cut.begin(), cut.end())) << size;
    }
    EXPECT_FALSE(decode({}));
}

TEST(Decode, EveryFlippedByteIsRefusedOrIsAnotherCanonicalEntry) {
    const Buffer bytes = encoded(examples::everything());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            Buffer flipped = bytes;
            flipped[at] ^= static_cast<Byte>(1 << bit);
            const auto decoded = decode(flipped);
            if (!decoded) continue;
            EXPECT_NE(*decoded, examples::everything()) << at;
        }
    }
}

TEST(Decode, PassesOverFieldsOfALaterVersion) {
    Buffer bytes = encoded(examples::everything());
    append(bytes, as_bytes("\xfa\x07\x03new"));  // field 127, three bytes
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded) << decoded.error().context;
    EXPECT_EQ(*decoded, examples::everything());
}

TEST(Decode, RefusesFieldsOutOfOrder) {
    EXPECT_EQ(refusal(entry({0x58, 0x01, 0x50, 0x01})), "audit entry: fields out of order");
    EXPECT_EQ(refusal(entry({0x50, 0x01, 0x50, 0x01})), "audit entry: fields out of order");
}

TEST(Decode, RefusesADefaultThatIsSpelledOut) {
    EXPECT_EQ(refusal(entry({0x50, 0x00})), "audit entry: field 10 cannot be that");  // records = 0
    EXPECT_EQ(refusal(entry({0x30, 0x01})),
              "audit entry: field 6 cannot be that");  // partition = -1
    EXPECT_EQ(refusal(entry({0x22, 0x00})),
              "audit entry: field 4 cannot be that");  // an empty topic
}

TEST(Decode, RefusesANumberLongerThanItNeedBe) {
    EXPECT_EQ(refusal(entry({0x50, 0x81, 0x00})), "audit entry: a number longer than it need be");
    EXPECT_EQ(refusal(entry({0x50, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02})),
              "audit entry: a number of more than 64 bits");
}

TEST(Decode, RefusesANumberThatDoesNotFit) {
    EXPECT_EQ(refusal(entry({0x70, 0x80, 0x80, 0x08})),
              "audit entry: field 14 cannot be that");  // API key 65536
    EXPECT_EQ(refusal(entry({0x60, 0x80, 0x02})),
              "audit entry: field 12 cannot be that");  // outcome 256
}

TEST(Decode, RefusesAWrongWireType) {
    EXPECT_EQ(refusal(entry({0x52, 0x01, 0x41})), "audit entry: field 10 cannot be that");
    EXPECT_EQ(refusal(entry({0x53})), "audit entry: an unknown wire type");
}

TEST(Decode, RefusesTextThatIsNoUtf8) {
    EXPECT_EQ(refusal(entry({0x22, 0x01, 0xff})), "audit entry: field 4 cannot be that");
}

TEST(Decode, RefusesATopicIdOfAnotherLength) {
    EXPECT_EQ(refusal(entry({0x2a, 0x02, 0x01, 0x02})), "audit entry: field 5 cannot be that");
}

TEST(Decode, RefusesAnEntryWithoutAType) {
    EXPECT_EQ(refusal({0x50, 0x01}), "audit entry: no event type");
}

TEST(Decode, RefusesAnEntryLongerThanTheLimit) {
    EXPECT_EQ(refusal(Buffer(limits::audit_entry_bytes_max + 1, 0x08)),
              "audit entry: longer than an entry can be");
}

TEST(ReadHead, AgreesWithDecode) {
    const Event event = examples::everything();
    const Buffer bytes = encoded(event);
    Head head;
    ASSERT_TRUE(read_head(bytes, head));
    EXPECT_EQ(head.type, event.type);
    EXPECT_EQ(head.wall_ns, event.wall_ns);
    EXPECT_EQ(head.session, event.session);
    EXPECT_EQ(head.topic, event.topic);
    EXPECT_EQ(head.topic_id, event.topic_id);
    EXPECT_EQ(head.partition, event.partition);
    EXPECT_EQ(head.fetch_offset, event.fetch_offset);
    EXPECT_EQ(head.offsets, event.offsets);
    EXPECT_EQ(head.records, event.records);
    EXPECT_EQ(head.bytes, event.bytes);
    EXPECT_EQ(head.outcome, event.outcome);
    EXPECT_EQ(head.subject, event.subject);
}

TEST(ReadHead, ForgetsWhatAnEarlierEntryHad) {
    Head head;
    ASSERT_TRUE(read_head(encoded(examples::everything()), head));
    ASSERT_TRUE(read_head(encoded(Event{}), head));
    EXPECT_EQ(head.type, EventType::request);
    EXPECT_EQ(head.topic, "");
    EXPECT_EQ(head.partition, -1);
    EXPECT_EQ(head.offsets, OffsetRange{});
}

TEST(ReadHead, RefusesWhatIsNoEntry) {
    Head head;
    EXPECT_FALSE(read_head({}, head));
    EXPECT_FALSE(read_head(Buffer{0x50, 0x01}, head));
    EXPECT_FALSE(read_head(entry({0x22, 0x05, 0x41}), head));
}

}  // namespace
}  // namespace sluice::audit
