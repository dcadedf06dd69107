#include "kafka/split.h"

#include <string>

#include "base/check.h"
#include "kafka/frame.h"
#include "kafka/walker.h"
#include "kafka/wire.h"

namespace sluice::kafka {

Buffer count_prefix(bool compact, std::uint32_t count) {
    Buffer prefix;
    if (compact) {
        append_uvarint(prefix, count + 1);
    } else {
        append_be(prefix, static_cast<std::int32_t>(count));
    }
    return prefix;
}

Result<Elements> elements_of(Bytes frame, ApiKey key, ApiVersion version, Slot array) {
    const Layout* layout = response_layout(key, version);
    if (layout == nullptr) return Error{Errc::unsupported, "a response of an unknown version"};
    if (frame.size() < kSizePrefix) return Error{Errc::truncated, "a response without its size"};
    const Bytes payload = frame.subspan(kSizePrefix);
    const auto header = response_header_bytes(key, version, payload, payload.size());
    if (!header || *header == 0) return Error{Errc::truncated, "a response without its header"};
    const Bytes body = payload.subspan(*header);
    Walker walker(*layout, body.size());
    Elements out;
    std::size_t from = 0;  // of the first element; 0: not there yet, for the count comes before it
    for (;;) {
        const Item item = walker.next(body, 0);
        if (item.kind == Item::Kind::done)
            return Error{Errc::unsupported, "the response has no such array"};
        if (item.kind == Item::Kind::error)
            return Error{Errc::malformed, std::string("response: ") + name(item.error)};
        SLUICE_CHECK(item.kind != Item::Kind::need_more);  // the body is whole
        if (item.slot != array) continue;
        if (item.kind == Item::Kind::array_begin && from == 0) {
            from = item.offset + item.length;
            out.count = item.number > 0 ? static_cast<std::uint32_t>(item.number) : 0;
        } else if (item.kind == Item::Kind::array_end) {
            append(out.bytes, body.subspan(from, item.offset - from));
            return out;
        }
    }
}

}  // namespace sluice::kafka
