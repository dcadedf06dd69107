#include "kafka/compression.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace sluice::kafka {
namespace {

constexpr std::size_t kLimit = 1 << 20;

struct Format {
    Codec codec;
    SnappyFraming framing = SnappyFraming::raw;
};
constexpr Format kFormats[] = {{Codec::none},   {Codec::gzip},
                               {Codec::snappy}, {Codec::snappy, SnappyFraming::xerial},
                               {Codec::lz4},    {Codec::zstd}};

Buffer compressed(const Format& format, Bytes input) {
    Compression compression;
    Buffer out;
    EXPECT_TRUE(compression.compress(format.codec, format.framing, input, out));
    return out;
}

// What comes out, or the name of the error.
std::string opened(Codec codec, Bytes input, std::size_t bytes_max = kLimit) {
    Compression compression;
    Buffer scratch;
    const auto view = compression.decompress(codec, input, bytes_max, scratch);
    return view ? std::string(as_text(*view)) : "error: " + std::string(name(view.error().code));
}

std::string text_of(std::size_t bytes, unsigned seed) {
    std::minstd_rand random(seed);
    std::string text;
    while (text.size() < bytes) text += "{\"n\":" + std::to_string(random()) + "},";
    text.resize(bytes);
    return text;
}

Buffer from_hex(std::string_view text) {
    Buffer bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<Byte>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
    return bytes;
}

TEST(Compression, GivesBackWhatWentInWhateverTheCodecAndTheSize) {
    for (const Format& format : kFormats)
        for (const std::size_t bytes : {0u, 1u, 100u, 32'768u, 65'537u, 300'000u}) {
            const std::string text = text_of(bytes, 7);
            EXPECT_EQ(opened(format.codec, compressed(format, as_bytes(text))), text)
                << int(format.codec) << ' ' << bytes;
        }
}

TEST(Compression, OnePieceOfMemoryServesManyPayloadsOfAllCodecs) {
    Compression compression;
    Buffer scratch;
    for (unsigned round = 0; round < 20; ++round)
        for (const Format& format : kFormats) {
            const std::string text = text_of(1000 * ((round * 7) % 13), round);
            const Buffer input = compressed(format, as_bytes(text));
            const auto view = compression.decompress(format.codec, input, kLimit, scratch);
            ASSERT_TRUE(view);
            EXPECT_EQ(as_text(*view), text);
        }
}

TEST(Compression, AppendsToWhatIsThere) {
    Compression compression;
    for (const Format& format : kFormats) {
        Buffer out{1, 2, 3};
        ASSERT_TRUE(compression.compress(format.codec, format.framing, as_bytes("abc"), out));
        EXPECT_EQ(Buffer(out.begin(), out.begin() + 3), (Buffer{1, 2, 3}));
        EXPECT_EQ(opened(format.codec, Bytes(out).subspan(3)), "abc");
    }
}

TEST(Compression, TakesExactlyTheLimitAndNotAByteMore) {
    const std::string text = text_of(100'000, 3);
    for (const Format& format : kFormats) {
        const Buffer input = compressed(format, as_bytes(text));
        EXPECT_EQ(opened(format.codec, input, text.size()), text) << int(format.codec);
        EXPECT_EQ(opened(format.codec, input, text.size() - 1), "error: too_large")
            << int(format.codec);
        EXPECT_EQ(opened(format.codec, input, 0), "error: too_large") << int(format.codec);
    }
}

TEST(Compression, ABombStopsAtTheLimitAndTakesNoMoreMemory) {
    const Buffer zeros(100 << 20, Byte{0});
    for (const Format& format : kFormats) {
        const Buffer input = compressed(format, zeros);
        Compression compression;
        Buffer scratch;
        const auto view = compression.decompress(format.codec, input, kLimit, scratch);
        ASSERT_FALSE(view) << int(format.codec);
        EXPECT_EQ(view.error().code, Errc::too_large) << int(format.codec);
        EXPECT_LE(scratch.size(), kLimit + 1) << int(format.codec);
    }
}

TEST(Compression, RefusesWhatFollowsTheData) {
    for (const Format& format : kFormats) {
        if (format.codec == Codec::none) continue;
        Buffer input = compressed(format, as_bytes(text_of(5000, 1)));
        const Buffer once = input;
        input.push_back(0);
        EXPECT_TRUE(opened(format.codec, input).starts_with("error: ")) << int(format.codec);
        Buffer twice = once;
        append(twice, once);
        EXPECT_TRUE(opened(format.codec, twice).starts_with("error: ")) << int(format.codec);
    }
}

TEST(Compression, RefusesDataThatIsCutShortAnywhere) {
    for (const Format& format : kFormats) {
        if (format.codec == Codec::none) continue;
        const Buffer input = compressed(format, as_bytes(text_of(3000, 1)));
        for (std::size_t bytes = 0; bytes < input.size(); ++bytes) {
            const std::string result = opened(format.codec, Bytes(input).first(bytes));
            // Between two blocks of the framing nothing tells that more was to come.
            const bool framed = format.framing == SnappyFraming::xerial && bytes == 16;
            EXPECT_TRUE(result.starts_with("error: ") || (framed && result.empty()))
                << int(format.codec) << " cut at " << bytes;
        }
    }
}

TEST(Compression, DamageNeverGivesMoreThanTheLimit) {
    std::minstd_rand random(11);
    for (const Format& format : kFormats) {
        const Buffer input = compressed(format, as_bytes(text_of(2000, 1)));
        for (int round = 0; round < 500; ++round) {
            Buffer damaged = input;
            damaged[random() % damaged.size()] ^= static_cast<Byte>(1u << random() % 8);
            Compression compression;
            Buffer scratch;
            const auto view = compression.decompress(format.codec, damaged, 4000, scratch);
            EXPECT_TRUE(!view || view->size() <= 4000);
        }
    }
}

TEST(Compression, KnowsTheFramingOfSnappy) {
    const std::string text = text_of(100'000, 5);
    EXPECT_EQ(snappy_framing(compressed({Codec::snappy}, as_bytes(text))), SnappyFraming::raw);
    const Buffer framed = compressed({Codec::snappy, SnappyFraming::xerial}, as_bytes(text));
    EXPECT_EQ(snappy_framing(framed), SnappyFraming::xerial);
    // Blocks of 32 KiB, as readers of the framing expect them to be small.
    EXPECT_LE(load_be<std::int32_t>(framed.data() + 16), 40'000);
    EXPECT_EQ(snappy_framing({}), SnappyFraming::raw);
}

TEST(Compression, ASnappyBlockCannotClaimMoreThanItsBytesCanHold) {
    // One MiB said to be in four bytes.
    EXPECT_EQ(opened(Codec::snappy, from_hex("80804000")), "error: malformed");
    EXPECT_EQ(opened(Codec::snappy, from_hex("82534e41505059000000000100000001ffffffff")),
              "error: malformed");
    EXPECT_EQ(opened(Codec::snappy, from_hex("82534e4150505900000000010000000100000009")),
              "error: truncated");
    EXPECT_EQ(opened(Codec::snappy, from_hex("82534e4150505900")), "error: truncated");
}

TEST(Compression, WritesLz4AsJavaReadsIt) {
    const Buffer frame = compressed({Codec::lz4}, as_bytes(text_of(200'000, 5)));
    // Version 1, independent blocks, no block checksum, no content size, no content checksum.
    EXPECT_EQ(frame[4], 0x60);
    EXPECT_EQ(frame[5], 0x40);  // blocks of 64 KiB
}

TEST(Compression, RefusesFramesThatHoldNoData) {
    // Skippable frames: both libraries would pass over them without a word.
    const Buffer skippable = from_hex("502a4d1804000000aabbccdd");
    EXPECT_EQ(opened(Codec::lz4, skippable), "error: malformed");
    EXPECT_EQ(opened(Codec::zstd, skippable), "error: malformed");
}

TEST(Compression, AZstdFrameIsNotBelievedAboutItsWindowOrItsSize) {
    // 128 MiB of window, no size, one empty last block.
    EXPECT_EQ(opened(Codec::zstd, from_hex("28b52ffd0088010000")), "");
    // Says that 2^40 bytes are in it.
    EXPECT_EQ(opened(Codec::zstd, from_hex("28b52ffde00000000000010000010000")),
              "error: malformed");
}

TEST(Compression, ACodecThatKafkaDoesNotHaveIsUnsupported) {
    EXPECT_EQ(opened(Codec{5}, as_bytes("abc")), "error: unsupported");
    Compression compression;
    Buffer out;
    const auto done = compression.compress(Codec{7}, SnappyFraming::raw, as_bytes("abc"), out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::unsupported);
}

}  // namespace
}  // namespace sluice::kafka
