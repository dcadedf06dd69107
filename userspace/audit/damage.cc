#include "audit/damage.h"

#include <algorithm>
#include <array>

#include "base/crc32c.h"
#include "base/limits.h"

namespace sluice::audit {
namespace {

constexpr std::size_t kMarkAt = 0, kBodyBytesAt = 4, kFirstIndexAt = 8, kCountAt = 16, kCrcAt = 20;
// The least that a disk writes whole.
constexpr std::uint64_t kSectorBytes = 512;

// How a register of zeros looks after one byte, and which byte it was by the register's highest
// byte (they all differ).
struct Steps {
    std::array<std::uint32_t, 256> after{};
    std::array<Byte, 256> by_top{};
};
const Steps& steps() {
    static const Steps made = [] {
        Steps table;
        const Byte zero = 0;
        const std::uint32_t base = crc32c({&zero, 1});
        for (std::size_t i = 0; i < 256; ++i) {
            const Byte byte = static_cast<Byte>(i);
            table.after[i] = crc32c({&byte, 1}) ^ base;
            table.by_top[table.after[i] >> 24] = byte;
        }
        return table;
    }();
    return made;
}

// The block's bytes as its checksum sees them: without the checksum's own field.
Buffer checked_bytes(Bytes block) {
    Buffer bytes(block.begin(), block.begin() + kCrcAt);
    append(bytes, block.subspan(kCrcAt + 4));
    return bytes;
}

bool is_the_block(Bytes block, std::uint32_t mark, const Frontier& before) {
    const auto decoded = decode_block(block, mark);
    if (!decoded || decoded->first_index != before.size()) return false;
    Frontier tree = before;
    add_block(tree, decoded->body);
    return tree.root() == decoded->root;
}

// Bytes of `count` entries at the start of `body`; 0 where they do not fit.
std::size_t bytes_of_entries(Bytes body, std::uint32_t count) {
    std::size_t bytes = 0;
    std::uint32_t seen = 0;
    for_each_entry(body, [&](Bytes entry) {
        bytes += 2 + entry.size();
        return ++seen < count;
    });
    return seen == count ? bytes : 0;
}

// The block's header as its place in the log and the entries after it say it must have been.
Buffer expected_header(Bytes bytes, std::uint32_t mark, std::uint64_t first_index) {
    Buffer header(bytes.begin(), bytes.begin() + kBlockHeaderBytes);
    store_be(header.data() + kMarkAt, mark);
    store_be(header.data() + kFirstIndexAt, first_index);
    const auto count = load_be<std::uint32_t>(header.data() + kCountAt);
    const std::size_t body_bytes = bytes_of_entries(bytes.subspan(kBlockHeaderBytes), count);
    if (body_bytes > 0 && body_bytes <= limits::audit_commit_bytes_max)
        store_be(header.data() + kBodyBytesAt, static_cast<std::uint32_t>(body_bytes));
    return header;
}

// Header and as much body as the header says; empty where there is not so much.
Buffer with_body(Buffer header, Bytes bytes) {
    const Bytes body = bytes.subspan(kBlockHeaderBytes);
    const auto body_bytes = load_be<std::uint32_t>(header.data() + kBodyBytesAt);
    if (body_bytes > body.size()) return {};
    append(header, body.first(body_bytes));
    return header;
}

std::optional<WrongByte> only_difference(Bytes is, Bytes was) {
    std::optional<WrongByte> wrong;
    for (std::size_t at = 0; at < was.size(); ++at) {
        if (is[at] == was[at]) continue;
        if (wrong) return std::nullopt;
        wrong = WrongByte{at, is[at], was[at]};
    }
    return wrong;
}

std::optional<WrongByte> wrong_by_crc(Buffer& block, std::uint32_t mark, const Frontier& before) {
    for (WrongByte wrong :
         explain_crc(checked_bytes(block), load_be<std::uint32_t>(block.data() + kCrcAt))) {
        if (wrong.at >= kCrcAt) wrong.at += 4;
        block[wrong.at] = wrong.was;
        if (is_the_block(block, mark, before)) return wrong;
        block[wrong.at] = wrong.is;
    }
    // Nothing else explains it: perhaps the checksum's own field.
    Buffer mended = block;
    store_be(mended.data() + kCrcAt, crc32c(checked_bytes(block)));
    const auto wrong = only_difference(block, mended);
    return wrong && is_the_block(mended, mark, before) ? wrong : std::nullopt;
}

}  // namespace

std::vector<WrongByte> explain_crc(Bytes bytes, std::uint32_t wanted) {
    std::vector<WrongByte> found;
    std::uint32_t difference = crc32c(bytes) ^ wanted;
    if (difference == 0) return found;
    const Steps& table = steps();
    for (std::size_t at = bytes.size(); at-- > 0;) {
        const Byte pattern = table.by_top[difference >> 24];
        const std::uint32_t rest = difference ^ table.after[pattern];
        if (rest == 0) found.push_back({at, bytes[at], static_cast<Byte>(bytes[at] ^ pattern)});
        difference = rest << 8 | pattern;  // as it was before this byte went in
    }
    return found;
}

std::optional<WrongByte> find_wrong_byte(Bytes bytes, std::uint32_t mark, const Frontier& before) {
    if (bytes.size() < kBlockHeaderBytes) return std::nullopt;
    bytes = bytes.first(std::min(bytes.size(), kBlockHeaderBytes + limits::audit_commit_bytes_max));
    const Buffer expected = expected_header(bytes, mark, before.size());
    const auto in_header = only_difference(bytes, expected);
    if (in_header && is_the_block(with_body(expected, bytes), mark, before)) return in_header;
    Buffer block = with_body({bytes.begin(), bytes.begin() + kBlockHeaderBytes}, bytes);
    if (block.empty()) return std::nullopt;
    return wrong_by_crc(block, mark, before);
}

bool good_block_follows(Bytes bytes, std::uint32_t mark, std::uint64_t index) {
    Byte needle[sizeof mark];
    store_be(needle, mark);
    // What a broken block says it holds is its own: a mark in there is some client's text.
    std::size_t from = std::max<std::size_t>(claimed_block_bytes(bytes, mark), 1);
    while (from < bytes.size()) {
        const auto at = std::search(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(),
                                    needle, needle + sizeof needle);
        if (at == bytes.end()) return false;
        from = static_cast<std::size_t>(at - bytes.begin());
        const auto block = decode_block(bytes.subspan(from), mark);
        if (block && block->first_index > index) return true;
        ++from;
    }
    return false;
}

bool in_unwritten_sector(Bytes block, std::uint64_t position, const WrongByte& wrong) {
    const std::uint64_t sector = (position + wrong.at) / kSectorBytes * kSectorBytes;
    const std::size_t from = sector > position ? static_cast<std::size_t>(sector - position) : 0;
    const auto up_to = static_cast<std::size_t>(sector + kSectorBytes - position);
    const Bytes own = block.first(std::min(block.size(), up_to)).subspan(from);
    return std::ranges::all_of(own, [](Byte byte) { return byte == 0; });
}

std::optional<WrongByte> find_wrong_header_byte(Bytes header) {
    if (header.size() < kSegmentHeaderBytes) return std::nullopt;
    header = header.first(kSegmentHeaderBytes);
    Buffer mended(header.begin(), header.end());
    const Bytes checked = header.first(kSegmentHeaderBytes - 4);
    const auto stored = load_be<std::uint32_t>(header.data() + checked.size());
    for (const WrongByte& wrong : explain_crc(checked, stored)) {
        mended[wrong.at] = wrong.was;
        if (decode_segment_header(mended)) return wrong;
        mended[wrong.at] = wrong.is;
    }
    store_be(mended.data() + checked.size(), crc32c(checked));
    const auto wrong = only_difference(header, mended);
    return wrong && decode_segment_header(mended) ? wrong : std::nullopt;
}

}  // namespace sluice::audit
