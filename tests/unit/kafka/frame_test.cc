#include "kafka/frame.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/limits.h"
#include "kafka/api.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

using tests::Wire;

// What read_request_header says about a frame that has arrived whole, in one line.
std::string read(const Buffer& frame) {
    RequestHeader header;
    switch (read_request_header(frame, frame.size(), header)) {
        case HeaderStatus::need_more:
            return "need_more";
        case HeaderStatus::malformed:
            return "malformed";
        case HeaderStatus::unknown_api:
            return "unknown " + std::to_string(header.key) + ' ' + std::to_string(header.version) +
                   ' ' + std::to_string(header.correlation_id);
        case HeaderStatus::ok:
            break;
    }
    return std::to_string(header.key) + ' ' + std::to_string(header.version) + ' ' +
           std::to_string(header.correlation_id) + ' ' +
           (header.has_client_id ? std::string(header.client_id) : "null") + ' ' +
           std::to_string(header.bytes);
}

Wire start(ApiKey key, ApiVersion version) {
    return std::move(Wire{}.i16(key).i16(version).i32(77));
}

TEST(RequestHeader, ReadsBothForms) {
    EXPECT_EQ(read(start(api::produce, 8).str("app").raw("body").take()), "0 8 77 app 13");
    EXPECT_EQ(read(start(api::produce, 8).i16(-1).take()), "0 8 77 null 10");
    EXPECT_EQ(read(start(api::produce, 8).str("").take()), "0 8 77  10");
    EXPECT_EQ(read(start(api::produce, 9).str("app").v(0).raw("body").take()), "0 9 77 app 14");
    EXPECT_EQ(read(start(api::produce, 9).i16(-1).v(2).v(0).v(1).i8(9).v(5).v(0).take()),
              "0 9 77 null 16");
}

TEST(RequestHeader, ReadsNegativeCorrelationIds) {
    EXPECT_EQ(read(Wire{}.i16(18).i16(0).i32(-8).i16(-1).take()), "18 0 -8 null 10");
}

TEST(RequestHeader, TellsKeyVersionAndCorrelationIdOfWhatItDoesNotKnow) {
    EXPECT_EQ(read(start(api::api_versions, 6).take()), "unknown 18 6 77");
    EXPECT_EQ(read(start(4, 0).str("app").take()), "unknown 4 0 77");
    EXPECT_EQ(read(start(-1, -1).take()), "unknown -1 -1 77");
    EXPECT_EQ(read(start(api::add_partitions_to_txn, 4).take()), "unknown 24 4 77");
}

TEST(RequestHeader, RejectsWhatCannotBe) {
    EXPECT_EQ(read(Wire{}.i16(0).i16(9).i16(1).take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 8).take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 8).i16(-2).take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 8).i16(4).raw("app").take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 9).str("app").take()), "malformed");
    // Tags: out of order, twice, behind the end, too many, no varint.
    EXPECT_EQ(read(start(api::produce, 9).i16(-1).v(2).v(5).v(0).v(4).v(0).take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 9).i16(-1).v(2).v(5).v(0).v(5).v(0).take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 9).i16(-1).v(1).v(5).v(2).i8(0).take()), "malformed");
    EXPECT_EQ(read(start(api::produce, 9).i16(-1).v(limits::tagged_fields_max + 1).take()),
              "malformed");
    EXPECT_EQ(read(start(api::produce, 9).i16(-1).raw("\xff\xff\xff\xff\xff\x01").take()),
              "malformed");
}

TEST(RequestHeader, WaitsForEveryByteOfIt) {
    const Buffer frame = start(api::produce, 9).str("app").v(2).v(0).v(1).i8(9).v(200).v(0).take();
    for (std::size_t have = 0; have < frame.size(); ++have) {
        RequestHeader header;
        EXPECT_EQ(read_request_header(Bytes(frame).first(have), frame.size(), header),
                  HeaderStatus::need_more)
            << have;
    }
    EXPECT_EQ(read(frame), "0 9 77 app 20");
}

TEST(RequestHeader, DoesNotWaitForAHeaderThatNeverEnds) {
    const Buffer begun = start(api::produce, 9).i16(-1).v(1).v(5).v(10'000'000).take();
    RequestHeader header;
    EXPECT_EQ(read_request_header(begun, 20'000'000, header), HeaderStatus::malformed);

    Wire many = start(api::produce, 9).i16(-1).v(3);
    const std::string half(40'000, 'x');
    const Buffer two = many.v(1).v(40'000).raw(half).v(2).v(40'000).raw(half).take();
    EXPECT_EQ(read_request_header(two, 1'000'000, header), HeaderStatus::malformed);
}

TEST(RequestHeader, ReadsNothingBehindItsFrame) {
    // The client id would be found in the frame that follows.
    const Buffer two = start(api::produce, 8).i16(3).raw("app").take();
    RequestHeader header;
    EXPECT_EQ(read_request_header(two, 10, header), HeaderStatus::malformed);
}

std::optional<std::size_t> response(ApiKey key, ApiVersion version, const Buffer& frame) {
    return response_header_bytes(key, version, frame, frame.size());
}

TEST(ResponseHeader, HasATagSectionInFlexibleVersions) {
    EXPECT_EQ(response(api::produce, 8, Wire{}.i32(1).raw("body").take()), 4u);
    EXPECT_EQ(response(api::produce, 9, Wire{}.i32(1).v(0).raw("body").take()), 5u);
    EXPECT_EQ(response(api::produce, 9, Wire{}.i32(1).v(1).v(3).v(2).i16(0).take()), 9u);
}

TEST(ResponseHeader, HasNoneInApiVersions) {
    EXPECT_EQ(response(api::api_versions, 4, Wire{}.i32(1).raw("body").take()), 4u);
}

TEST(ResponseHeader, WaitsForEveryByteOfIt) {
    const Buffer frame = Wire{}.i32(1).v(1).v(3).v(2).i16(0).take();
    for (std::size_t have = 0; have < frame.size(); ++have) {
        EXPECT_EQ(response_header_bytes(api::fetch, 12, Bytes(frame).first(have), frame.size()),
                  std::nullopt);
    }
}

TEST(ResponseHeader, SaysZeroWhereItCannotBe) {
    EXPECT_EQ(response(api::fetch, 12, Wire{}.i16(1).take()), 0u);
    EXPECT_EQ(response(api::fetch, 12, Wire{}.i32(1).take()), 0u);
    EXPECT_EQ(response(api::fetch, 12, Wire{}.i32(1).v(1).v(3).v(9).take()), 0u);
    EXPECT_EQ(response(api::fetch, 99, Wire{}.i32(1).v(0).take()), 0u);
}

TEST(Frame, ARequestOfOurOwnIsReadAsAnyOther) {
    Buffer frame = begun_request(api::list_offsets, 2, 77);
    append_be<std::int32_t>(frame, -1);
    frame = finished_frame(std::move(frame));
    EXPECT_EQ(load_be<std::int32_t>(frame.data()),
              static_cast<std::int32_t>(frame.size() - kSizePrefix));
    RequestHeader header;
    const Bytes payload = Bytes(frame).subspan(kSizePrefix);
    ASSERT_EQ(read_request_header(payload, payload.size(), header), HeaderStatus::ok);
    EXPECT_EQ(header.key, api::list_offsets);
    EXPECT_EQ(header.version, 2);
    EXPECT_EQ(header.correlation_id, 77);
    EXPECT_EQ(header.client_id, "sluice");
    EXPECT_EQ(header.bytes, payload.size() - 4);
}

}  // namespace
}  // namespace sluice::kafka
