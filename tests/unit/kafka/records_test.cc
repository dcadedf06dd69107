#include "kafka/records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/batches.h"
#include "support/record_batches.h"

namespace sluice::kafka {
namespace {

using tests::join;
using tests::make_batch;
using tests::make_message;
using tests::make_record_batch;
using tests::RecordBatchFields;
using tests::Text;

constexpr std::uint16_t kControl = 0x20;
const std::string kMarker = R"({"sluice":"unmaskable"})";

ValueAction keep_all(const Record&, Buffer&) {
    return ValueAction::keep;
}
// "secret..." is replaced, "broken..." cannot be, all else stays.
ValueAction mask_secrets(const Record& record, Buffer& replacement) {
    const std::string_view value = as_text(*record.value);
    if (value.starts_with("broken")) return ValueAction::unmaskable;
    if (!value.starts_with("secret")) return ValueAction::keep;
    append(replacement, as_bytes("***"));
    return ValueAction::replace;
}

Result<RewrittenRecords> rewrite(Bytes blob, const ValueEdit& edit,
                                 const OpeningLimits& limits = {}) {
    RecordsRewriter rewriter;
    return rewriter.rewrite(blob, edit, as_bytes(kMarker), limits);
}
Errc error_of(const Result<RewrittenRecords>& result) {
    EXPECT_FALSE(result);
    return result ? Errc::config : result.error().code;
}

Buffer payload_of(Bytes batch) {
    const auto header = read_batch_header(batch);
    if (!header) return {};
    Compression compression;
    Buffer scratch;
    const auto view = compression.decompress(
        Codec{header->codec_number()},
        batch.subspan(kBatchHeaderBytes, header->bytes - kBatchHeaderBytes), 1 << 20, scratch);
    EXPECT_TRUE(view);
    return view ? Buffer(view->begin(), view->end()) : Buffer{};
}

// One line a record, everything that is in it.
std::vector<std::string> records_of(Bytes batch) {
    const auto text = [](const std::optional<Bytes>& bytes) {
        return bytes ? "'" + std::string(as_text(*bytes)) + "'" : std::string("null");
    };
    const Buffer payload = payload_of(batch);
    RecordReader reader(payload, read_batch_header(batch)->records);
    std::vector<std::string> lines;
    while (true) {
        const auto next = reader.next();
        if (!next) lines.push_back(next.error().context);
        if (!next || !next->has_value()) return lines;
        const Record& record = **next;
        std::string line = std::to_string(record.offset_delta) + "@" +
                           std::to_string(record.timestamp_delta) + " " + text(record.key) + "=" +
                           text(record.value);
        for (const auto& header : read_headers(record))
            line += " " + std::string(as_text(header.key)) + ":" + text(header.value);
        lines.push_back(line);
    }
}

Buffer mixed_batch(const RecordBatchFields& fields) {
    return make_record_batch(fields, {{"k0", "secret one", {{"h", "x"}, {"n", {}}, {"", ""}}},
                                      {{}, "", {}, 1, -7},
                                      {"tombstone", {}, {}, 2},
                                      {"", "plain", {}, 5, 1'000'000'000'000},
                                      {"k4", "broken", {{"h", "secret"}}, 6}});
}

TEST(ReadBatchHeader, ReadsEveryField) {
    const Buffer batch = mixed_batch({.attributes = 0x10, .last_offset_delta = 9});
    const auto header = read_batch_header(batch);
    ASSERT_TRUE(header);
    EXPECT_EQ(*header, (BatchHeader{.bytes = batch.size(),
                                    .base_offset = 100,
                                    .crc = load_be<std::uint32_t>(batch.data() + 17),
                                    .attributes = 0x10,
                                    .last_offset_delta = 9,
                                    .base_timestamp = 1'700'000'000'000,
                                    .max_timestamp = 1'700'000'000'009,
                                    .producer_id = 4711,
                                    .producer_epoch = 3,
                                    .base_sequence = 20,
                                    .records = 5}));
}

TEST(ReadBatchHeader, EveryChangedBitIsNoticed) {
    const Buffer batch = mixed_batch({});
    for (std::size_t at = 17; at < batch.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
            Buffer damaged = batch;
            damaged[at] ^= static_cast<Byte>(1 << bit);
            const auto header = read_batch_header(damaged);
            ASSERT_FALSE(header);
            EXPECT_EQ(header.error().code, Errc::corrupt);
        }
}

TEST(RecordReader, TellsNullFromEmpty) {
    EXPECT_EQ(records_of(mixed_batch({})),
              (std::vector<std::string>{"0@0 'k0'='secret one' h:'x' n:null :''", "1@-7 null=''",
                                        "2@0 'tombstone'=null", "5@1000000000000 ''='plain'",
                                        "6@0 'k4'='broken' h:'secret'"}));
}

TEST(RecordReader, RefusesRecordsThatDoNotFitExactly) {
    const Buffer record = tests::make_record({"k", "v", {{"h", "x"}}});
    const auto error = [](Bytes payload, std::int32_t count) {
        RecordReader reader(payload, count);
        for (auto next = reader.next();; next = reader.next()) {
            if (!next) return next.error().context;
            if (!next->has_value()) return std::string("none");
        }
    };
    EXPECT_EQ(error(record, 1), "none");
    EXPECT_EQ(error(record, 2), "a record does not fit into its batch");
    EXPECT_EQ(error(record, 0), "something follows the last record of a batch");
    for (std::size_t bytes = 0; bytes < record.size(); ++bytes) {
        EXPECT_EQ(error(Bytes(record).first(bytes), 1), "a record does not fit into its batch");
        // The length is right, but the fields want more.
        Buffer shorter(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(bytes));
        if (bytes == 0) continue;
        shorter[0] = static_cast<Byte>((bytes - 1) << 1);
        EXPECT_EQ(error(shorter, 1), "a field does not fit into its record");
    }
    Buffer longer = record;
    longer[0] = static_cast<Byte>(longer[0] + 2);
    longer.push_back(0);
    EXPECT_EQ(error(longer, 1), "something follows the last field of a record");
}

TEST(RecordsRewriter, ChangesNothingButTheValuesInAnyCodec) {
    for (int codec = 0; codec <= 4; ++codec) {
        const Buffer batch =
            mixed_batch({.codec = Codec(codec), .attributes = 0x10, .last_offset_delta = 12});
        const auto result = rewrite(batch, mask_secrets);
        ASSERT_TRUE(result) << codec;
        const Buffer after = result->joined(batch);
        auto header = read_batch_header(batch);
        const auto header_after = read_batch_header(after);
        ASSERT_TRUE(header_after) << codec;
        header->bytes = header_after->bytes;
        header->crc = header_after->crc;
        EXPECT_EQ(*header_after, *header) << codec;
        EXPECT_EQ(load_be<std::int32_t>(after.data() + 12), 7) << "leader epoch";
        EXPECT_EQ(records_of(after),
                  (std::vector<std::string>{"0@0 'k0'='***' h:'x' n:null :''", "1@-7 null=''",
                                            "2@0 'tombstone'=null", "5@1000000000000 ''='plain'",
                                            "6@0 'k4'='" + kMarker + "' h:'secret'"}));
        EXPECT_EQ(result->bytes, after.size());
        EXPECT_EQ(result->replaced, 1u);
        EXPECT_EQ(result->unmaskable, 1u);
        EXPECT_EQ(result->records, 5u);
        EXPECT_EQ(result->batches_rewritten, 1u);
        EXPECT_EQ(result->opened_bytes, payload_of(batch).size());
    }
}

TEST(RecordsRewriter, TheFramingOfSnappyStaysAsItWas) {
    for (const auto framing : {SnappyFraming::raw, SnappyFraming::xerial}) {
        const Buffer batch = mixed_batch({.codec = Codec::snappy, .framing = framing});
        const auto result = rewrite(batch, mask_secrets);
        ASSERT_TRUE(result);
        const Buffer after = result->joined(batch);
        EXPECT_EQ(snappy_framing(Bytes(after).subspan(kBatchHeaderBytes)), framing);
    }
}

TEST(RecordsRewriter, BatchesInWhichNothingChangesPassByReference) {
    const Buffer clean = make_record_batch({.codec = Codec::zstd}, {{"k", "plain"}});
    const Buffer dirty = make_record_batch({.codec = Codec::lz4}, {{"k", "secret"}});
    const Buffer blob = join({clean, clean, dirty, clean});
    const auto result = rewrite(blob, mask_secrets);
    ASSERT_TRUE(result);
    ASSERT_EQ(result->pieces.size(), 3u);
    EXPECT_EQ(result->pieces[0], (RewrittenRecords::Piece{false, 0, 2 * clean.size()}));
    EXPECT_TRUE(result->pieces[1].fresh);
    EXPECT_EQ(result->pieces[2],
              (RewrittenRecords::Piece{false, blob.size() - clean.size(), clean.size()}));
    EXPECT_EQ(result->batches, 4u);
    EXPECT_EQ(result->batches_rewritten, 1u);
    const auto untouched = rewrite(blob, keep_all);
    ASSERT_TRUE(untouched);
    EXPECT_EQ(untouched->pieces, (std::vector{RewrittenRecords::Piece{false, 0, blob.size()}}));
    EXPECT_TRUE(untouched->fresh.empty());
}

TEST(RecordsRewriter, ControlBatchesAreNeitherOpenedNorChanged) {
    // Its payload is no record at all, and its codec does not exist.
    Buffer control = tests::make_payload_batch({.attributes = kControl | 7}, as_bytes("secret"), 1);
    const auto never = [](const Record&, Buffer&) {
        ADD_FAILURE() << "a control batch was opened";
        return ValueAction::unmaskable;
    };
    const auto result = rewrite(control, never);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->joined(control), control);
    EXPECT_EQ(result->records, 0u);
    // But a batch is only known as one by a header that its CRC covers.
    control[30] ^= 1;
    EXPECT_EQ(error_of(rewrite(control, never)), Errc::corrupt);
}

TEST(RecordsRewriter, ATailThatIsCutShortIsLeftOutEvenWhereNothingChanges) {
    const Buffer whole = make_record_batch({}, {{"k", "plain"}});
    const Buffer next = make_record_batch({.base_offset = 101}, {{"k", "secret in the clear"}});
    for (std::size_t tail = 1; tail < next.size(); ++tail) {
        Buffer blob = whole;
        append(blob, Bytes(next).first(tail));
        const auto result = rewrite(blob, keep_all);
        ASSERT_TRUE(result);
        EXPECT_TRUE(result->dropped_tail);
        EXPECT_EQ(result->batches, 1u);
        EXPECT_EQ(result->joined(blob), whole);
    }
}

TEST(RecordsRewriter, SaysThatNoWholeBatchIsThere) {
    const Buffer batch = make_record_batch({}, {{"k", "secret"}});
    const auto cut = rewrite(Bytes(batch).first(batch.size() - 1), mask_secrets);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->batches, 0u);
    EXPECT_EQ(cut->bytes, 0u);
    EXPECT_TRUE(cut->dropped_tail);
    const auto empty = rewrite({}, mask_secrets);
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->batches, 0u);
    EXPECT_FALSE(empty->dropped_tail);
}

