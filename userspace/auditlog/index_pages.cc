#include "auditlog/index_pages.h"

#include <algorithm>

#include "base/crc32c.h"

namespace sluice::auditlog {
namespace {

std::uint32_t page_crc(std::uint64_t number, Bytes content) {
    Byte numbered[8];
    store_be(numbered, number);
    return crc32c(content, crc32c(numbered));
}

}  // namespace

void PageWriter::append(Bytes bytes) {
    while (!bytes.empty()) {
        const auto within = static_cast<std::size_t>(position_ % kPageContentBytes);
        if (within == 0) pages_.resize(pages_.size() + kPageBytes);
        const std::size_t page = pages_.size() - kPageBytes;
        const std::size_t fits = std::min(bytes.size(), kPageContentBytes - within);
        std::copy_n(bytes.begin(), fits,
                    pages_.begin() + static_cast<std::ptrdiff_t>(page + within));
        bytes = bytes.subspan(fits);
        position_ += fits;
        if (within + fits == kPageContentBytes) seal(page);
    }
}

void PageWriter::seal(std::size_t page) {
    const Bytes content = Bytes(pages_).subspan(page, kPageContentBytes);
    store_be(pages_.data() + page + kPageContentBytes, page_crc(page / kPageBytes, content));
}

Buffer PageWriter::finish(Bytes first_page) {
    SLUICE_CHECK(first_page.size() <= kPageContentBytes);
    std::ranges::copy(first_page, pages_.begin());
    seal(0);
    seal(pages_.size() - kPageBytes);
    return std::move(pages_);
}

Result<Bytes> PageReader::page(std::uint64_t number) {
    auto& kept = kept_[number % kKept];
    if (kept && kept->number == number) return Bytes(kept->bytes);
    auto fresh = kept ? std::move(kept) : std::make_unique<Page>();
    const auto got = read_(number * kPageBytes, fresh->bytes);
    if (!got) return got.error();
    if (*got < kPageBytes) return Error{Errc::truncated, "an index that is cut short"};
    const Bytes bytes(fresh->bytes);
    if (load_be<std::uint32_t>(bytes.data() + kPageContentBytes) !=
        page_crc(number, bytes.first(kPageContentBytes)))
        return Error{Errc::corrupt, "the checksum of a page of an index does not match"};
    fresh->number = number;
    kept = std::move(fresh);
    return Bytes(kept->bytes);
}

Status PageReader::read(std::uint64_t position, std::span<Byte> to) {
    if (position > UINT64_MAX / 2) return Error{Errc::truncated, "no such place in an index"};
    while (!to.empty()) {
        const auto bytes = page(position / kPageContentBytes);
        if (!bytes) return bytes.error();
        const auto within = static_cast<std::size_t>(position % kPageContentBytes);
        const std::size_t here = std::min(to.size(), kPageContentBytes - within);
        std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(within), here, to.begin());
        to = to.subspan(here);
        position += here;
    }
    return ok();
}

}  // namespace sluice::auditlog
