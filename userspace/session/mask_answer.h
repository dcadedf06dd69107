// mask_answer.h: the answer to a Fetch that masks may edit, while it is built anew.
//
// Everything but the records of masked topics is copied as the broker sent it. Records are opened a
// partition at a time, once they have arrived whole; those of a partition that cannot be masked, or
// not be held, are left out and its error code says so. Nothing leaves before the end: the size
// stands in front. What happens to it is in mask_answer.cc. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "session/masks.h"

namespace sluice::session {

// The records of one partition.
struct MaskedPart {
    // Why they are not delivered.
    enum class Denial : std::uint8_t { none, failed, too_large };

    std::shared_ptr<const TopicMasks> masks;  // those in force; null: none bears
    Denial denial = Denial::none;
    std::uint64_t values = 0;    // that were masked
    std::uint64_t withheld = 0;  // records that were replaced whole
    [[nodiscard]] bool denied() const noexcept { return denial != Denial::none; }
};

struct MaskedAnswer {
    // What becomes of the records that the walker is in: they are copied as they come, or kept
    // until all of them can be opened, or passed over.
    enum class Handling : std::uint8_t { copy, open, skip };

    std::shared_ptr<ReaderMasks> masks;  // of the request; null: this answer is not edited
    Buffer built;
    std::size_t error_at = 0;  // in `built`: the error code of the partition
    Handling handling = Handling::copy;
    std::size_t records_at = 0;  // in the frame: where the field begins, with its length
    std::size_t blob_at = 0;     // and where its bytes do
    MaskedPart part;
    [[nodiscard]] bool active() const noexcept { return masks != nullptr; }
};

}  // namespace sluice::session