TEST(RecordsRewriter, ABatchThatCompactionEmptiedStays) {
    for (const int codec : {0, 2, 4}) {
        const Buffer batch = tests::make_payload_batch(
            {.codec = Codec(codec), .last_offset_delta = 7, .count = 0}, {}, 0);
        const auto result = rewrite(batch, mask_secrets);
        ASSERT_TRUE(result);
        EXPECT_EQ(result->joined(batch), batch);
    }
}

TEST(RecordsRewriter, OldMessageSetsAreUnsupported) {
    for (const Byte magic : {Byte{0}, Byte{1}}) {
        EXPECT_EQ(error_of(rewrite(make_message(magic, 5, 10), keep_all)), Errc::unsupported);
        const Buffer after_new =
            join({make_record_batch({}, {{"k", "v"}}), make_message(magic, 5, 10)});
        EXPECT_EQ(error_of(rewrite(after_new, keep_all)), Errc::unsupported);
    }
}

TEST(RecordsRewriter, ABatchThatCannotBeOpenedIsAnErrorOfTheWholeBlob) {
    const Buffer good = make_record_batch({}, {{"k", "secret"}});
    const auto error = [&good](Buffer bad) {
        return error_of(rewrite(join({good, bad}), mask_secrets));
    };
    EXPECT_EQ(error(make_batch({})), Errc::corrupt);
    EXPECT_EQ(error(tests::make_payload_batch({.codec = Codec{5}}, as_bytes("x"), 1)),
              Errc::unsupported);
    EXPECT_EQ(error(tests::make_payload_batch({.codec = Codec::gzip}, as_bytes("no gzip"), 1)),
              Errc::malformed);
    EXPECT_EQ(error(tests::make_payload_batch({}, as_bytes("x"), 1)), Errc::malformed);
    EXPECT_EQ(error(make_record_batch({.last_offset_delta = 5, .count = 2}, {{"k", "v"}})),
              Errc::malformed);
    EXPECT_EQ(error(make_record_batch({.last_offset_delta = 0, .count = 2}, {{"k", "v"}})),
              Errc::malformed);
    EXPECT_EQ(error(make_record_batch({.base_offset = -1}, {{"k", "v"}})), Errc::malformed);
    Buffer magic = good;
    magic[16] = 3;
    EXPECT_EQ(error(magic), Errc::malformed);
    Buffer length = good;
    store_be(length.data() + 8, std::int32_t{48});
    EXPECT_EQ(error(length), Errc::malformed);
}

