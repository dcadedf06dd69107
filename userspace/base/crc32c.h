// crc32c.h: CRC-32C (Castagnoli), the checksum of the audit log's blocks and of Kafka's record
// batches.
//
// Finds accidents, proves nothing: the audit log's hash tree is what an editor of the file has to
// get past.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice {

// crc32c(b, crc32c(a)) is the checksum of a followed by b. Uses the processor's instruction where
// it has one.
std::uint32_t crc32c(Bytes bytes, std::uint32_t before = 0) noexcept;
// The same from tables, on any machine.
std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t before = 0) noexcept;

}  // namespace sluice
