#include "kafka/walker.h"

#include <gtest/gtest.h>

#include <map>

#include "kafka/api.h"
#include "unit/kafka/support.h"

namespace sluice::kafka {
namespace {

using tests::hex;
using tests::Sample;
using tests::samples;
using tests::Walk;
using tests::walk;
using tests::Wire;

const Layout& request(ApiKey key, ApiVersion version) {
    return *request_layout(key, version);
}
const Layout& response(ApiKey key, ApiVersion version) {
    return *response_layout(key, version);
}

std::string error_of(const Layout& layout, Buffer body) {
    const std::string whole = walk(layout, body);
    EXPECT_EQ(walk(layout, body, 1), whole) << hex(body);
    return Walk(layout, body, body.size(), 0).last_line();
}

// -- Against the schema model

TEST(Walker, HandsOutWhatTheSchemaSaysOfEveryVersion) {
    std::map<std::pair<ApiKey, ApiVersion>, int> seen;
    for (const Sample& sample : samples()) {
        EXPECT_EQ(walk(sample.layout(), sample.body), sample.items) << sample.title();
        ++seen[{sample.key, sample.version}];
    }
    std::size_t versions = 0;
    for (const ApiRange& range : understood_apis()) {
        versions += static_cast<std::size_t>(range.max - range.min) + 1;
    }
    EXPECT_EQ(seen.size(), versions);  // or sample.py did not run
}

TEST(Walker, HandsOutTheSameOneByteAtATime) {
    for (const Sample& sample : samples()) {
        for (const std::size_t step : {1, 7}) {
            EXPECT_EQ(walk(sample.layout(), sample.body, step), sample.items) << sample.title();
        }
    }
}

TEST(Walker, WaitsForTheRestOfABodyCutAnywhere) {
    for (const Sample& sample : samples()) {
        const Bytes body = sample.body;
        if (body.size() > 400) continue;
        for (std::size_t cut = 0; cut < body.size(); ++cut) {
            const Walk cut_off(sample.layout(), body.first(cut), body.size(), 0);
            const std::string& text = cut_off.text();
            ASSERT_EQ(cut_off.last_line(), "need_more\n") << sample.title() << " cut at " << cut;
            const std::string items = text.substr(0, text.size() - 10);
            ASSERT_EQ(sample.items.substr(0, items.size()), items) << sample.title();
        }
    }
}

TEST(Walker, NeverEndsAShorterBody) {
    for (const Sample& sample : samples()) {
        const Bytes body = sample.body;
        if (body.size() > 400) continue;
        for (std::size_t cut = 0; cut < body.size(); ++cut) {
            const Walk shorter(sample.layout(), body.first(cut), cut, 0);
            ASSERT_EQ(shorter.last_line().substr(0, 6), "error ")
                << sample.title() << " at " << cut;
        }
    }
}

TEST(Walker, RejectsAByteTooMany) {
    for (const Sample& sample : samples()) {
        Buffer body = sample.body;
        body.push_back(0);
        EXPECT_EQ(error_of(sample.layout(), body), "error trailing_bytes\n") << sample.title();
    }
}

TEST(Walker, EndsEveryDamagedBodyTheSameWayWholeAndInPieces) {
    std::map<std::string, int> ends;
    for (const Sample& sample : samples()) {
        if (sample.body.size() > 100) continue;
        for (std::size_t at = 0; at < sample.body.size(); ++at) {
            for (const Byte change : {Byte{0x01}, Byte{0x80}}) {
                Buffer body = sample.body;
                body[at] ^= change;
                const Walk whole(sample.layout(), body, body.size(), 0);
                ASSERT_EQ(walk(sample.layout(), body, 3), whole.text()) << hex(body);
                ++ends[whole.last_line().substr(0, 5)];
            }
        }
    }
    // Damage is seen, or changes a value only; it never leaves the walker waiting for more.
    EXPECT_EQ(ends.count("need_"), 0u);
    EXPECT_GT(ends["error"], 1000);
    EXPECT_GT(ends["done "], 1000);
}

// -- What it refuses

TEST(Walker, RejectsACountTheBodyCannotHold) {
    EXPECT_EQ(error_of(request(api::metadata, 0), Wire{}.i32(1).take()), "error count_too_large\n");
    EXPECT_EQ(error_of(request(api::metadata, 0), Wire{}.i32(0x7fffffff).i32(0).take()),
              "error count_too_large\n");
    // A name takes two bytes at least, so four bytes hold two.
    EXPECT_EQ(error_of(request(api::metadata, 0), Wire{}.i32(3).i32(0).take()),
              "error count_too_large\n");
    EXPECT_EQ(error_of(request(api::metadata, 9), Wire{}.v(0xffffffff).i32(0).take()),
              "error count_too_large\n");
}

TEST(Walker, RejectsMoreElementsThanAllowed) {
    const auto elements = static_cast<std::size_t>(limits::array_elements_max) + 1;
    Wire count;
    const Buffer head = count.v(static_cast<std::uint32_t>(elements) + 1).take();
    const Walk many(request(api::metadata, 9), head, head.size() + 2 * elements + 4, 0);
    EXPECT_EQ(many.text(), "error count_too_large\n");
    const Buffer fewer = count.v(static_cast<std::uint32_t>(elements)).take();
    const Walk allowed(request(api::metadata, 9), fewer, fewer.size() + 2 * elements + 4, 0);
    EXPECT_EQ(allowed.last_line(), "need_more\n");
}

TEST(Walker, RejectsNegativeLengths) {
    const Layout& heartbeat = request(api::heartbeat, 3);
    EXPECT_EQ(error_of(heartbeat, Wire{}.i16(-2).i64(0).take()), "error negative_length\n");
    EXPECT_EQ(error_of(request(api::produce, 0), Wire{}.i16(1).i32(0).i32(-1).take()),
              "error negative_length\n");
    EXPECT_EQ(error_of(request(api::metadata, 1), Wire{}.i32(-2).take()),
              "error negative_length\n");
    EXPECT_EQ(error_of(request(api::sasl_authenticate, 0), Wire{}.i32(-1).take()),
              "error negative_length\n");
}

TEST(Walker, TellsNullFromEmptyAndAllowsItOnlyWhereKafkaDoes) {
    EXPECT_EQ(walk(request(api::metadata, 1), Wire{}.i32(-1).take()),
              "array_begin topics -1 0 4\narray_end topics 0 4 0\ndone none 0 4 0\n");
    EXPECT_EQ(error_of(request(api::metadata, 0), Wire{}.i32(-1).take()),
              "error negative_length\n");
    // A null group id, classic and compact.
    EXPECT_EQ(error_of(request(api::heartbeat, 0), Wire{}.i16(-1).i32(0).i16(0).take()),
              "error negative_length\n");
    EXPECT_EQ(error_of(request(api::heartbeat, 4), Wire{}.v(0).i32(0).v(1).v(0).v(0).take()),
              "error negative_length\n");
    EXPECT_EQ(
        error_of(request(api::describe_topic_partitions, 0), Wire{}.v(1).i32(1).i8(0).v(0).take()),
        "error negative_length\n");
}

TEST(Walker, RejectsLengthsBehindTheEnd) {
    EXPECT_EQ(error_of(request(api::heartbeat, 0), Wire{}.i16(9).raw("eight...").take()),
              "error past_end\n");
    EXPECT_EQ(error_of(request(api::sasl_authenticate, 0), Wire{}.i32(5).raw("four").take()),
              "error past_end\n");
    EXPECT_EQ(error_of(request(api::heartbeat, 0), Wire{}.str("g").i16(0).take()),
              "error past_end\n");
}

TEST(Walker, SeesABadLengthBeforeItsBytesArrive) {
    const Buffer head = Wire{}.i32(1000).take();
    const Walk blob(request(api::sasl_authenticate, 0), head, 1003, 0);
    EXPECT_EQ(blob.text(), "error past_end\n");
}

TEST(Walker, RejectsStringsLongerThanKafkaAllows) {
    const auto body = [](std::size_t bytes) {
        return Wire{}.cstr(std::string(bytes, 'g')).i32(0).cstr("").v(0).v(0).take();
    };
    EXPECT_EQ(error_of(request(api::heartbeat, 4), body(32768)), "error count_too_large\n");
    EXPECT_EQ(Walk(request(api::heartbeat, 4), body(32767), body(32767).size(), 0).last_line(),
              "done none 0 32777 0\n");
}

TEST(Walker, RejectsVarintsThatAreNone) {
    const Layout& metadata = request(api::metadata, 9);
    EXPECT_EQ(error_of(metadata, Wire{}.raw("\xff\xff\xff\xff\xff\x01").i32(0).take()),
              "error bad_varint\n");
    EXPECT_EQ(error_of(metadata, Wire{}.raw("\xff\xff\xff\xff\x1f").i32(0).take()),
              "error bad_varint\n");
    EXPECT_EQ(error_of(metadata, Wire{}.raw("\x80\x80").take()), "error past_end\n");
}

TEST(Walker, ReadsVarintsLongerThanNeeded) {
    EXPECT_EQ(walk(request(api::metadata, 9),
                   Wire{}.raw("\x80\x80\x80\x80").i8(0).i8(1).i8(0).i8(0).v(0).take()),
              "array_begin topics -1 0 5\narray_end topics 0 5 0\n"
              "number allow_auto_topic_creation 1 5 1\ndone none 0 9 0\n");
}

// -- Tag sections

// Fetch 15 up to its tag section.
Wire fetch_15() {
    return std::move(Wire{}.i32(500).i32(1).i32(1 << 20).i8(0).i32(0).i32(-1).v(1).v(1).cstr(""));
}
constexpr const char* kFetch15 =
    "number max_wait_ms 500 0 4\nnumber max_bytes 1048576 8 4\nnumber isolation_level 0 12 1\n"
    "number session_id 0 13 4\nnumber session_epoch -1 17 4\narray_begin topics 0 21 1\n"
    "array_end topics 0 22 0\narray_begin forgotten_topics 0 22 1\n"
    "array_end forgotten_topics 0 23 0\n";

TEST(Walker, ReadsAKnownTagAndPassesOverUnknownOnes) {
    const Buffer body =
        fetch_15().v(3).v(1).v(13).i32(7).i64(2).v(0).v(2).v(0).v(300).v(3).raw("abc").take();
    EXPECT_EQ(walk(request(api::fetch, 15), body),
              std::string(kFetch15) + "number replica_id 7 27 4\ndone none 0 48 0\n");
}

TEST(Walker, RejectsTagsOutOfOrder) {
    EXPECT_EQ(error_of(request(api::fetch, 15), fetch_15().v(2).v(300).v(0).v(7).v(0).take()),
              "error bad_tags\n");
    EXPECT_EQ(error_of(request(api::fetch, 15), fetch_15().v(2).v(7).v(0).v(7).v(0).take()),
              "error bad_tags\n");
}

TEST(Walker, RejectsAKnownTagThatItsFieldsDoNotFill) {
    EXPECT_EQ(error_of(request(api::fetch, 15),
                       fetch_15().v(1).v(1).v(14).i32(7).i64(2).v(0).v(0).take()),
              "error bad_tags\n");
    EXPECT_EQ(
        error_of(request(api::fetch, 15), fetch_15().v(1).v(1).v(12).i32(7).i64(2).v(0).take()),
        "error past_end\n");
}

TEST(Walker, RejectsATagThatReachesBehindTheEnd) {
    EXPECT_EQ(error_of(request(api::fetch, 15), fetch_15().v(1).v(9).v(2).i8(0).take()),
              "error past_end\n");
}

TEST(Walker, RejectsMoreTagsThanAllowed) {
    Wire many = fetch_15().v(limits::tagged_fields_max + 1);
    for (std::uint32_t tag = 0; tag <= limits::tagged_fields_max; ++tag) many.v(tag + 2).v(0);
    EXPECT_EQ(error_of(request(api::fetch, 15), many.take()), "error bad_tags\n");
}

// -- Windows

TEST(Walker, HandsOutRecordsAsTheyArrive) {
    const Buffer body =
        Wire{}.i16(1).i32(0).i32(1).str("t").i32(1).i32(0).i32(6).raw("abcdef").take();
    Walker walker(request(api::produce, 2), body.size());
    Item item;
    do item = walker.next(Bytes(body).first(body.size() - 4), 0);
    while (item.kind != Item::Kind::records_begin);
    EXPECT_EQ(item.number, 6);
    const Bytes first = Bytes(body).first(body.size() - 4);
    item = walker.next(first, 0);
    EXPECT_EQ(as_text(item.bytes), "ab");
    EXPECT_EQ(walker.next(first, 0).kind, Item::Kind::need_more);
    const std::size_t at = walker.position();
    item = walker.next(Bytes(body).subspan(at, 3), at);
    EXPECT_EQ(as_text(item.bytes), "cde");
    item = walker.next(body, 0);
    EXPECT_EQ(as_text(item.bytes), "f");
    EXPECT_EQ(item.offset, body.size() - 1);
    EXPECT_EQ(walker.next(body, 0).kind, Item::Kind::records_end);
}

TEST(Walker, ReadsNothingBehindItsBody) {
    // The window goes on with the next frame, whose bytes would be a longer blob and another
    // element.
    const Buffer body = Wire{}.i32(4).raw("token, and the next frame").take();
    Walker walker(request(api::sasl_authenticate, 0), 8);
    EXPECT_EQ(walker.next(body, 0).kind, Item::Kind::done);
    EXPECT_EQ(walker.position(), 8u);
    EXPECT_TRUE(walker.finished());
    EXPECT_EQ(walker.next(body, 0).kind, Item::Kind::done);
}

TEST(Walker, StaysAtAnError) {
    const Buffer body = Wire{}.i16(-2).i64(0).take();
    Walker walker(request(api::heartbeat, 0), body.size());
    EXPECT_EQ(walker.next(body, 0).error, WalkError::negative_length);
    EXPECT_EQ(walker.next(body, 0).error, WalkError::negative_length);
    EXPECT_FALSE(walker.finished());
    EXPECT_EQ(walker.position(), 0u);
}

TEST(Walker, AsksAgainForAStringThatIsNotWhole) {
    const Buffer body = Wire{}.str("group").i32(1).str("").take();
    Walker walker(request(api::heartbeat, 0), body.size());
    EXPECT_EQ(walker.next(Bytes(body).first(6), 0).kind, Item::Kind::need_more);
    EXPECT_EQ(walker.position(), 0u);
    EXPECT_EQ(as_text(walker.next(Bytes(body).first(7), 0).bytes), "group");
}

TEST(Walker, RejectsALayoutDeeperThanItsStack) {
    // No message of ours is; the bound holds all the same.
    std::vector<Op> ops;
    constexpr std::size_t kDeep = limits::walk_depth_max + 1;
    for (std::size_t n = 0; n < kDeep; ++n) {
        ops.push_back(
            {OpCode::array, Slot::none, static_cast<std::uint16_t>(2 * kDeep - n + 2), 4, false});
    }
    ops.push_back({OpCode::fixed, Slot::none, 4, 0, false});
    ops.push_back({OpCode::string, Slot::none, 0, 0, false});
    for (std::size_t n = 0; n <= kDeep; ++n) ops.push_back({OpCode::end, Slot::none, 0, 0, false});
    const Layout deep{ops.data(), nullptr, false};
    Wire body;
    for (std::size_t n = 0; n < kDeep; ++n) body.i32(1);
    EXPECT_EQ(error_of(deep, body.i32(0).str("").take()), "error too_deep\n");
}

TEST(Walker, NamesItsErrors) {
    std::string names;
    for (int error = 0; error <= static_cast<int>(WalkError::too_deep); ++error) {
        names += std::string(name(static_cast<WalkError>(error))) + ' ';
    }
    EXPECT_EQ(names, "none negative_length count_too_large past_end trailing_bytes bad_varint "
                     "bad_tags too_deep ");
}

TEST(Walker, PassesOverNumbersNobodyAskedForAtOnce) {
    // Replica lists of Metadata: arrays without a slot, of elements of a fixed size.
    Wire body;
    body.i32(0).i32(1).i16(0).str("t").i32(1);
    body.i16(0).i32(0).i32(1).i32(3).i32(1).i32(2).i32(3).i32(0);
    EXPECT_EQ(walk(response(api::metadata, 0), body.take()),
              "array_begin brokers 0 0 4\narray_end brokers 0 4 0\narray_begin topics 1 4 4\n"
              "element topics 0 8 0\nnumber error_code 0 8 2\ntext topic_name 74 10 3\n"
              "array_end topics 0 47 0\ndone none 0 47 0\n");
}

}  // namespace
}  // namespace sluice::kafka
