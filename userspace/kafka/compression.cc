#include "kafka/compression.h"

#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace sluice::kafka {
namespace {

// 0x82 "SNAPPY" 0, then two int32 numbers: a version, and the oldest version that can read it.
constexpr std::array<Byte, 8> kXerialMagic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t kXerialHeaderBytes = 16;
constexpr std::size_t kXerialBlockBytes = 32 * 1024;  // of snappy-java
constexpr std::array<Byte, 4> kLz4Magic = {0x04, 0x22, 0x4d, 0x18};
constexpr std::array<Byte, 4> kZstdMagic = {0x28, 0xb5, 0x2f, 0xfd};
// Three bytes of snappy make at most 64; nothing in the format does better.
constexpr std::size_t kSnappyTimesMax = 22;

constexpr std::size_t kFirstOutputBytes = 64 * 1024;
constexpr int kGzipWindow = 16 + MAX_WBITS;  // with a gzip header, and nothing else
// The way to the client is short: Kafka's own defaults, gzip 6 and zstd 3, take two and two and a
// half times as long, for a twentieth of the size and for nothing.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;

constexpr std::size_t kGzipCall = std::numeric_limits<uInt>::max();

bool starts_with(Bytes input, Bytes magic) noexcept {
    return input.size() >= magic.size() &&
           std::memcmp(input.data(), magic.data(), magic.size()) == 0;
}

Error malformed(const char* what) {
    return {Errc::malformed, what};
}
Error truncated(const char* what) {
    return {Errc::truncated, what};
}
Error bomb() {
    return {Errc::too_large, "more comes out of a compressed batch than is allowed"};
}

// The buffer something is decompressed into: grows by doubling up to one byte over the limit, so
// that "exactly the limit" and "more" are told apart.
class Output {
  public:
    Output(Buffer& buffer, std::size_t input_bytes, std::size_t bytes_max)
        : buffer_(buffer), bytes_max_(bytes_max) {
        reserve(std::max(kFirstOutputBytes, 4 * input_bytes));
    }
    [[nodiscard]] Byte* at() const noexcept { return buffer_.data() + used_; }
    [[nodiscard]] std::size_t room() const noexcept { return capacity() - used_; }
    [[nodiscard]] bool over() const noexcept { return used_ > bytes_max_; }
    [[nodiscard]] Bytes view() const noexcept { return Bytes(buffer_).first(used_); }
    void add(std::size_t bytes) noexcept { used_ += bytes; }
    void reserve(std::size_t bytes) {
        const std::size_t wanted = std::min(bytes, bytes_max_ + 1);
        if (buffer_.size() < wanted) buffer_.resize(wanted);
    }
    // False where there is no room to be had.
    bool grow() {
        if (capacity() > bytes_max_) return false;
        reserve(2 * buffer_.size());
        return true;
    }

  private:
    [[nodiscard]] std::size_t capacity() const noexcept {
        return std::min(buffer_.size(), bytes_max_ + 1);
    }
    Buffer& buffer_;
    std::size_t bytes_max_;
    std::size_t used_ = 0;
};

Status unsnap_block(Bytes block, Output& out) {
    const auto* data = reinterpret_cast<const char*>(block.data());
    std::size_t bytes = 0;
    if (snappy_uncompressed_length(data, block.size(), &bytes) != SNAPPY_OK)
        return malformed("a snappy block has no length");
    if (bytes / kSnappyTimesMax > block.size())
        return malformed("a snappy block says that more is in it than can be");
    out.reserve(out.view().size() + bytes);
    if (out.room() < bytes) return bomb();
    // snappy writes nowhere else than up to the length it said.
    if (snappy_uncompress(data, block.size(), reinterpret_cast<char*>(out.at()), &bytes) !=
        SNAPPY_OK)
        return malformed("a snappy block is damaged");
    out.add(bytes);
    if (out.over()) return bomb();
    return ok();
}

Status unsnap(Bytes input, Output& out) {
    if (snappy_framing(input) == SnappyFraming::raw) return unsnap_block(input, out);
    if (input.size() < kXerialHeaderBytes) return truncated("the head of snappy data is cut short");
    Bytes rest = input.subspan(kXerialHeaderBytes);
    while (!rest.empty()) {
        if (rest.size() < 4) return truncated("the length of a snappy block is cut short");
        const auto length = load_be<std::int32_t>(rest.data());
        rest = rest.subspan(4);
        if (length < 0) return malformed("a snappy block has a negative length");
        const auto bytes = static_cast<std::size_t>(length);
        if (bytes > rest.size()) return truncated("a snappy block is cut short");
        if (auto done = unsnap_block(rest.first(bytes), out); !done) return done;
        rest = rest.subspan(bytes);
    }
    return ok();
}

void snap_block(Bytes block, Buffer& out) {
    const std::size_t at = out.size();
    std::size_t bytes = snappy_max_compressed_length(block.size());
    out.resize(at + bytes);
    // Cannot fail: the room is what the library asked for.
    SLUICE_CHECK(snappy_compress(reinterpret_cast<const char*>(block.data()), block.size(),
                                 reinterpret_cast<char*>(out.data() + at), &bytes) == SNAPPY_OK);
    out.resize(at + bytes);
}

void snap(Bytes input, SnappyFraming framing, Buffer& out) {
    if (framing == SnappyFraming::raw) return snap_block(input, out);
    append(out, kXerialMagic);
    append_be(out, std::int32_t{1});
    append_be(out, std::int32_t{1});
    for (std::size_t at = 0; at < input.size(); at += kXerialBlockBytes) {
        const std::size_t length_at = out.size();
        append_be(out, std::int32_t{0});
        snap_block(input.subspan(at, std::min(kXerialBlockBytes, input.size() - at)), out);
        store_be(out.data() + length_at, static_cast<std::int32_t>(out.size() - length_at - 4));
    }
}

}  // namespace