TEST(RecordsRewriter, BombsAreStoppedByBatchAndByBlob) {
    const std::string large(100'000, 'x');
    const Buffer batch = make_record_batch({.codec = Codec::zstd}, {{"k", large}});
    EXPECT_LT(batch.size(), 1000u);
    const Buffer blob = join({batch, batch, batch});
    EXPECT_EQ(error_of(rewrite(blob, keep_all, {.batch_bytes_max = 99'999})), Errc::too_large);
    EXPECT_EQ(error_of(rewrite(blob, keep_all, {.total_bytes_max = 250'000})), Errc::too_large);
    EXPECT_TRUE(rewrite(blob, keep_all, {.batch_bytes_max = 101'000, .total_bytes_max = 301'000}));
}

TEST(RecordsRewriter, MaskingCannotMakeABatchGrowWithoutEnd) {
    const Buffer batch = make_record_batch({}, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
    const auto grow = [](const Record&, Buffer& out) {
        out.assign(1000, Byte{'x'});
        return ValueAction::replace;
    };
    EXPECT_TRUE(rewrite(batch, grow, {.batch_bytes_max = 2000}));
    EXPECT_EQ(error_of(rewrite(batch, grow, {.batch_bytes_max = 1000})), Errc::too_large);
}

// Written by kafka-python 2.0.2 (DefaultRecordBatchBuilder: transactional, producer 4711/3,
// sequence 20), the same four records in each codec.
constexpr std::string_view kGolden[] = {
    "0000000000000000000000d3000000000277754d110010000000030000018bcfe568000000018bcfe568090000"
    "0000000012670003000000140000000462000000046b303a7b22656d61696c223a226140622e6578616d706c65"
    "222c226e223a317d0602680278086e756c6c0100000c000a0201000010000604046b320100bc0100120600ae01"
    "7b22656d61696c223a226140622e6578616d706c65222c226e223a317d7b22656d61696c223a226140622e6578"
    "616d706c65222c226e223a317d7b22656d61696c223a226140622e6578616d706c65222c226e223a317d00",
    "000000000000000000000093000000000214274bd10011000000030000018bcfe568000000018bcfe568090000"
    "000000001267000300000014000000041f8b0800cd84056b02ff4b62606060c936b0aa564acd4dcccc51b2524a"
    "7448d24bad48cc2dc84955d251ca53b232ac6563ca60aae0c82bcdc9616460e061e0620252020c6c2c2cd9468c"
    "0c7b181984d818d631e235817c490600b91466c2a2000000",
    "00000000000000000000009b0000000002b1f6eeae0012000000030000018bcfe568000000018bcfe568090000"
    "0000000012670003000000140000000482534e4150505900000000010000000100000056a201f0496200000004"
    "6b303a7b22656d61696c223a226140622e6578616d706c65222c226e223a317d0602680278086e756c6c010000"
    "0c000a0201000010000604046b320100bc0100120600ae01724200e61d000000",
    "0000000000000000000000a10000000002050914eb0013000000030000018bcfe568000000018bcfe568090000"
    "0000000012670003000000140000000404224d186840a200000000000000f859000000ff3b62000000046b303a"
    "7b22656d61696c223a226140622e6578616d706c65222c226e223a317d0602680278086e756c6c0100000c000a"
    "0201000010000604046b320100bc0100120600ae0142000a0f1d002350223a317d0000000000",
    "00000000000000000000009000000000028ff69a880014000000030000018bcfe568000000018bcfe568090000"
    "0000000012670003000000140000000428b52ffd20a2b50200b40462000000046b303a7b22656d61696c223a22"
    "6140622e6578616d706c65222c226e223a317d0602680278086e756c6c0100000c000a0201000010000604046b"
    "320100bc0100120600ae01000200077a8252dcc10c"};

Buffer from_hex(std::string_view text) {
    Buffer bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<Byte>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
    return bytes;
}

TEST(RecordsRewriter, ReadsWhatAnotherClientWrote) {
    const std::string value = R"({"email":"a@b.example","n":1})";
    const std::vector<std::string> records = {"0@0 'k0'='" + value + "' h:'x' null:null :''",
                                              "1@5 null=''", "2@3 'k2'=null",
                                              "3@9 ''='" + value + value + value + "'"};
    for (const std::string_view hex : kGolden) {
        const Buffer batch = from_hex(hex);
        const auto header = read_batch_header(batch);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->producer_id, 4711);
        EXPECT_EQ(header->base_sequence, 20);
        EXPECT_EQ(records_of(batch), records) << int{header->codec_number()};
        const auto result = rewrite(batch, [](const Record&, Buffer& out) {
            append(out, as_bytes("***"));
            return ValueAction::replace;
        });
        ASSERT_TRUE(result);
        EXPECT_EQ(records_of(result->joined(batch)),
                  (std::vector<std::string>{"0@0 'k0'='***' h:'x' null:null :''", "1@5 null='***'",
                                            "2@3 'k2'=null", "3@9 ''='***'"}));
    }
}

}  // namespace
}  // namespace sluice::kafka
