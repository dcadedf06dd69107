// damage.h: which single byte of a damaged block is wrong, and what it was.
//
// A checksum alone says only that something in a block is wrong. CRC-32C is linear, so it also says
// which changes of one byte could be the cause; the tree then proves which one it was. More than
// one wrong byte is beyond this.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "audit/segment.h"
#include "base/bytes.h"

namespace sluice::audit {

struct WrongByte {
    std::size_t at = 0;
    Byte is = 0;
    Byte was = 0;
    bool operator==(const WrongByte&) const = default;
};

// Every way in which changing one byte of `bytes` gives the checksum `wanted`, last position first.
std::vector<WrongByte> explain_crc(Bytes bytes, std::uint32_t wanted);

// The one byte of the block at the start of `bytes` (from there to the segment's end) whose repair
// makes it the block that the tree of all entries before it goes on with. Empty where no single
// byte does.
std::optional<WrongByte> find_wrong_byte(Bytes bytes, std::uint32_t mark, const Frontier& before);
// What stands at the start of `bytes` is no good block; is there one after it, of a later entry
// than `index`? A commit begins only after the one before it is on disk, so a crash tears the last
// block of a log and no other: then this one was good.
bool good_block_follows(Bytes bytes, std::uint32_t mark, std::uint64_t index);
// Could a crash explain the wrong byte of a last block, which stands at `position` in its file? It
// leaves whole sectors unwritten, as zeros: then all bytes of the block in the same sector are 0.
bool in_unwritten_sector(Bytes block, std::uint64_t position, const WrongByte& wrong);
// The same as find_wrong_byte of a segment header, by its own checksum alone.
std::optional<WrongByte> find_wrong_header_byte(Bytes header);

}  // namespace sluice::audit
