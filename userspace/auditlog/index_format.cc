#include "auditlog/index_format.h"

#include <algorithm>

namespace sluice::auditlog {
namespace {

constexpr std::string_view kMagic = "SLUICEIX";
constexpr std::uint32_t kAccessedFlag = 1;

Error malformed(const char* why) {
    return Error{Errc::malformed, std::string("an index with ") + why};
}

bool is_read(AccessKind kind) {
    return kind == AccessKind::read_lease || kind == AccessKind::read_outcome;
}

template <class Id>
void append_id(Buffer& out, const Id& id) {
    append(out, id.bytes);
}

// Numbers as protobuf has them: seven bits a byte, the lowest first.
void append_varint(Buffer& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<Byte>(value | 0x80));
    out.push_back(static_cast<Byte>(value));
}
// Differences wrap around, so that any two numbers have one.
void append_difference(Buffer& out, std::uint64_t to, std::uint64_t from) {
    const auto difference = static_cast<std::int64_t>(to - from);
    append_varint(out, static_cast<std::uint64_t>(difference) << 1 ^
                           static_cast<std::uint64_t>(difference >> 63));
}

class VarintReader {
  public:
    explicit VarintReader(Bytes bytes) : bytes_(bytes) {}
    // 0 after the end, and from then on good() is false.
    std::uint64_t next() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (at_ == bytes_.size()) break;
            const Byte byte = bytes_[at_++];
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        good_ = false;
        return 0;
    }
    std::uint64_t next_from(std::uint64_t from) {
        const std::uint64_t value = next();
        return from + (value >> 1 ^ (~(value & 1) + 1));
    }
    std::uint32_t next_from(std::uint32_t from) {
        const std::uint64_t value = next_from(static_cast<std::uint64_t>(from));
        good_ = good_ && value <= UINT32_MAX;
        return static_cast<std::uint32_t>(value);
    }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

  private:
    Bytes bytes_;
    std::size_t at_ = 0;
    bool good_ = true;
};

void append_list(Buffer& out, const IndexList& list) {
    append_be(out, list.at);
    append_be(out, list.bytes);
    append_be(out, list.count);
}
void load_list(const Byte* at, IndexList& list) {
    list.at = load_be<std::uint64_t>(at);
    list.bytes = load_be<std::uint32_t>(at + 8);
    list.count = load_be<std::uint32_t>(at + 12);
}

}  // namespace

Buffer encode_index_header(const IndexHeader& header) {
    Buffer out(as_bytes(kMagic).begin(), as_bytes(kMagic).end());
    append_be(out, kIndexVersion);
    append_be(out, header.segment.mark);
    append_be(out, header.segment.number);
    append_be(out, header.segment.first_index);
    append_be(out, header.segment.entries);
    append_be(out, header.segment.bytes);
    append_id(out, header.segment.root);
    append_be(out, header.min_wall_ns);
    append_be(out, header.max_wall_ns);
    append_be(out, header.types);
    append_be(out, std::uint64_t{0});
    for (const IndexSection& section : {header.names, header.topics, header.ids, header.streams,
                                        header.sessions, header.subjects, header.blocks}) {
        append_be(out, section.at);
        append_be(out, section.count);
    }
    SLUICE_CHECK(out.size() == kIndexHeaderBytes);
    return out;
}

Result<IndexHeader> decode_index_header(Bytes content) {
    if (content.size() < kIndexHeaderBytes) return malformed("no header");
    const Byte* at = content.data();
    if (as_text(content.first(kMagic.size())) != kMagic) return malformed("no header");
    if (load_be<std::uint32_t>(at + 8) != kIndexVersion)
        return Error{Errc::unsupported, "an index of another version"};
    IndexHeader header;
    header.segment.mark = load_be<std::uint32_t>(at + 12);
    header.segment.number = load_be<std::uint64_t>(at + 16);
    header.segment.first_index = load_be<std::uint64_t>(at + 24);
    header.segment.entries = load_be<std::uint64_t>(at + 32);
    header.segment.bytes = load_be<std::uint64_t>(at + 40);
    std::copy_n(at + 48, 32, header.segment.root.bytes.begin());
    header.min_wall_ns = load_be<std::int64_t>(at + 80);
    header.max_wall_ns = load_be<std::int64_t>(at + 88);
    header.types = load_be<std::uint64_t>(at + 96);
    at += 112;
    for (IndexSection* section : {&header.names, &header.topics, &header.ids, &header.streams,
                                  &header.sessions, &header.subjects, &header.blocks}) {
        section->at = load_be<std::uint64_t>(at);
        section->count = load_be<std::uint64_t>(at + 8);
        if (section->at > UINT64_MAX / 4 || section->count > UINT32_MAX)
            return malformed("sections that cannot be");
        at += 16;
    }
    if (header.segment.entries > UINT32_MAX) return malformed("more entries than a segment has");
    return header;
}

void append_record(Buffer& out, const IndexTopic& topic) {
    append_be(out, topic.name_at);
    append_be(out, topic.name_bytes);
    append_be(out, static_cast<std::uint16_t>(topic.accessed ? kAccessedFlag : 0));
    append_id(out, topic.id);
    append_be(out, topic.first_stream);
    append_be(out, topic.streams);
}
void load_record(const Byte* at, IndexTopic& topic) {
    topic.name_at = load_be<std::uint32_t>(at);
    topic.name_bytes = load_be<std::uint16_t>(at + 4);
    topic.accessed = (load_be<std::uint16_t>(at + 6) & kAccessedFlag) != 0;
    std::copy_n(at + 8, 16, topic.id.bytes.begin());
    topic.first_stream = load_be<std::uint32_t>(at + 24);
    topic.streams = load_be<std::uint32_t>(at + 28);
}

