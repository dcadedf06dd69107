// index_pages.h: a file of checked pages that is read in small pieces: what a segment's index is
// kept in.
//
// Its content is cut into pieces of 4,092 bytes, each followed by its CRC-32C, which also covers
// the page's number. So whatever piece is read has been checked, and nothing else need be read. No
// file here: bytes come from a function.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::auditlog {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kPageContentBytes = kPageBytes - 4;

// Content as pages, in order; the first page is set last.
class PageWriter {
  public:
    // Leaves the first page free.
    PageWriter() : pages_(kPageBytes) {}
    void append(Bytes bytes);
    // Where in the content the next byte goes.
    [[nodiscard]] std::uint64_t position() const { return position_; }
    // At most kPageContentBytes, for the first page. The writer is done.
    Buffer finish(Bytes first_page);

  private:
    void seal(std::size_t page);

    Buffer pages_;
    std::uint64_t position_ = kPageContentBytes;
};

// As many bytes as there are at this offset, up to the span's. Errors: io.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t, std::span<Byte>)>;

// Keeps the pages it read last. Not thread-safe.
class PageReader {
  public:
    explicit PageReader(ReadAt read) : read_(std::move(read)) {}
    // Fills `to` from that place in the content on. Errors: truncated (no such bytes), corrupt
    // (checksum), and those of the function.
    Status read(std::uint64_t position, std::span<Byte> to);

  private:
    static constexpr std::size_t kKept = 32;
    struct Page {
        std::uint64_t number = 0;
        std::array<Byte, kPageBytes> bytes;
    };
    Result<Bytes> page(std::uint64_t number);

    ReadAt read_;
    std::array<std::unique_ptr<Page>, kKept> kept_;  // page n at n modulo kKept
};

}  // namespace sluice::auditlog
