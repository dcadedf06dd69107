#include "audit/encode.h"

#include <gtest/gtest.h>

#include "audit/event.pb.h"
#include "base/limits.h"
#include "unit/audit/examples.h"

namespace sluice::audit {
namespace {

v1::Event to_protobuf(const Event& event) {
    const Event unset;
    v1::Event message;
    message.set_type(static_cast<v1::EventType>(event.type));
    if (event.wall_ns != unset.wall_ns) message.set_wall_ns(event.wall_ns);
    if (event.session != unset.session) message.set_session(event.session);
    if (!event.topic.empty()) message.set_topic(event.topic);
    if (!event.topic_id.is_zero())
        message.set_topic_id(event.topic_id.bytes.data(), event.topic_id.bytes.size());
    if (event.partition != unset.partition) message.set_partition(event.partition);
    if (event.fetch_offset != unset.fetch_offset) message.set_fetch_offset(event.fetch_offset);
    if (event.offsets.first != unset.offsets.first) message.set_first_offset(event.offsets.first);
    if (event.offsets.last != unset.offsets.last) message.set_last_offset(event.offsets.last);
    if (event.records != unset.records) message.set_records(event.records);
    if (event.bytes != unset.bytes) message.set_bytes(event.bytes);
    if (event.outcome != unset.outcome)
        message.set_outcome(static_cast<v1::Outcome>(event.outcome));
    if (!event.subject.is_zero())
        message.set_subject(event.subject.bytes.data(), event.subject.bytes.size());
    if (event.api_key != unset.api_key) message.set_api_key(event.api_key);
    if (event.latency_ns != unset.latency_ns) message.set_latency_ns(event.latency_ns);
    if (event.policy != 0) message.set_policy(event.policy);
    if (event.client_port != 0) message.set_client_port(event.client_port);
    if (event.broker.address != 0) message.set_broker_address(event.broker.address);
    if (event.broker.port != 0) message.set_broker_port(event.broker.port);
    if (!event.cluster.empty()) message.set_cluster(event.cluster);
    if (event.codecs != 0) message.set_codecs(event.codecs);
    if (event.read_committed) message.set_read_committed(true);
    if (event.api_version != unset.api_version) message.set_api_version(event.api_version);
    if (event.correlation_id != unset.correlation_id)
        message.set_correlation_id(event.correlation_id);
    if (!event.resource.empty()) message.set_resource(event.resource);
    if (event.high_watermark != unset.high_watermark)
        message.set_high_watermark(event.high_watermark);
    if (event.producer_id != unset.producer_id) message.set_producer_id(event.producer_id);
    if (event.acks != unset.acks) message.set_acks(event.acks);
    if (event.truncated_tail) message.set_truncated_tail(true);
    if (event.error_code != unset.error_code) message.set_error_code(event.error_code);
    if (!event.reason.empty()) message.set_reason(event.reason);
    if (event.producer_epoch != unset.producer_epoch)
        message.set_producer_epoch(event.producer_epoch);
    if (!event.operation.empty()) message.set_operation(event.operation);
    if (!event.rules.empty()) message.set_rules(event.rules);
    if (!event.ticket.empty()) message.set_ticket(event.ticket);
    if (!event.actor.is_zero())
        message.set_actor(event.actor.bytes.data(), event.actor.bytes.size());
    if (!event.comment.is_zero())
        message.set_comment(event.comment.bytes.data(), event.comment.bytes.size());
    if (event.base_sequence != unset.base_sequence) message.set_base_sequence(event.base_sequence);
    if (event.generation != unset.generation) message.set_generation(event.generation);
    if (event.masked_values != 0) message.set_masked_values(event.masked_values);
    if (event.withheld_records != 0) message.set_withheld_records(event.withheld_records);
    return message;
}

Buffer serialized(const v1::Event& message) {
    const std::string text = message.SerializeAsString();
    return {text.begin(), text.end()};
}

Buffer encoded(const Event& event) {
    Buffer out;
    const std::size_t bytes = encode(event, out);
    EXPECT_EQ(bytes, out.size());
    return out;
}

std::vector<Event> samples() {
    Event smallest;
    Event zeros = examples::everything();  // zero is a value where the default is -1
    zeros.partition = 0;
    zeros.api_key = zeros.api_version = 0;
    zeros.fetch_offset = zeros.high_watermark = zeros.producer_id = 0;
    zeros.producer_epoch = 0;
    zeros.base_sequence = zeros.generation = 0;
    zeros.offsets = {0, 0};
    Event extremes = examples::everything();
    extremes.wall_ns = extremes.latency_ns = INT64_MIN;
    extremes.session = extremes.records = extremes.bytes = UINT64_MAX;
    extremes.partition = extremes.correlation_id = INT32_MIN;
    extremes.fetch_offset = INT64_MAX;
    extremes.offsets = {INT64_MIN, INT64_MAX};
    extremes.api_key = extremes.error_code = INT16_MIN;
    extremes.api_version = extremes.acks = INT16_MAX;
    extremes.broker = {UINT32_MAX, UINT16_MAX};
    extremes.client_port = UINT16_MAX;
    extremes.policy = UINT64_MAX;
    extremes.codecs = UINT8_MAX;
    extremes.producer_epoch = INT16_MIN;
    extremes.base_sequence = extremes.generation = INT32_MIN;
    return {smallest, examples::fetch(), examples::everything(), zeros, extremes};
}

TEST(Encode, GivesTheBytesThatProtobufGives) {
    for (const Event& event : samples()) EXPECT_EQ(encoded(event), serialized(to_protobuf(event)));
}

TEST(Encode, DecodeGivesTheEventBack) {
    for (const Event& event : samples()) {
        const auto decoded = decode(encoded(event));
        ASSERT_TRUE(decoded) << decoded.error().context;
        EXPECT_EQ(*decoded, event);
    }
}

TEST(Encode, ProtobufReadsEveryFieldAtItsDefaultAsOurs) {
    v1::Event message;
    const Buffer bytes = encoded(Event{});
    ASSERT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    const Event unset;
    EXPECT_EQ(message.partition(), unset.partition);
    EXPECT_EQ(message.fetch_offset(), unset.fetch_offset);
    EXPECT_EQ(message.first_offset(), unset.offsets.first);
    EXPECT_EQ(message.last_offset(), unset.offsets.last);
    EXPECT_EQ(message.api_key(), unset.api_key);
    EXPECT_EQ(message.api_version(), unset.api_version);
    EXPECT_EQ(message.high_watermark(), unset.high_watermark);
    EXPECT_EQ(message.producer_epoch(), unset.producer_epoch);
    EXPECT_EQ(message.base_sequence(), unset.base_sequence);
    EXPECT_EQ(message.generation(), unset.generation);
    EXPECT_EQ(message.producer_id(), unset.producer_id);
}

TEST(Encode, TypesAndOutcomesHaveTheNumbersOfTheSchema) {
    EXPECT_EQ(static_cast<int>(EventType::resumed), v1::EventType_MAX);
    EXPECT_EQ(static_cast<int>(EventType::fetch), v1::FETCH);
    EXPECT_EQ(static_cast<int>(EventType::read_lease), v1::READ_LEASE);
    EXPECT_EQ(static_cast<int>(Outcome::unknown), v1::UNKNOWN);
    EXPECT_EQ(static_cast<int>(Outcome::refused), v1::REFUSED_BY_SLUICE);
}

TEST(Encode, AppendsAndLeavesWhatStandsBefore) {
    Buffer out = {1, 2, 3};
    const std::size_t bytes = encode(examples::fetch(), out);
    Buffer expected = {1, 2, 3};
    append(expected, encoded(examples::fetch()));
    EXPECT_EQ(out, expected);
    EXPECT_EQ(bytes, out.size() - 3);
}

TEST(Encode, KeepsToTheEntryLimitWhateverTheStringsAre) {
    Event event = examples::everything();
    const std::string longest(limits::string_bytes_max, 'x');
    event.cluster = event.topic = event.resource = event.reason = event.operation = event.rules =
        event.ticket = longest;
    const Buffer bytes = encoded(event);
    EXPECT_LE(bytes.size(), limits::audit_entry_bytes_max);
    const auto decoded = decode(bytes);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->resource, longest.substr(0, limits::audit_string_bytes_max));
}

TEST(Encode, CutsNoCharacterInTwo) {
    Event event;
    event.resource = std::string(limits::audit_string_bytes_max - 1, 'x');
    event.resource += "\u00e9";
    const auto decoded = decode(encoded(event));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->resource, std::string(limits::audit_string_bytes_max - 1, 'x'));
}

TEST(Encode, ReplacesBytesThatAreNoUtf8) {
    Event event;
    event.resource = "a\xff\xc3(b\xe2\x82";
    const auto decoded = decode(encoded(event));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->resource,
              "a?"
              "?(b?"
              "?");
}

}  // namespace
}  // namespace sluice::audit
