// compression.h: the compressed part of a record batch, in Kafka's four codecs.
//
// One call takes one whole payload: one gzip member, one LZ4 frame, one Zstandard frame, one raw
// snappy block or one stream of the framing that Java's snappy writes. Whatever follows it is an
// error: a client might read what we did not. Knows nothing of records.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/batch.h"

namespace sluice::kafka {

// How snappy data is cut into blocks; the other codecs have one way only.
enum class SnappyFraming : std::uint8_t { raw, xerial };
SnappyFraming snappy_framing(Bytes input) noexcept;

// Keeps the libraries' working memory from one payload to the next. For one thread.
class Compression {
  public:
    Compression();
    ~Compression();
    Compression(const Compression&) = delete;
    Compression& operator=(const Compression&) = delete;

    // What `input` holds, as a view of `scratch`, which grows as needed and never shrinks. With
    // Codec::none it is `input` itself. Errors: too_large (more than `bytes_max` would come out),
    // malformed, truncated, unsupported (a codec Kafka does not have).
    Result<Bytes> decompress(Codec codec, Bytes input, std::size_t bytes_max, Buffer& scratch);

    // Appends `input` in compressed form to `out`. Every Kafka client can read it: LZ4 blocks are
    // independent. Errors: too_large, unsupported.
    Status compress(Codec codec, SnappyFraming framing, Bytes input, Buffer& out);

  private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

}  // namespace sluice::kafka