void append_record(Buffer& out, const IndexId& id) {
    append_id(out, id.id);
    append_be(out, id.topic);
}
void load_record(const Byte* at, IndexId& id) {
    std::copy_n(at, 16, id.id.bytes.begin());
    id.topic = load_be<std::uint32_t>(at + 16);
}

void append_record(Buffer& out, const IndexStream& stream) {
    append_be(out, stream.partition);
    append_list(out, stream.produces);
    append_list(out, stream.fetches);
    append_list(out, stream.accesses);
}
void load_record(const Byte* at, IndexStream& stream) {
    stream.partition = load_be<std::int32_t>(at);
    load_list(at + 4, stream.produces);
    load_list(at + 20, stream.fetches);
    load_list(at + 36, stream.accesses);
}

void append_record(Buffer& out, const IndexSession& session) {
    append_be(out, session.session);
    append_be(out, session.first);
    append_be(out, session.last);
    append_be(out, session.close ? *session.close + 1 : 0u);
}
void load_record(const Byte* at, IndexSession& session) {
    session.session = load_be<std::uint64_t>(at);
    session.first = load_be<std::uint32_t>(at + 8);
    session.last = load_be<std::uint32_t>(at + 12);
    const auto close = load_be<std::uint32_t>(at + 16);
    session.close = close == 0 ? std::nullopt : std::optional(close - 1);
}

void append_record(Buffer& out, const IndexSubject& subject) {
    append_id(out, subject.id);
}
void load_record(const Byte* at, IndexSubject& subject) {
    std::copy_n(at, 16, subject.id.bytes.begin());
}

void append_record(Buffer& out, const IndexBlock& block) {
    append_be(out, block.first);
    append_be(out, block.at);
}
void load_record(const Byte* at, IndexBlock& block) {
    block.first = load_be<std::uint32_t>(at);
    block.at = load_be<std::uint64_t>(at + 4);
}

void append_record(Buffer& out, const IndexNode& node) {
    append_be(out, node.first);
    append_be(out, node.max_last);
    append_be(out, node.min_entry);
    append_be(out, node.at);
}
void load_record(const Byte* at, IndexNode& node) {
    node.first = load_be<std::int64_t>(at);
    node.max_last = load_be<std::int64_t>(at + 8);
    node.min_entry = load_be<std::uint32_t>(at + 16);
    node.at = load_be<std::uint32_t>(at + 20);
}

void append_group(Buffer& out, const IndexInterval* begin, const IndexInterval* end,
                  bool with_sessions) {
    auto first = static_cast<std::uint64_t>(begin->first);
    std::uint32_t entry = std::min_element(begin, end, [](const auto& one, const auto& other) {
                              return one.entry < other.entry;
                          })->entry;
    std::uint32_t session = 0;
    for (const IndexInterval* one = begin; one != end; ++one) {
        append_varint(out, static_cast<std::uint64_t>(one->first) - first);
        append_varint(
            out, static_cast<std::uint64_t>(one->last) - static_cast<std::uint64_t>(one->first));
        append_difference(out, one->entry, entry);
        if (with_sessions) append_difference(out, one->session, session);
        first = static_cast<std::uint64_t>(one->first);
        entry = one->entry;
        session = one->session;
    }
}

Result<std::vector<IndexInterval>> decode_group(Bytes bytes, const IndexNode& node,
                                                std::uint32_t count, bool with_sessions) {
    VarintReader from(bytes);
    std::vector<IndexInterval> group(count);
    IndexInterval before{node.first, 0, node.min_entry, 0};
    for (IndexInterval& one : group) {
        one.first =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(before.first) + from.next());
        one.last = static_cast<std::int64_t>(static_cast<std::uint64_t>(one.first) + from.next());
        one.entry = from.next_from(before.entry);
        if (with_sessions) one.session = from.next_from(before.session);
        before = one;
    }
    if (!from.good()) return malformed("a group that is cut short");
    return group;
}

Buffer encode_accesses(const std::vector<IndexAccess>& accesses) {
    Buffer out;
    IndexAccess before;
    for (const IndexAccess& one : accesses) {
        const std::uint64_t sessions_on = one.session - before.session;
        append_varint(out, sessions_on << 2 | static_cast<std::uint64_t>(one.kind));
        if (sessions_on > 0) before = IndexAccess{};
        append_varint(out, one.entry - before.entry);
        const bool reads = is_read(one.kind);
        if (reads)
            append_difference(out, static_cast<std::uint64_t>(one.from),
                              static_cast<std::uint64_t>(before.from));
        const std::int64_t from = reads ? one.from : before.from;
        before = one;
        before.from = from;
    }
    return out;
}

Result<std::vector<IndexAccess>> decode_accesses(Bytes bytes, std::uint32_t count) {
    if (count > bytes.size()) return malformed("more leases than it has bytes for");
    VarintReader reader(bytes);
    std::vector<IndexAccess> accesses(count);
    std::uint64_t session = 0, entry = 0, from = 0;
    for (IndexAccess& one : accesses) {
        const std::uint64_t head = reader.next();
        one.kind = static_cast<AccessKind>(head & 3);
        if (head >> 2 != 0) entry = from = 0;
        session += head >> 2;
        entry += reader.next();
        const bool reads = is_read(one.kind);
        if (reads) from = reader.next_from(from);
        if (!reader.good() || session > UINT32_MAX || entry > UINT32_MAX)
            return malformed("leases that cannot be");
        one.session = static_cast<std::uint32_t>(session);
        one.entry = static_cast<std::uint32_t>(entry);
        one.from = reads ? static_cast<std::int64_t>(from) : 0;
    }
    return accesses;
}

}  // namespace sluice::auditlog