SnappyFraming snappy_framing(Bytes input) noexcept {
    return starts_with(input, kXerialMagic) ? SnappyFraming::xerial : SnappyFraming::raw;
}

// Made when first needed: most topics keep to one codec.
struct Compression::Contexts {
    Contexts() = default;
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;
    ~Contexts() {
        if (inflating) inflateEnd(&inflate_stream);
        if (deflating) deflateEnd(&deflate_stream);
        LZ4F_freeDecompressionContext(lz4);
        ZSTD_freeDCtx(unzstd);
        ZSTD_freeCCtx(zstd);
    }
    Status gunzip(Bytes input, Output& out);
    Status unlz4(Bytes input, Output& out);
    Status unzst(Bytes input, Output& out);
    void gzip(Bytes input, Buffer& out);
    void lz4_frame(Bytes input, Buffer& out);
    void zst(Bytes input, Buffer& out);

    bool inflating = false;
    bool deflating = false;
    z_stream inflate_stream{};
    z_stream deflate_stream{};
    LZ4F_dctx* lz4 = nullptr;
    ZSTD_DCtx* unzstd = nullptr;
    ZSTD_CCtx* zstd = nullptr;
};

Status Compression::Contexts::gunzip(Bytes input, Output& out) {
    z_stream& stream = inflate_stream;
    if (!inflating) SLUICE_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
    inflating = true;
    SLUICE_CHECK(inflateReset(&stream) == Z_OK);
    stream.next_in = const_cast<Byte*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    while (true) {
        const std::size_t room = std::min(out.room(), kGzipCall);
        stream.next_out = out.at();
        stream.avail_out = static_cast<uInt>(room);
        const int status = inflate(&stream, Z_NO_FLUSH);
        out.add(room - stream.avail_out);
        if (out.over()) return bomb();
        if (status == Z_STREAM_END) break;
        if (status != Z_OK && status != Z_BUF_ERROR) return malformed("gzip data is damaged");
        if (stream.avail_out > 0) return truncated("gzip data is cut short");
        if (!out.grow()) return bomb();
    }
    if (stream.avail_in > 0) return malformed("something follows gzip data");
    return ok();
}

Status Compression::Contexts::unlz4(Bytes input, Output& out) {
    if (!starts_with(input, kLz4Magic)) return malformed("lz4 data does not begin as a frame");
    if (lz4 == nullptr)
        SLUICE_CHECK(!LZ4F_isError(LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION)));
    LZ4F_resetDecompressionContext(lz4);
    while (true) {
        std::size_t written = out.room();
        std::size_t read = input.size();
        const std::size_t more =
            LZ4F_decompress(lz4, out.at(), &written, input.data(), &read, nullptr);
        if (LZ4F_isError(more)) return malformed("lz4 data is damaged");
        const bool full = written == out.room();
        out.add(written);
        input = input.subspan(read);
        if (out.over()) return bomb();
        if (more == 0) break;
        if (full) {
            if (!out.grow()) return bomb();
        } else if (input.empty()) {
            return truncated("lz4 data is cut short");
        }
    }
    if (!input.empty()) return malformed("something follows an lz4 frame");
    return ok();
}

// In one go into the output, which is taken anew, twice as large, while it is too small: so the
// library needs no window of its own, whatever size the frame claims for it.
Status Compression::Contexts::unzst(Bytes input, Output& out) {
    if (!starts_with(input, kZstdMagic)) return malformed("zstd data does not begin as a frame");
    const std::size_t frame = ZSTD_findFrameCompressedSize(input.data(), input.size());
    if (ZSTD_isError(frame)) {
        if (ZSTD_getErrorCode(frame) == ZSTD_error_srcSize_wrong)
            return truncated("zstd data is cut short");
        return malformed("zstd data is damaged");
    }
    if (frame != input.size()) return malformed("something follows a zstd frame");
    if (unzstd == nullptr) unzstd = ZSTD_createDCtx();
    SLUICE_CHECK(unzstd != nullptr);
    while (true) {
        const std::size_t bytes =
            ZSTD_decompressDCtx(unzstd, out.at(), out.room(), input.data(), input.size());
        if (!ZSTD_isError(bytes)) {
            out.add(bytes);
            break;
        }
        if (ZSTD_getErrorCode(bytes) != ZSTD_error_dstSize_tooSmall)
            return malformed("zstd data is damaged");
        if (!out.grow()) return bomb();
    }
    if (out.over()) return bomb();
    return ok();
}

void Compression::Contexts::gzip(Bytes input, Buffer& out) {
    z_stream& stream = deflate_stream;
    if (!deflating)
        SLUICE_CHECK(deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, MAX_MEM_LEVEL - 1,
                                  Z_DEFAULT_STRATEGY) == Z_OK);
    deflating = true;
    SLUICE_CHECK(deflateReset(&stream) == Z_OK);
    const std::size_t at = out.size();
    const std::size_t room = deflateBound(&stream, input.size());
    out.resize(at + room);
    stream.next_in = const_cast<Byte*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = out.data() + at;
    stream.avail_out = static_cast<uInt>(room);
    SLUICE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(at + room - stream.avail_out);
}

// As Java's producer writes it: independent blocks of 64 KiB, no content size, no content checksum.
void Compression::Contexts::lz4_frame(Bytes input, Buffer& out) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    const std::size_t at = out.size();
    const std::size_t room = LZ4F_compressFrameBound(input.size(), &preferences);
    out.resize(at + room);
    const std::size_t bytes =
        LZ4F_compressFrame(out.data() + at, room, input.data(), input.size(), &preferences);
    SLUICE_CHECK(!LZ4F_isError(bytes));
    out.resize(at + bytes);
}

void Compression::Contexts::zst(Bytes input, Buffer& out) {
    if (zstd == nullptr) zstd = ZSTD_createCCtx();
    SLUICE_CHECK(zstd != nullptr);
    const std::size_t at = out.size();
    const std::size_t room = ZSTD_compressBound(input.size());
    out.resize(at + room);
    const std::size_t bytes =
        ZSTD_compressCCtx(zstd, out.data() + at, room, input.data(), input.size(), kZstdLevel);
    SLUICE_CHECK(!ZSTD_isError(bytes));
    out.resize(at + bytes);
}

Compression::Compression() : contexts_(std::make_unique<Contexts>()) {}
Compression::~Compression() = default;

Result<Bytes> Compression::decompress(Codec codec, Bytes input, std::size_t bytes_max,
                                      Buffer& scratch) {
    if (codec == Codec::none) {
        if (input.size() > bytes_max) return bomb();
        return input;
    }
    if (input.size() > kGzipCall) return bomb();
    Output out(scratch, input.size(), bytes_max);
    Status done = Error{Errc::unsupported, "a codec that Kafka does not have"};
    switch (codec) {
        case Codec::none:
            break;
        case Codec::gzip:
            done = contexts_->gunzip(input, out);
            break;
        case Codec::snappy:
            done = unsnap(input, out);
            break;
        case Codec::lz4:
            done = contexts_->unlz4(input, out);
            break;
        case Codec::zstd:
            done = contexts_->unzst(input, out);
            break;
    }
    if (!done) return std::move(done).error();
    return out.view();
}

Status Compression::compress(Codec codec, SnappyFraming framing, Bytes input, Buffer& out) {
    // Below what any of the libraries counts with.
    constexpr std::size_t kInputBytesMax = std::numeric_limits<std::int32_t>::max() / 2;
    if (input.size() > kInputBytesMax)
        return Error{Errc::too_large, "a batch is too large to be compressed"};
    switch (codec) {
        case Codec::none:
            append(out, input);
            return ok();
        case Codec::gzip:
            contexts_->gzip(input, out);
            return ok();
        case Codec::snappy:
            snap(input, framing, out);
            return ok();
        case Codec::lz4:
            contexts_->lz4_frame(input, out);
            return ok();
        case Codec::zstd:
            contexts_->zst(input, out);
            return ok();
    }
    return Error{Errc::unsupported, "a codec that Kafka does not have"};
}

}  // namespace sluice::kafka
